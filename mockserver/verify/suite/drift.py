"""Identify what a target answers as, once it no longer keeps its contract."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from mockserver.compare import drift_summary, headline, identify_exchange, merge
from mockserver.contracts import Contract, ContractCatalog, Exchange, Level
from mockserver.verify.results import Drifted
from mockserver.verify.suite.checked_response import CheckedResponse

__all__ = ["Drift"]

_MAX_EXCHANGES = 16
_Violations: TypeAlias = frozenset[tuple[Level, str, str]]


@dataclass
class Drift:
    """The responses of one contract to valid requests, as far as they are wrong.

    :ivar catalog: the contracts that a response may be of.
    :ivar kept: how many checked responses had no finding at all.
    """

    contract: Contract
    catalog: ContractCatalog
    kept: int = 0
    _broken: dict[tuple[int, _Violations], Exchange] = field(default_factory=dict)

    def add(self, checked: CheckedResponse) -> None:
        """Add a response; of those that are wrong in the same way, the first is kept."""
        exchange, is_valid = checked.exchange, checked.expected_status == self.contract.success
        if exchange is None or checked.unverified or not is_valid:
            return
        self.kept += not checked.findings
        if checked.findings and len(self._broken) < _MAX_EXCHANGES:
            violations = frozenset((f.level, f.pointer, f.rule) for f in checked.findings)
            self._broken.setdefault((exchange.response.status, violations), exchange)

    def result(self, target: str, redact: Callable[[str], str]) -> Drifted | None:
        """Return what the target answers as; None where no response was wrong.

        :param target: its name in a sentence.
        :param redact: removes secrets from a text.
        """
        candidates = self.catalog.revisions(self.contract.model)
        found = [
            identify_exchange(exchange, contracts=candidates, pinned=self.contract)
            for exchange in self._broken.values()
        ]
        if not found:
            return None
        is_error = all(each.api_error for each in found)
        merged = found[0] if is_error else merge(found)
        lines = [] if merged.is_pinned else drift_summary(merged, target)
        if lines and self.kept:
            lines.append(f"(it still sends responses of {self.contract.id}, too)")
        return Drifted(
            contract=self.contract.id,
            headline=redact(headline(merged)),
            nearest=None if is_error else merged.nearest.contract.id,
            fits=not is_error and merged.nearest.fits,
            lines=tuple(map(redact, lines)),
        )

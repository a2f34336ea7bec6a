"""Identify what a target answers as, once it no longer keeps its contract."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from mockserver.compare import Identification, drift_summary, identify_exchange, merge
from mockserver.contracts import Contract, ContractCatalog, Exchange, Level
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

    @cached_property
    def identification(self) -> Identification | None:
        """What the broken responses are; None where none is broken. To be read after the run."""
        candidates = self.catalog.revisions(self.contract.model)
        found = [
            identify_exchange(exchange, contracts=candidates, pinned=self.contract)
            for exchange in self._broken.values()
        ]
        try:
            return merge(found)
        except ValueError:
            return next(iter(found), None)

    def lines(self, target: str) -> list[str]:
        """Return what the target answers as, what differs and what to do; empty without drift.

        :param target: its name in a sentence.
        """
        if self.identification is None or self.identification.is_pinned:
            return []
        lines = drift_summary(self.identification, target)
        also = f"(it still sends responses of {self.contract.id}, too)"
        return [*lines, also] if self.kept else [*lines]

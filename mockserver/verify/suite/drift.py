"""Find out what a target answers as, once it no longer keeps what it is held to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from mockserver.compare import Identification, drift_summary, identify_exchange, merge
from mockserver.contracts import Contract, ContractCatalog, Exchange, Finding, Level
from mockserver.verify.suite.checked_response import CheckedResponse

__all__ = ["Drift"]

_MOST = 16
_Wrong: TypeAlias = frozenset[tuple[Level, str, str]]


@dataclass
class Drift:
    """What is kept of the answers of one contract to lawful requests.

    :ivar at_hand: the contracts that an answer may be of.
    :ivar kept: how many looks at an answer found nothing wrong with it at all.
    """

    contract: Contract
    catalog: ContractCatalog
    kept: int = 0
    _broken: dict[tuple[int, _Wrong], Exchange] = field(default_factory=dict)

    def add(self, checked: CheckedResponse) -> None:
        """Look at an answer; of those that are wrong in the same way, the first is kept."""
        exchange = checked.exchange
        if (
            exchange is None
            or checked.unverified
            or checked.expected_status != {self.contract.success}
        ):
            return
        self.kept += not checked.findings
        if checked.findings and len(self._broken) < _MOST:
            self._broken.setdefault((exchange.response.status, _wrong(checked.findings)), exchange)

    def identification(self) -> Identification | None:
        """Say what the broken answers are; None where none is broken."""
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
        """Write what the target answers as, what differs and what to do; empty without drift.

        :param target: how a sentence names it.
        """
        identification = self.identification()
        if identification is None or identification.is_pinned:
            return []
        told = drift_summary(identification, target)
        also = [f"(besides, it still gives answers of {self.contract.id})"] if self.kept else []
        return [*told, *also]


def _wrong(findings: tuple[Finding, ...]) -> _Wrong:
    return frozenset((f.level, f.pointer, f.rule) for f in findings)

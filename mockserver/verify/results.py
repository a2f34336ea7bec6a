"""What a run of the suite told, as plain values; no secret is in them any more."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from mockserver.contracts import Finding, Level
from mockserver.strict_json import JSON

__all__ = ["Check", "Drifted", "Outcome", "Run", "place"]

_INDEX = re.compile(r"/\d+(?=/|$)")
_PARTS = re.compile(r"::test_(?P<name>\w+)(?:\[(?P<case>.*)\])?$", re.DOTALL)


class Outcome(StrEnum):
    """What became of a check."""

    KEPT = "kept"
    BROKEN = "broken"
    NOT_VERIFIED = "not verified"
    """No money, no network, too many requests, a failure of the service."""
    NOT_REACHED = "not reached"
    """Something that was found elsewhere stood before it."""
    LEFT_OUT = "left out"
    """The budget did not allow for it."""
    ERROR = "error"
    """The suite itself, or the mock that it starts, failed."""


@dataclass(frozen=True, slots=True)
class Check:
    """One test of the suite.

    :ivar id: the test's name, as pytest gives it.
    :ivar reason: why it failed or was not carried out; empty when kept.
    :ivar seconds: how long it took.
    """

    id: str
    contract: str
    outcome: Outcome
    reason: str = ""
    findings: tuple[Finding, ...] = ()
    seconds: float = 0.0

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """Read what the collector sent."""
        found = tuple(Finding(Level(f.pop("level")), **f) for f in data["findings"])
        return cls(**{**data, "outcome": Outcome(data["outcome"]), "findings": found})

    @property
    def phase(self) -> str:
        """What is checked, in words."""
        parts = _PARTS.search(self.id)
        return parts["name"].replace("_", " ") if parts else self.id

    @property
    def case(self) -> str:
        """Which case of it, without the contract."""
        parts = _PARTS.search(self.id)
        case = (parts["case"] or "") if parts else ""
        return case.removeprefix(self.contract).removeprefix("-")

    @property
    def levels(self) -> frozenset[Level]:
        """The levels that it looks at: the one that its name tells, else all."""
        told = [level for level in Level if self.case.partition("-")[0] == level]
        return frozenset(told or (Level.DOCUMENTED, Level.CLIENT_REQUIRED, Level.SEMANTIC))

    @property
    def field(self) -> str | None:
        """The field that it is about, where it is about one; of a refusal with the status."""
        if self.phase not in {"answer field", "refusal field"}:
            return None
        return self.case.partition("-")[2] or None


def place(finding: Finding) -> str:
    """Point at a finding's place, every item of an array taken for the first."""
    return _INDEX.sub("/0", finding.pointer)


@dataclass(frozen=True, slots=True)
class Drifted:
    """What a target that no longer keeps a contract answers as.

    :ivar nearest: the contract that its answers are nearest to; None where they are refusals.
    :ivar fits: whether a client of that contract can use them.
    :ivar lines: the same for a person: what differs, and what to do.
    """

    contract: str
    headline: str
    nearest: str | None
    fits: bool
    lines: tuple[str, ...]


@dataclass
class Run:
    """A run of the suite.

    :ivar exchanges: some requests and answers, as the report shows them.
    :ivar bought: how many images were paid for, or given by a free target.
    :ivar most: how many could have been bought; None for a free target.
    :ivar status: pytest's exit status.
    :ivar output: what pytest printed.
    """

    target: str
    checks: list[Check] = field(default_factory=list)
    exchanges: list[dict[str, JSON]] = field(default_factory=list)
    drifts: list[Drifted] = field(default_factory=list)
    bought: int = 0
    spent: int = 0
    most: int | None = None
    status: int = 0
    output: str = ""
    seconds: float = 0.0

"""The results of a run of the suite as plain values, without secrets."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from mockserver.contracts import Finding, Level
from mockserver.contracts.finding import LEVELS
from mockserver.recording.budget import Budget
from mockserver.strict_json import JSON

_NODE_ID = re.compile(r"::test_(?P<name>\w+)(?:\[(?P<case>.*)\])?$", re.DOTALL)


class Outcome(StrEnum):
    """How a check ended."""

    KEPT = "kept"
    BROKEN = "broken"
    NOT_VERIFIED = "not verified"
    """No money, no network, too many requests, a failure of the service."""
    NOT_REACHED = "not reached"
    """Another difference came before."""
    LEFT_OUT = "left out"
    """The budget did not allow for it."""
    ERROR = "error"
    """The suite itself, or the mock that it starts, failed."""


@dataclass(frozen=True, slots=True)
class Check:
    """One test of the suite.

    :ivar id: the node id of the test.
    :ivar reason: why it failed or was not carried out; empty when kept.
    """

    id: str
    contract: str
    outcome: Outcome
    reason: str = ""
    findings: tuple[Finding, ...] = ()
    seconds: float = 0.0

    @property
    def phase(self) -> str:
        """The name of the test in words."""
        parts = _NODE_ID.search(self.id)
        return parts["name"].replace("_", " ") if parts else self.id

    @property
    def case(self) -> str:
        """The case of the test, without the contract."""
        parts = _NODE_ID.search(self.id)
        case = (parts["case"] or "") if parts else ""
        return case.removeprefix(self.contract).removeprefix("-")

    @property
    def levels(self) -> frozenset[Level]:
        """The levels at which it looks: the one that its case begins with, else all."""
        named = [level for level in LEVELS if self.case.startswith(level)]
        return frozenset(named or LEVELS)

    @property
    def field(self) -> str | None:
        """The field that it is about, for an error with the status; None for other checks."""
        if self.phase not in {"response field", "error field"}:
            return None
        (level,) = self.levels
        return self.case.removeprefix(level).removeprefix("-")


@dataclass(frozen=True, slots=True)
class Drifted:
    """What a target that no longer keeps a contract answers as.

    :ivar nearest: the contract that its responses are nearest to; None where they are errors.
    :ivar fits: whether a client of that contract can use them.
    :ivar lines: the same for a person: what differs, and what to do.
    """

    contract: str
    headline: str
    nearest: str | None
    fits: bool
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A contract whose model the target no longer offers.

    :ivar instead: contracts to pin instead, the nearest first.
    """

    contract: str
    instead: tuple[str, ...]

    @property
    def words(self) -> str:
        """The contract and what to do."""
        advice = f"pin {' or '.join(self.instead)}" if self.instead else "nothing to pin instead"
        return f"{self.contract} ({advice})"


@dataclass
class Run:
    """A run of the suite.

    :ivar budget: what was bought, or given by a free target.
    :ivar exchanges: some requests and responses, as the report shows them.
    :ivar withdrawn: the contracts that were not tested, since their models are withdrawn.
    :ivar unreachable: why nothing was tested; empty where the target can be reached.
    :ivar status: the exit status of pytest.
    :ivar output: what pytest printed.
    :ivar response_seconds: how long each response took.
    :ivar lost_connections: how many were lost, and the request answered when it was sent again.
    """

    target: str
    budget: Budget
    checks: list[Check] = field(default_factory=list)
    exchanges: list[dict[str, JSON]] = field(default_factory=list)
    drifts: list[Drifted] = field(default_factory=list)
    withdrawn: list[Withdrawn] = field(default_factory=list)
    unreachable: str = ""
    status: int = 0
    output: str = ""
    seconds: float = 0.0
    response_seconds: list[float] = field(default_factory=list)
    lost_connections: int = 0

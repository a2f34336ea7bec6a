"""One change between two contracts, and what it means for a caller."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from mockserver.contracts import Contract, Level
from mockserver.strict_json import JSON

__all__ = ["Change", "Comparison", "Counterexample", "Part", "Verdict"]


class Verdict(StrEnum):
    """What a change does to a caller that kept the old contract; the gravest first."""

    BREAKING = "breaking"
    """Proved by an example: refused now, not readable as before, or another thing than before."""
    UNCLEAR = "unclear"
    """Neither can be shown: nothing proves a break, nothing excludes one."""
    COMPATIBLE = "compatible"
    """Whoever kept the old contract keeps the new one."""


class Part(StrEnum):
    """What of a contract has changed."""

    OPERATION = "operation"
    REQUEST = "request"
    RESPONSE = "response"


@dataclass(frozen=True, slots=True)
class Counterexample:
    """What proves a change: a request's or an answer's body, or a value of the operation.

    :ivar value: the JSON value, as small as it could be made.
    :ivar words: what the validators of the side that refuses it say.
    """

    value: JSON
    words: str


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that two contracts say differently.

    :ivar kind: the schema keyword, or else what it is: ``added``, ``removed``, ``status``.
    :ivar part: what of the contract it is in.
    :ivar level: ``documented`` for what was published, ``expected`` for the overlay (ours).
    :ivar pointer: where, as in a finding: a JSON pointer (RFC 6901) into the exchange. Item 0 of an
        array stands for each, ``*`` for any field that is not documented.
    :ivar before: what the old contract said; None where it said nothing.
    :ivar after: what the new contract says; None where it says nothing.
    :ivar verdict: what it means for a caller.
    :ivar words: the same for a person; the pointer is its subject.
    :ivar example: what proves it; every breaking change has one.
    """

    kind: str
    part: Part
    level: Level
    pointer: str
    before: JSON
    after: JSON
    verdict: Verdict
    words: str
    example: Counterexample | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every change from one contract to another, the gravest first."""

    old: Contract
    new: Contract
    changes: tuple[Change, ...]

    @property
    def breaking(self) -> bool:
        """Whether a caller of the old contract can break."""
        return any(change.verdict is Verdict.BREAKING for change in self.changes)

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many changes there are of each verdict, the gravest first."""
        pluralize = Counter(change.verdict for change in self.changes)
        return {verdict: pluralize[verdict] for verdict in Verdict}

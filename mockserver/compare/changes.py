"""One change between two contracts, and what it means for a caller."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from mockserver.contracts import Contract, Level
from mockserver.strict_json import JSON


class Verdict(StrEnum):
    """What a change does to a caller that keeps the old contract; the most severe first."""

    BREAKING = "breaking"
    """A counterexample proves it: refused now, not readable as before, or of another meaning."""
    UNCLEAR = "unclear"
    """Nothing proves a break, and nothing excludes one."""
    COMPATIBLE = "compatible"
    """A client that keeps the old contract keeps the new one."""


class Part(StrEnum):
    """The part of a contract that has changed."""

    OPERATION = "operation"
    REQUEST = "request"
    RESPONSE = "response"


@dataclass(frozen=True, slots=True)
class Counterexample:
    """The proof of a change: a request or response body, or a value of the operation.

    :ivar value: the JSON value, minimized.
    :ivar words: why the contract that refuses it does so.
    :ivar accepted: whether no contract refuses it, but it means something else now.
    """

    value: JSON
    words: str
    accepted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference between two contracts.

    :ivar kind: the schema keyword, or else ``added``, ``removed``, ``renamed``, ``status`` or
        the like.
    :ivar level: ``documented`` for what was published, ``client-required`` for the overlay (ours).
    :ivar pointer: where, as in a finding: a JSON pointer (RFC 6901) into the exchange. Item 0 of an
        array stands for each, ``*`` for any field that is not documented.
    :ivar before: the value in the old contract, as ``after`` in the new one; None where there is
        none.
    :ivar words: the change in words; the pointer is the subject.
    :ivar example: the proof; every breaking change has one.
    """

    verdict: Verdict
    part: Part
    kind: str
    level: Level = Level.DOCUMENTED
    pointer: str
    before: JSON
    after: JSON
    words: str
    example: Counterexample | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every change from one contract to another, the most severe first."""

    old: Contract
    new: Contract
    changes: tuple[Change, ...]

    @property
    def breaking(self) -> bool:
        """Whether a caller of the old contract can break."""
        return any(change.verdict is Verdict.BREAKING for change in self.changes)

    @property
    def counts(self) -> dict[Verdict, int]:
        """The number of changes of each verdict, the most severe first."""
        counter = Counter(change.verdict for change in self.changes)
        return {verdict: counter[verdict] for verdict in Verdict}

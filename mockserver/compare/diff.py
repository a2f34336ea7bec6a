"""Compare two contracts: what a caller of the old one meets at the new one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from mockserver.compare.body_spec import BodySpec, request_spec, response_spec
from mockserver.compare.changes import Change, Comparison, Counterexample, Part, Verdict
from mockserver.compare.counterexamples import find_counterexample
from mockserver.compare.image_fields import image_changes
from mockserver.compare.keyword_rules import Direction
from mockserver.compare.messages import listed, words_of
from mockserver.compare.operation import operation_changes
from mockserver.compare.schema_walk import Difference, differences
from mockserver.contracts import Contract, Level
from mockserver.contracts.finding import pointer, quote
from mockserver.contracts.samples import plain_request
from mockserver.contracts.schema_loader import Schema

__all__ = ["compare", "timeline"]

_SAFE = {Part.REQUEST: Direction.WIDER, Part.RESPONSE: Direction.NARROWER}
"""What cannot break a caller: a request may be more, an answer is held to more."""


def timeline(contracts: Iterable[Contract]) -> list[Comparison]:
    """Compare each revision with the one before it.

    :param contracts: those of one model.
    """
    ordered = sorted(contracts, key=lambda contract: str(contract.about["revision"]))
    return [compare(old, new) for old, new in pairwise(ordered)]


def compare(old: Contract, new: Contract) -> Comparison:
    """Name every change from one contract to another, the gravest first.

    What was published comes first; the overlay (ours) adds what readers could count on beyond it.
    """
    request = _Body(Part.REQUEST, old, new, request_spec(old), request_spec(new))
    response = _Body(Part.RESPONSE, old, new, response_spec(old), response_spec(new))
    changes = [
        *operation_changes(old, new),
        *request.changes(),
        *_documentation_changes(old, new),
        *image_changes(old, new),
        *response.changes(),
    ]
    return Comparison(old, new, tuple(sorted(changes, key=_gravity)))


def _gravity(change: Change) -> int:
    return list(Verdict).index(change.verdict)


def _documentation_changes(old: Contract, new: Contract) -> Iterator[Change]:
    """Say so where an answer's body is documented on one side only: nothing can be compared."""
    if (old.response_schema is None) == (new.response_schema is None):
        return
    before, after = (list((c.response_schema or {}).get("properties", [])) for c in (old, new))
    now = f"a body is documented now: {listed(after)}" if after else "no body is documented now"
    yield Change(
        kind="documentation",
        part=Part.RESPONSE,
        level=Level.DOCUMENTED,
        pointer="/response/body",
        before=before or None,
        after=after or None,
        verdict=Verdict.UNCLEAR,
        words=f"{now}; what that means for readers can only be told with the overlay (ours)",
    )


@dataclass(frozen=True, slots=True)
class _Body:
    """The comparison of one body: what callers send, or what they read."""

    part: Part
    old: Contract
    new: Contract
    before: BodySpec
    after: BodySpec

    def changes(self) -> Iterator[Change]:
        """Name the changes of what was published, then the graver ones that the overlay adds."""
        published = list(self._published())
        yield from published
        lightest_first = sorted(published, key=_gravity, reverse=True)
        known = {(change.pointer, change.kind): _gravity(change) for change in lightest_first}
        for change in self._between(self.before.whole, self.after.whole, Level.CLIENT_REQUIRED):
            nothing = list(Verdict).index(Verdict.COMPATIBLE)
            if _gravity(change) < known.get((change.pointer, change.kind), nothing):
                yield change

    def _published(self) -> Iterator[Change]:
        documented = self.old.response_schema is not None and self.new.response_schema is not None
        if self.part is Part.REQUEST or documented:
            yield from self._between(self.before.published, self.after.published, Level.DOCUMENTED)

    def _between(self, old: Schema, new: Schema, level: Level) -> Iterator[Change]:
        for difference in differences(old, new):
            if self.part is Part.REQUEST or difference.keyword_change.kind != "default":
                yield self._change(difference, level)

    def _change(self, difference: Difference, level: Level) -> Change:
        proof = self._proof(difference, level)
        return Change(
            kind=difference.keyword_change.kind,
            part=self.part,
            level=level,
            pointer=self.before.root + pointer(*difference.steps),
            before=difference.keyword_change.before,
            after=difference.keyword_change.after,
            verdict=self._verdict(difference, proof),
            words=words_of(difference, self.part, proven=proof is not None),
            example=proof,
        )

    def _safe(self, difference: Difference) -> bool:
        return difference.keyword_change.direction in {Direction.NEUTRAL, _SAFE[self.part]}

    def _verdict(self, difference: Difference, proof: Counterexample | None) -> Verdict:
        if self._safe(difference):
            return Verdict.COMPATIBLE
        return Verdict.BREAKING if proof else Verdict.UNCLEAR

    def _proof(self, difference: Difference, level: Level) -> Counterexample | None:
        if self._safe(difference):
            return None
        if difference.keyword_change.kind == "default":
            return _default_proof(difference, self.old, self.new)
        if self.part is Part.REQUEST:
            return find_counterexample(difference, level, self.before, self.after, alone=True)
        return find_counterexample(difference, level, self.after, self.before, alone=False)


def _default_proof(difference: Difference, old: Contract, new: Contract) -> Counterexample | None:
    """Find a request that both contracts take, and take for something else."""
    name = str(difference.steps[0])
    body = {**plain_request(old), **plain_request(new)}
    body.pop(name, None)
    if old.request_findings(body) or new.request_findings(body) or len(difference.steps) != 1:
        return None
    before, after = (contract.arguments(body).get(name) for contract in (old, new))
    if before is None or after is None or before == after:
        return None
    return Counterexample(body, f"expected {quote(before)} to be meant, received {quote(after)}")

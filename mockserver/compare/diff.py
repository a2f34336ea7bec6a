"""Compare two contracts: what changes for a caller of the old one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from mockserver.compare.body_spec import (
    BodySpec,
    exchange_of,
    request_spec,
    response_spec,
    url_of,
)
from mockserver.compare.changes import Change, Comparison, Counterexample, Part, Verdict
from mockserver.compare.counterexamples import find_counterexample
from mockserver.compare.image_fields import image_changes
from mockserver.compare.keyword_rules import Direction
from mockserver.compare.messages import listed, words_of
from mockserver.compare.schema_walk import Difference, differences
from mockserver.contracts import Contract, Finding, Level
from mockserver.contracts.finding import pointer, quote
from mockserver.contracts.samples import plain_request
from mockserver.contracts.schema_loader import Schema
from mockserver.strict_json import JSON

__all__ = ["compare", "timeline"]

_STATUS = "/response/status"

_SAFE = {Part.REQUEST: Direction.WIDER, Part.RESPONSE: Direction.NARROWER}
"""What cannot break a caller: more requests are accepted, or fewer responses are possible."""


def timeline(contracts: Iterable[Contract]) -> list[Comparison]:
    """Return the comparison of each revision with the one before it.

    :param contracts: those of one model.
    """
    ordered = sorted(contracts, key=lambda contract: str(contract.about["revision"]))
    return [compare(old, new) for old, new in pairwise(ordered)]


def compare(old: Contract, new: Contract) -> Comparison:
    """Return every change from one contract to another, the most severe first.

    Changes of the published schemas come first; the overlay (ours) adds what clients rely on
    beyond them.
    """
    request = _Body(Part.REQUEST, old, new, request_spec(old), request_spec(new))
    response = _Body(Part.RESPONSE, old, new, response_spec(old), response_spec(new))
    changes = [
        *_operation_changes(old, new),
        *request.changes(),
        *_documentation_changes(old, new),
        *image_changes(old, new),
        *response.changes(),
    ]
    return Comparison(old, new, tuple(sorted(changes, key=_severity)))


def _severity(change: Change) -> int:
    return list(Verdict).index(change.verdict)


@dataclass(frozen=True, slots=True)
class _CallProperty:
    """One property of the call itself, before and after."""

    kind: str
    pointer: str
    before: JSON
    after: JSON


def _operation_changes(old: Contract, new: Contract) -> Iterator[Change]:
    """Return the changes of the call itself: method, URL, security, success status.

    A change is breaking when the old call no longer succeeds, or the old contract does not know the
    new success status.
    """
    for call in _call_properties(old, new):
        if call.before != call.after:
            yield _call_change(call, _call_proof(call, old, new))


def _call_properties(old: Contract, new: Contract) -> list[_CallProperty]:
    key = "/request/headers/authorization"
    return [
        _CallProperty("method", "/request/method", old.method, new.method),
        _CallProperty("url", "/request/url", url_of(old), url_of(new)),
        _CallProperty("security", key, old.about["security"], new.about["security"]),
        _CallProperty("status", _STATUS, old.success, new.success),
    ]


def _call_change(call: _CallProperty, proof: Counterexample | None) -> Change:
    return Change(
        kind=call.kind,
        part=Part.OPERATION,
        level=Level.DOCUMENTED,
        pointer=call.pointer,
        before=call.before,
        after=call.after,
        verdict=Verdict.BREAKING if proof else Verdict.UNCLEAR,
        words=f"now {call.after}, before {call.before}",
        example=proof,
    )


def _call_proof(call: _CallProperty, old: Contract, new: Contract) -> Counterexample | None:
    if call.kind == "status":
        found = _status_findings(old, old, new.success)
        return Counterexample({"status": new.success}, found[0].words)
    found = _status_findings(new, old, new.success) if call.kind in {"method", "url"} else []
    sent = {"method": old.method, "url": url_of(old)}
    return Counterexample(sent, f"expected status {found[0].expected}") if found else None


def _status_findings(contract: Contract, called: Contract, status: int) -> list[Finding]:
    """Return what one contract finds wrong with the status of a call to another one's URL."""
    exchange = exchange_of(called, plain_request(contract), {}, status)
    return [finding for finding in contract.findings(exchange) if finding.pointer == _STATUS]


def _documentation_changes(old: Contract, new: Contract) -> Iterator[Change]:
    """Return the change of a response body that only one of the contracts documents."""
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
        words=f"{now}; what that means for readers only the overlay (ours) can show",
    )


@dataclass(frozen=True, slots=True)
class _Body:
    """The comparison of one body: the request that callers send, or the response they read."""

    part: Part
    old: Contract
    new: Contract
    before: BodySpec
    after: BodySpec

    def changes(self) -> Iterator[Change]:
        """Return the changes of what was published, then the more severe ones of the overlay."""
        published = list(self._published())
        yield from published
        mildest_first = sorted(published, key=_severity, reverse=True)
        known = {(change.pointer, change.kind): _severity(change) for change in mildest_first}
        compatible = list(Verdict).index(Verdict.COMPATIBLE)
        for change in self._between(self.before.whole, self.after.whole, Level.CLIENT_REQUIRED):
            if _severity(change) < known.get((change.pointer, change.kind), compatible):
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
    """Return a request that both contracts accept, with another meaning."""
    name = str(difference.steps[0])
    body = {**plain_request(old), **plain_request(new)}
    body.pop(name, None)
    if old.request_findings(body) or new.request_findings(body) or len(difference.steps) != 1:
        return None
    before, after = (contract.arguments(body).get(name) for contract in (old, new))
    if before is None or after is None or before == after:
        return None
    return Counterexample(body, f"expected {quote(before)} to be meant, received {quote(after)}")

"""Compare two contracts: what changes for a caller of the old one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from mockserver.compare.body_spec import (
    BodySpec,
    exchange_of,
    header_spec,
    request_spec,
    response_spec,
    url_of,
)
from mockserver.compare.changes import Change, Comparison, Counterexample, Part, Verdict
from mockserver.compare.counterexamples import find_counterexample, renamed_example
from mockserver.compare.image_fields import image_changes
from mockserver.compare.keyword_rules import Difference, Direction
from mockserver.compare.messages import listed, words_of
from mockserver.compare.schema_walk import differences
from mockserver.contracts import Contract, Finding, Level
from mockserver.contracts.finding import child, pointer, quote
from mockserver.contracts.image_request import delivery, terms
from mockserver.contracts.samples import plain_request
from mockserver.strict_json import JSON

_STATUS = "/response/status"

_SAFE = {Part.REQUEST: Direction.WIDER, Part.RESPONSE: Direction.NARROWER}
"""What cannot break a caller: more requests are accepted, or fewer responses are possible."""


def timeline(contracts: Iterable[Contract]) -> list[Comparison]:
    """Return the comparison of each revision with the one before it.

    :param contracts: those of one model.
    """
    ordered = sorted(contracts, key=lambda contract: str(contract.about["revision"]))
    return [compare(old, new) for old, new in pairwise(ordered)]


@lru_cache(8)  # each report of a run says what the documents changed
def compare(old: Contract, new: Contract) -> Comparison:
    """Return every change from one contract to another, the most severe first.

    Changes of the published schemas come first; the overlay (ours) adds what clients rely on
    beyond them.
    """
    changes = [
        *_operation_changes(old, new),
        *_model_changes(old, new),
        *_body_changes(request_spec(old), request_spec(new)),
        *_documentation_changes(old, new),
        *image_changes(old, new),
        *_body_changes(response_spec(old), response_spec(new)),
        *_schema_changes(Level.DOCUMENTED, header_spec(old), header_spec(new)),
    ]
    return Comparison(old, new, tuple(sorted(changes, key=_severity)))


def _severity(change: Change) -> int:
    return list(Verdict).index(change.verdict)


def _operation_changes(old: Contract, new: Contract) -> Iterator[Change]:
    """Return the changes of the call itself: method, URL, security, success status.

    A change is breaking when the old call no longer succeeds, or the old contract does not know the
    new success status.
    """
    key = "/request/headers/authorization"
    for kind, place, before, after in (
        ("method", "/request/method", old.method, new.method),
        ("url", "/request/url", url_of(old), url_of(new)),
        ("security", key, old.about["security"], new.about["security"]),
        ("status", _STATUS, old.success, new.success),
    ):
        if before != after:
            proof = _call_proof(kind, old, new)
            yield Change(
                verdict=Verdict.BREAKING if proof else Verdict.UNCLEAR,
                part=Part.OPERATION,
                kind=kind,
                pointer=place,
                before=before,
                after=after,
                words=f"now {after}, before {before}",
                example=proof,
            )


def _call_proof(kind: str, old: Contract, new: Contract) -> Counterexample | None:
    if kind == "status":
        found = _status_findings(old, old, new.success)
        return Counterexample({"status": new.success}, found[0].words)
    found = _status_findings(new, old, new.success) if kind in {"method", "url"} else []
    sent = {"method": old.method, "url": url_of(old)}
    return Counterexample(sent, f"expected status {found[0].expected}") if found else None


def _status_findings(contract: Contract, called: Contract, status: int) -> list[Finding]:
    """Return what one contract finds wrong with the status of a call to another one's URL."""
    exchange = exchange_of(called, plain_request(contract), {}, status, {})
    return [finding for finding in contract.findings(exchange) if finding.pointer == _STATUS]


def _model_changes(old: Contract, new: Contract) -> Iterator[Change]:
    """Return the models that have left, or come into, the list of the contract's document."""
    before, after = (list(contract.about.get("models", [])) for contract in (old, new))
    gone = [model for model in before if model not in {*after, old.model, new.model}]
    come = [model for model in after if model not in {*before, old.model, new.model}]
    for verdict, models, words in (
        (Verdict.BREAKING, gone, "no longer in the list of the document"),
        (Verdict.COMPATIBLE, come, "in the list of the document, too"),
    ):
        if models:
            yield Change(
                verdict=verdict,
                part=Part.REQUEST,
                kind="models",
                pointer="/request/body/model",
                before=before,
                after=after,
                words=f"{listed(map(quote, models))} {words}",
                example=_model_proof(old, new, models[0]) if models is gone else None,
            )


def _model_proof(old: Contract, new: Contract, model: str) -> Counterexample:
    body = plain_request(old, model=model)
    listed_now = new.about.get("models", [new.model])
    return Counterexample(
        body, f"expected {listed(map(quote, listed_now))}, received {quote(model)}"
    )


def _documentation_changes(old: Contract, new: Contract) -> Iterator[Change]:
    """Return the change of a response body that only one of the contracts documents."""
    if (old.response_schema is None) == (new.response_schema is None):
        return
    before, after = (list((c.response_schema or {}).get("properties", [])) for c in (old, new))
    now = f"a body is documented now: {listed(after)}" if after else "no body is documented now"
    yield Change(
        verdict=Verdict.UNCLEAR,
        part=Part.RESPONSE,
        kind="documentation",
        pointer="/response/body",
        before=before or None,
        after=after or None,
        words=f"{now}; only the overlay (ours) shows the effect on readers",
    )


def _body_changes(old: BodySpec, new: BodySpec) -> Iterator[Change]:
    """Return the changes of what was published, then the more severe ones of the overlay."""
    documented = all(spec.contract.response_schema is not None for spec in (old, new))
    published: list[Change] = []
    if old.part is Part.REQUEST or documented:
        published += _schema_changes(Level.DOCUMENTED, old, new)
    yield from published
    renamed = {place for change in published for place in _places(change)}
    mildest_first = sorted(published, key=_severity, reverse=True)
    known = {(change.pointer, change.kind): _severity(change) for change in mildest_first}
    compatible = list(Verdict).index(Verdict.COMPATIBLE)
    for change in _schema_changes(Level.CLIENT_REQUIRED, old, new):
        if change.pointer in renamed:
            continue
        if _severity(change) < known.get((change.pointer, change.kind), compatible):
            yield change


def _places(change: Change) -> set[str]:
    """Return the pointers of both names of a renamed field."""
    if change.kind != "renamed":
        return set()
    return {change.pointer, child(change.pointer.rpartition("/")[0], str(change.after))}


def _schema_changes(level: Level, old: BodySpec, new: BodySpec) -> Iterator[Change]:
    """Return the changes of a level.

    A renamed field of a request is one change. The default of a response field changes nothing.
    """
    found = list(differences(old.schema(level), new.schema(level)))
    if old.part is Part.RESPONSE:
        found = [each for each in found if each.kind != "default"]
    else:
        new_names = {(*each.steps[:-1], each.hint) for each in found if each.hint}
        found = [each for each in found if each.steps not in new_names]
    for difference in found:
        yield _body_change(difference, level, old, new)


def _body_change(difference: Difference, level: Level, old: BodySpec, new: BodySpec) -> Change:
    if difference.hint and old.part is Part.REQUEST:
        before = difference.steps[-1]
        difference = replace(difference, kind="renamed", before=before, after=difference.hint)
    safe = difference.direction in {Direction.NEUTRAL, _SAFE[old.part]}
    proof = None if safe else _body_proof(difference, level, old, new)
    if old.part is Part.REQUEST:
        proof = _delivery_proof(difference, old.contract, new.contract) or proof
    unproven = Verdict.COMPATIBLE if safe else Verdict.UNCLEAR
    return Change(
        verdict=Verdict.BREAKING if proof else unproven,
        part=old.part,
        kind=difference.kind,
        level=level,
        pointer=old.root + pointer(*difference.steps),
        before=difference.before,
        after=difference.after,
        words=words_of(difference, old.part, proof),
        example=proof,
    )


def _body_proof(
    difference: Difference, level: Level, old: BodySpec, new: BodySpec
) -> Counterexample | None:
    if difference.kind == "renamed":
        return renamed_example(difference, old, new)
    if difference.kind == "default":
        return _default_proof(difference, old.contract, new.contract)
    if old.part is Part.REQUEST:
        return find_counterexample(difference, level, old, new, alone=True)
    return find_counterexample(difference, level, new, old, alone=False)


def _default_proof(difference: Difference, old: Contract, new: Contract) -> Counterexample | None:
    """Return a request that both contracts accept, with another meaning."""
    name = str(difference.steps[0])
    body = _without(name, old, new)
    if body is None or len(difference.steps) != 1:
        return None
    before, after = (contract.arguments(body).get(name) for contract in (old, new))
    if before is None or after is None or before == after:
        return None
    words = f"expected {quote(before)} to be meant, received {quote(after)}"
    return Counterexample(body, words, accepted=True)


def _delivery_proof(difference: Difference, old: Contract, new: Contract) -> Counterexample | None:
    """Return a request that both contracts accept, whose image comes in another way now.

    Such a change is that of a default, or a field with one that was added or removed.
    """
    name = str(difference.steps[0]) if difference.steps else ""
    if name not in terms()["fields"]["delivery"] or (body := _without(name, old, new)) is None:
        return None
    before, after = (delivery(contract.arguments(body)) for contract in (old, new))
    if before is None or after is None or before == after:
        return None
    return Counterexample(body, f"expected the image as {before}, received {after}", accepted=True)


def _without(name: str, old: Contract, new: Contract) -> dict[str, JSON] | None:
    """Return a plain request without a field; None where one of the contracts refuses it."""
    body = {**plain_request(old), **plain_request(new)}
    body.pop(name, None)
    return None if old.request_findings(body) or new.request_findings(body) else body

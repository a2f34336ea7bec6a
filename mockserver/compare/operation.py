"""Compare what is in no schema: where a request goes, how it is signed, the status of success."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mockserver.compare.body_spec import exchange_of, url_of
from mockserver.compare.changes import Change, Counterexample, Part, Verdict
from mockserver.contracts import Contract, Finding, Level
from mockserver.contracts.samples import plain_request
from mockserver.strict_json import JSON

__all__ = ["operation_changes"]

_STATUS = "/response/status"


@dataclass(frozen=True, slots=True)
class _Trait:
    """One thing that a contract says of the call itself, before and after."""

    kind: str
    pointer: str
    before: JSON
    after: JSON


def operation_changes(old: Contract, new: Contract) -> Iterator[Change]:
    """Name what has changed about the call itself.

    It is breaking when the old call is not answered with success any more, or the new success is
    none by the old contract.
    """
    for trait in _traits(old, new):
        if trait.before != trait.after:
            yield _change(trait, _proof(trait, old, new))


def _traits(old: Contract, new: Contract) -> list[_Trait]:
    key = "/request/headers/authorization"
    return [
        _Trait("method", "/request/method", old.method, new.method),
        _Trait("url", "/request/url", url_of(old), url_of(new)),
        _Trait("security", key, old.about["security"], new.about["security"]),
        _Trait("status", _STATUS, old.success, new.success),
    ]


def _change(trait: _Trait, proof: Counterexample | None) -> Change:
    return Change(
        kind=trait.kind,
        part=Part.OPERATION,
        level=Level.DOCUMENTED,
        pointer=trait.pointer,
        before=trait.before,
        after=trait.after,
        verdict=Verdict.BREAKING if proof else Verdict.UNCLEAR,
        words=f"now {trait.after}, before {trait.before}",
        example=proof,
    )


def _proof(trait: _Trait, old: Contract, new: Contract) -> Counterexample | None:
    if trait.kind == "status":
        found = _status_findings(old, old, new.success)
        return Counterexample({"status": new.success}, found[0].words)
    found = _status_findings(new, old, new.success) if trait.kind in {"method", "url"} else []
    call = {"method": old.method, "url": url_of(old)}
    return Counterexample(call, f"expected status {found[0].expected}") if found else None


def _status_findings(judge: Contract, called: Contract, status: int) -> list[Finding]:
    """Let one contract judge a success that came when the other one's address was called."""
    exchange = exchange_of(called, plain_request(judge), {}, status)
    return [finding for finding in judge.findings(exchange) if finding.pointer == _STATUS]

"""Find out which contract a foreign answer keeps, and which it is nearest to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from mockserver.compare.body_spec import (
    BODY_LEVELS,
    response_findings,
    whole_response,
)
from mockserver.compare.image_fields import image_places, read
from mockserver.compare.refused import api_error_of
from mockserver.contracts import (
    Contract,
    ErrorDefinition,
    Exchange,
    Finding,
    Level,
    default_catalog,
)
from mockserver.contracts.allof import flattened
from mockserver.contracts.finding import child
from mockserver.contracts.samples import plain_request
from mockserver.contracts.schema_loader import Schema
from mockserver.strict_json import JSON, JSONTextError, parse

__all__ = [
    "WEIGHTS",
    "Documented",
    "Identification",
    "Match",
    "identify",
    "identify_exchange",
    "merge",
]

WEIGHTS = {Level.DOCUMENTED: 4, Level.CLIENT_REQUIRED: 2}
"""How far a finding takes an answer away from a contract; an undocumented field counts 1.

Where no body is documented, the overlay weighs like the documents: there is nothing else to keep.
"""

_ITEM = re.compile(r"/\d+(?=/|$)")


class Documented(StrEnum):
    """How an answer stands to what was published."""

    KEPT = "kept"
    LET_THROUGH = "let through"
    """Nothing is wrong, but it holds fields that are not documented."""
    BROKEN = "broken"
    ABSENT = "no body"
    """No body was documented: nothing can be kept or broken."""


@dataclass(frozen=True, slots=True)
class Match:
    """How one answer stands to one contract.

    :ivar findings: what is wrong with it, the same fault of many items once.
    :ivar foreign: the pointers of its fields that are not documented; where no body is documented,
        of those that the overlay (ours) does not name.
    :ivar imaged: whether something is where this contract's clients look for images.
    :ivar asked: whether the request is known and lawful, so that ``meaning`` was checked, too.
    """

    contract: Contract
    findings: tuple[Finding, ...]
    undocumented: tuple[str, ...]
    has_image: bool
    request_is_valid: bool

    def count(self, level: Level) -> int:
        """Count the findings of a level."""
        return sum(finding.level is level for finding in self.findings)

    @property
    def distance(self) -> int:
        """How far the answer is from the contract's shape; what it means counts for nothing."""
        absent = self.contract.response_schema is None
        weights = dict.fromkeys(WEIGHTS, WEIGHTS[Level.DOCUMENTED]) if absent else WEIGHTS
        return len(self.undocumented) + sum(weights.get(f.level, 0) for f in self.findings)

    @property
    def documented(self) -> Documented:
        """How the answer stands to what was published."""
        if self.count(Level.DOCUMENTED):
            return Documented.BROKEN
        if self.contract.response_schema is None:
            return Documented.ABSENT
        return Documented.LET_THROUGH if self.undocumented else Documented.KEPT

    @property
    def fits(self) -> bool:
        """Whether a client of the contract can use the answer."""
        return not any(finding.level in WEIGHTS for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Identification:
    """What an answer is.

    :ivar matches: how it stands to each contract, the nearest first.
    :ivar pinned: the id of the contract that is pinned.
    :ivar refusal: the error that it is, where it is no answer to a lawful request at all.
    """

    matches: tuple[Match, ...]
    pinned: str
    api_error: ErrorDefinition | None = None

    @property
    def nearest(self) -> Match:
        """The contract with the least distance; of several, the latest."""
        return self.matches[0]

    @property
    def against_pinned(self) -> Match:
        """How the answer stands to the pinned contract."""
        return next(match for match in self.matches if match.contract.id == self.pinned)

    @property
    def is_pinned(self) -> bool:
        """Whether the answer is one of the pinned contract."""
        return not self.api_error and self.nearest.contract.id == self.pinned and self.nearest.fits


def identify(
    body: JSON,
    *,
    status: int | None = None,
    arguments: Mapping[str, JSON] | None = None,
    contracts: Iterable[Contract] | None = None,
    pinned: Contract | None = None,
) -> Identification:
    """Say which contracts an answer keeps, and which it is nearest to.

    :param body: the answer's parsed body.
    :param status: its HTTP status; None when it is not known.
    :param arguments: the fields of the request; None when they are not known, and then the answer
        may be one to any lawful request.
    :param contracts: those that it may be of; by default the pinned model's, of the shelf.
    :param pinned: the contract that callers keep; by default the one of ``contracts`` that says so.
    """
    known = list(contracts) if contracts is not None else _pinned_models()
    kept = pinned or next((c for c in known if c.pinned), max(known, key=_revision))
    if kept.id not in {contract.id for contract in known}:
        known.append(kept)
    api_error = api_error_of(kept.errors, body, status)
    came = None if api_error else status
    matches = _ranked(_match(contract, body, came, arguments) for contract in known)
    return Identification(matches, kept.id, api_error)


def identify_exchange(
    exchange: Exchange,
    *,
    contracts: Iterable[Contract] | None = None,
    pinned: Contract | None = None,
) -> Identification:
    """Identify the answer of a whole exchange; a body that is no JSON is taken as a string."""
    arguments = _parsed(exchange.request.body)
    return identify(
        _parsed(exchange.response.body),
        status=exchange.response.status,
        arguments=arguments if isinstance(arguments, dict) else None,
        contracts=contracts,
        pinned=pinned,
    )


def merge(identifications: Sequence[Identification]) -> Identification:
    """Make one identification of many answers of one service; refusals tell nothing.

    :raises ValueError: when none of them is an answer.
    """
    told = [each for each in identifications if each.api_error is None]
    if not told:
        raise ValueError("expected an answer that is no refusal, received none")
    ids = [match.contract.id for match in told[0].matches]
    every = [match for each in told for match in each.matches]
    joined = [
        _concatenated([match for match in every if match.contract.id == name]) for name in ids
    ]
    return Identification(_ranked(joined), told[0].pinned)


def _ranked(matches: Iterable[Match]) -> tuple[Match, ...]:
    latest_first = sorted(matches, key=lambda match: _revision(match.contract), reverse=True)
    return tuple(sorted(latest_first, key=lambda match: match.distance))


def _concatenated(matches: Sequence[Match]) -> Match:
    """Put what is wrong with several answers together, each fault once."""
    findings = {(f.pointer, f.rule): f for match in matches for f in match.findings}
    undocumented = dict.fromkeys(pointer for match in matches for pointer in match.undocumented)
    has_image, request_is_valid = (
        all(m.has_image for m in matches),
        all(m.request_is_valid for m in matches),
    )
    return Match(
        matches[0].contract,
        tuple(findings.values()),
        tuple(undocumented),
        has_image,
        request_is_valid,
    )


def _pinned_models() -> list[Contract]:
    return default_catalog().revisions(default_catalog().pinned.partition("@")[0])


def _revision(contract: Contract) -> str:
    return str(contract.about["revision"])


def _parsed(body: bytes) -> JSON:
    try:
        return parse(body)
    except JSONTextError:
        return body.decode(errors="replace")


def _match(
    contract: Contract, body: JSON, status: int | None, arguments: Mapping[str, JSON] | None
) -> Match:
    """Hold an answer against one contract: of the requests that it may answer, the kindest."""
    valid = arguments is not None and not contract.request_findings(dict(arguments))
    requests = [dict(arguments or {})] if valid else _requests(contract, arguments or {})
    levels = BODY_LEVELS | {Level.SEMANTIC} if valid else BODY_LEVELS
    found = [
        response_findings(contract, body, arguments=request_is_valid, status=status, levels=levels)
        for request_is_valid in requests
    ]
    least = min(map(_each_once, found), key=lambda fs: sum(WEIGHTS.get(f.level, 0) for f in fs))
    undocumented = dict.fromkeys(_ITEM.sub("/0", at) for at in _foreign(_known(contract), body))
    has_image = any(read(body, place) for place in image_places(contract.shape))
    return Match(contract, least, tuple(undocumented), has_image, valid)


def _requests(contract: Contract, arguments: Mapping[str, JSON]) -> list[dict[str, JSON]]:
    """Give lawful requests like one that is unlawful or not known: for links, and for base64."""
    steps = [f.pointer.split("/")[3:] for f in contract.request_findings(dict(arguments))]
    wrong = {names[0] for names in steps if names}
    plain = plain_request(contract, **{n: v for n, v in arguments.items() if n not in wrong})
    request_is_valid = [
        plain,
        *({**plain, "response_format": form} for form in ("url", "b64_json")),
    ]
    return [body for body in request_is_valid if not contract.request_findings(body)]


def _each_once(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Keep the first of the findings that say the same of several items."""
    alike = {(_ITEM.sub("/0", f.pointer), f.rule): f for f in reversed(findings)}
    return tuple(reversed(alike.values()))


def _known(contract: Contract) -> Schema:
    """Give the schema that names the documented fields, or else what clients could read (ours)."""
    return contract.response_schema or whole_response(contract)


def _foreign(schema: JSON, value: JSON, at: str = "/response/body") -> Iterator[str]:
    """Point at the outermost fields of a value that a schema does not name."""
    node: dict[str, Any] = flattened(schema)
    if isinstance(value, list):
        for i, item in enumerate(value):
            yield from _foreign(node.get("items", {}), item, child(at, i))
    elif isinstance(value, dict) and "properties" in node:
        fields, free = node["properties"], "additionalProperties" in node
        for name in value:
            if name in fields:
                yield from _foreign(fields[name], value[name], child(at, name))
            elif not free:
                yield child(at, name)

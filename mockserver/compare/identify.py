"""Identify a response: which contract it keeps, and which it is nearest to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mockserver.compare.body_spec import BODY_LEVELS, response_findings, response_spec
from mockserver.compare.image_fields import image_places, read
from mockserver.compare.schema_walk import undocumented_fields
from mockserver.contracts import (
    Contract,
    ErrorCatalog,
    ErrorDefinition,
    Exchange,
    Finding,
    Level,
    Response,
    default_catalog,
)
from mockserver.contracts.finding import without_indices
from mockserver.contracts.samples import plain_request
from mockserver.strict_json import JSON, JSONTextError, parse

WEIGHTS = {Level.DOCUMENTED: 4, Level.CLIENT_REQUIRED: 2}
"""The distance that a finding of each level adds; an undocumented field adds 1.

Where no body is documented, the overlay weighs as much as the documents.
"""


class Documented(StrEnum):
    """How a response relates to what was published."""

    KEPT = "kept"
    UNDOCUMENTED_FIELDS = "more fields"
    """The only differences are undocumented fields."""
    BROKEN = "broken"
    ABSENT = "no body"
    """No body was documented, so none can be kept or broken."""


@dataclass(frozen=True, slots=True)
class Match:
    """How one response relates to one contract.

    :ivar findings: the findings; the same violation of several items counts once.
    :ivar undocumented: the pointers of its undocumented fields; where no body is documented, of
        those that the overlay (ours) does not name.
    :ivar has_image: whether a value is at a place where the contract has images.
    :ivar request_is_valid: whether the request is known and valid, so that the level ``semantic``
        was checked, too.
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
        """How far the response is from the contract; the level ``semantic`` does not count."""
        absent = self.contract.response_schema is None
        weights = dict.fromkeys(WEIGHTS, WEIGHTS[Level.DOCUMENTED]) if absent else WEIGHTS
        return len(self.undocumented) + sum(weights.get(f.level, 0) for f in self.findings)

    @property
    def documented(self) -> Documented:
        """How the response relates to what was published."""
        if self.count(Level.DOCUMENTED):
            return Documented.BROKEN
        if self.contract.response_schema is None:
            return Documented.ABSENT
        return Documented.UNDOCUMENTED_FIELDS if self.undocumented else Documented.KEPT

    @property
    def fits(self) -> bool:
        """Whether a client of the contract can use the response."""
        return not any(finding.level in WEIGHTS for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Identification:
    """How a response relates to all contracts.

    :ivar matches: one for each contract, the nearest first.
    :ivar pinned: the id of the pinned contract.
    :ivar api_error: the API error that the response is; None when it is none.
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
        """How the response relates to the pinned contract."""
        return next(match for match in self.matches if match.contract.id == self.pinned)

    @property
    def is_pinned(self) -> bool:
        """Whether the response is one of the pinned contract."""
        return not self.api_error and self.nearest.contract.id == self.pinned and self.nearest.fits


def identify(
    body: JSON,
    *,
    status: int | None = None,
    arguments: Mapping[str, JSON] | None = None,
    headers: Mapping[str, str] | None = None,
    contracts: Iterable[Contract] | None = None,
    pinned: Contract | None = None,
) -> Identification:
    """Return which contracts a response keeps, and which it is nearest to.

    :param body: the response's parsed body.
    :param status: its HTTP status; None when it is not known.
    :param arguments: the fields of the request; None when they are not known, so
        that the response may belong to any valid request.
    :param headers: those of the response, by lower-case name; None when they are not known.
    :param contracts: the candidates; by default the catalog's contracts of the pinned model.
    :param pinned: the contract that callers rely on; by default the pinned one of ``contracts``.
    """
    if contracts is None:
        contracts = default_catalog().revisions(default_catalog().pinned.partition("@")[0])
    known = list(contracts)
    kept = pinned or next((c for c in known if c.pinned), max(known, key=_revision))
    if kept.id not in {contract.id for contract in known}:
        known.append(kept)
    api_error = _api_error(kept.errors, body, status)
    known_status = None if api_error else status
    matches = _ranked(
        _match(contract, body, known_status, arguments, headers) for contract in known
    )
    return Identification(matches, kept.id, api_error)


def identify_exchange(
    exchange: Exchange,
    *,
    contracts: Iterable[Contract] | None = None,
    pinned: Contract | None = None,
) -> Identification:
    """Return the identification of an exchange; a body that is no JSON is taken as a string."""
    arguments = _parsed(exchange.request.body)
    return identify(
        _parsed(exchange.response.body),
        status=exchange.response.status,
        arguments=arguments if isinstance(arguments, dict) else None,
        headers=exchange.response.headers or None,
        contracts=contracts,
        pinned=pinned,
    )


def merge(identifications: Sequence[Identification]) -> Identification:
    """Return one identification of many responses of one service; API errors are left out.

    :raises ValueError: when all of them are API errors.
    """
    found = [each for each in identifications if each.api_error is None]
    if not found:
        raise ValueError("expected a response that is no API error, received none")
    ids = [match.contract.id for match in found[0].matches]
    every = [match for each in found for match in each.matches]
    merged = [_merged([match for match in every if match.contract.id == name]) for name in ids]
    return Identification(_ranked(merged), found[0].pinned)


def _api_error(errors: ErrorCatalog, body: JSON, status: int | None) -> ErrorDefinition | None:
    """Return the API error that a body is; None when it is another response.

    Where the status is not known, only a documented error body is an API error.

    :return: the known error of that status and message, or else one without a name.
    """
    if status is not None and status < 400:
        return None
    if status is None and not _is_documented(errors, body):
        return None
    message = str(body.get("message", "")) if isinstance(body, dict) else ""
    code = status if status is not None else int(body["statusCode"])
    same = [error for error in errors.errors.values() if error.status == code]
    named = [error for error in same if message.startswith(error.message)]
    return next(iter(named), ErrorDefinition("", code, message, "It is not documented."))


def _is_documented(errors: ErrorCatalog, body: JSON) -> bool:
    code = body.get("statusCode") if isinstance(body, dict) else None
    if not str(code).isdecimal():
        return False
    response = Response(
        int(str(code)), {"Content-Type": "application/json"}, json.dumps(body).encode()
    )
    return not errors.findings(response)


def _ranked(matches: Iterable[Match]) -> tuple[Match, ...]:
    latest_first = sorted(matches, key=lambda match: _revision(match.contract), reverse=True)
    return tuple(sorted(latest_first, key=lambda match: match.distance))


def _merged(matches: Sequence[Match]) -> Match:
    """Return one match of several responses to a contract, each violation once."""
    findings = {(f.pointer, f.rule): f for match in matches for f in match.findings}
    undocumented = dict.fromkeys(pointer for match in matches for pointer in match.undocumented)
    return Match(
        matches[0].contract,
        tuple(findings.values()),
        tuple(undocumented),
        has_image=all(match.has_image for match in matches),
        request_is_valid=all(match.request_is_valid for match in matches),
    )


def _revision(contract: Contract) -> str:
    return str(contract.about["revision"])


def _parsed(body: bytes) -> JSON:
    try:
        return parse(body)
    except JSONTextError:
        return body.decode(errors="replace")


def _match(
    contract: Contract,
    body: JSON,
    status: int | None,
    arguments: Mapping[str, JSON] | None,
    headers: Mapping[str, str] | None,
) -> Match:
    """Match a response to a contract, for the request that gives the fewest findings."""
    valid = arguments is not None and not contract.request_findings(dict(arguments))
    requests = [dict(arguments or {})] if valid else _requests(contract, arguments or {})
    levels = BODY_LEVELS | {Level.SEMANTIC} if valid else BODY_LEVELS
    found = [
        response_findings(
            contract, body, arguments=request, status=status, levels=levels, headers=headers
        )
        for request in requests
    ]
    least = min(map(_each_once, found), key=lambda fs: sum(WEIGHTS.get(f.level, 0) for f in fs))
    documented = contract.response_schema or response_spec(contract).whole
    more = undocumented_fields(documented, body)
    undocumented = dict.fromkeys(map(without_indices, more))
    has_image = any(read(body, place) for place in image_places(contract.shape))
    return Match(contract, least, tuple(undocumented), has_image, valid)


def _requests(contract: Contract, arguments: Mapping[str, JSON]) -> list[dict[str, JSON]]:
    """Return valid requests like one that is invalid or unknown: for links, and for base64."""
    steps = [f.pointer.split("/")[3:] for f in contract.request_findings(dict(arguments))]
    wrong = {names[0] for names in steps if names}
    plain = plain_request(contract, **{n: v for n, v in arguments.items() if n not in wrong})
    bodies = [plain, *({**plain, "response_format": form} for form in ("url", "b64_json"))]
    return [body for body in bodies if not contract.request_findings(body)]


def _each_once(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the findings, the first one only where several items have the same."""
    alike = {(without_indices(f.pointer), f.rule): f for f in reversed(findings)}
    return tuple(reversed(alike.values()))

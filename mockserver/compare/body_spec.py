"""A contract's schemas and validator for one of the two bodies."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mockserver.compare.changes import Part
from mockserver.contracts import Contract, Exchange, Finding, Level, Request, Response
from mockserver.contracts.json_schema import Schema
from mockserver.contracts.normalized import normalized
from mockserver.contracts.response_headers import RESPONSE_HEADERS
from mockserver.contracts.samples import plain_request
from mockserver.recording.target import request_headers
from mockserver.strict_json import JSON

BODY_LEVELS = frozenset({Level.DOCUMENTED, Level.CLIENT_REQUIRED})


@dataclass(frozen=True, slots=True)
class BodySpec:
    """A contract's schemas and validator for the body of a request or a response.

    :ivar name: ``body``, or ``headers`` for the headers of a response.
    :ivar published: the published schema, normalized; empty where none was.
    :ivar whole: the published schema with the overlay (ours) merged into it, normalized, too.
    :ivar findings: what is wrong with a body, at the levels ``documented`` and ``client-required``.
    """

    contract: Contract
    part: Part
    published: Schema
    whole: Schema
    findings: Callable[[JSON], list[Finding]]
    name: str = "body"

    @property
    def root(self) -> str:
        """The pointer of the body, or of the headers, in the exchange."""
        return f"/{self.part}/{self.name}"

    def schema(self, level: Level) -> Schema:
        """Return what was published, or for ``client-required`` the overlay with it."""
        return self.published if level is Level.DOCUMENTED else self.whole

    def violations(self, body: JSON, levels: frozenset[Level]) -> list[Finding]:
        """Return what is wrong with a body at some of the levels."""
        return [finding for finding in self.findings(body) if finding.level in levels]


def request_spec(contract: Contract) -> BodySpec:
    """Return the specification of a contract's request body."""
    published = normalized(contract.request_schema)
    whole = normalized({"allOf": [published, contract.request_overlay]})
    return BodySpec(contract, Part.REQUEST, published, whole, contract.request_findings)


def response_spec(contract: Contract) -> BodySpec:
    """Return the specification of a contract's response body, for a plain request."""
    published = normalized(contract.response_schema or {})
    whole = normalized({"allOf": [published, contract.response_overlay]})
    arguments = plain_request(contract)

    def findings(body: JSON) -> list[Finding]:
        return response_findings(contract, body, arguments=arguments)

    return BodySpec(contract, Part.RESPONSE, published, whole, findings)


def header_spec(contract: Contract) -> BodySpec:
    """Return the specification of a contract's response headers."""
    schema = normalized(contract.header_schema or {"type": "object"})
    violations = contract.headers.violations
    return BodySpec(contract, Part.RESPONSE, schema, schema, violations, "headers")


def response_findings(
    contract: Contract,
    body: JSON,
    *,
    arguments: Mapping[str, JSON],
    status: int | None = None,
    levels: frozenset[Level] = BODY_LEVELS,
    headers: Mapping[str, str] | None = None,
) -> list[Finding]:
    """Return what is wrong with a response's body, its status and headers where they are known.

    :param arguments: the fields of the request.
    """
    exchange = exchange_of(contract, arguments, body, status or contract.success, headers or {})
    found = [f for f in contract.findings(exchange) if f.pointer.startswith("/response")]
    if headers is None:
        found = [f for f in found if not f.pointer.startswith(RESPONSE_HEADERS)]
    return [f for f in found if f.level in levels]


def exchange_of(
    contract: Contract,
    arguments: Mapping[str, JSON],
    body: JSON,
    status: int,
    headers: Mapping[str, str],
) -> Exchange:
    """Return an exchange at the URL of a contract, with a response body and its headers."""
    own = request_headers("")
    sent = json.dumps(dict(arguments)).encode()
    request = Request(contract.method, url_of(contract), own, sent)
    return Exchange(request, Response(status, {**headers, **own}, json.dumps(body).encode()))


def url_of(contract: Contract) -> str:
    """Return the URL of a contract's requests."""
    return str(contract.about["server"]) + contract.path

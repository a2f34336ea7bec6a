"""One contract's word on a request's or an answer's body: its schemas, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from mockserver.contracts import Contract, Exchange, Finding, Level, Request, Response
from mockserver.contracts.allof import flattened
from mockserver.contracts.samples import plain_request
from mockserver.contracts.schema_loader import Schema
from mockserver.strict_json import JSON

__all__ = [
    "BODY_LEVELS",
    "BodySpec",
    "exchange_of",
    "request_spec",
    "response_findings",
    "response_spec",
    "url_of",
    "whole_response",
]

REQUEST = "/request/body"
RESPONSE = "/response/body"
BODY_LEVELS = frozenset({Level.DOCUMENTED, Level.CLIENT_REQUIRED})


@dataclass(frozen=True, slots=True)
class BodySpec:
    """What one contract says of one of the two bodies.

    :ivar root: the body's pointer in the exchange.
    :ivar published: the published schema; empty where none was.
    :ivar whole: the published schema with the overlay (ours).
    :ivar findings: what is wrong with a body, at the levels ``documented`` and ``expected``.
    """

    root: str
    published: Schema
    whole: Schema
    findings: Callable[[JSON], list[Finding]]

    def faults(self, body: JSON, levels: Iterable[Level]) -> list[Finding]:
        """Find what is wrong with a body at some of the levels."""
        filters = frozenset(levels)
        return [finding for finding in self.findings(body) if finding.level in filters]


def request_spec(contract: Contract) -> BodySpec:
    """Take a contract's word on requests."""
    published = contract.request_schema
    whole = flattened({"allOf": [published, contract.expected_request_schema]})
    return BodySpec(REQUEST, published, whole, contract.request_findings)


def response_spec(contract: Contract) -> BodySpec:
    """Take a contract's word on answers to a plain request."""
    request_is_valid = plain_request(contract)
    return BodySpec(
        RESPONSE,
        contract.response_schema or {},
        whole_response(contract),
        lambda body: response_findings(contract, body, arguments=request_is_valid),
    )


def whole_response(contract: Contract) -> Schema:
    """Return the published response schema with the overlay merged into it."""
    published = contract.response_schema or {}
    return flattened({"allOf": [published, contract.expected_response_schema]})


def response_findings(
    contract: Contract,
    body: JSON,
    *,
    arguments: Mapping[str, JSON],
    status: int | None = None,
    levels: Iterable[Level] = BODY_LEVELS,
) -> list[Finding]:
    """Find what is wrong with an answer's body, and with its status where that is known.

    :param arguments: the fields of the request that it answers.
    :param levels: those of interest.
    """
    found = contract.findings(exchange_of(contract, arguments, body, status or contract.success))
    filters = frozenset(levels)
    return [f for f in found if f.pointer.startswith("/response") and f.level in filters]


def exchange_of(
    contract: Contract, arguments: Mapping[str, JSON], body: JSON, status: int
) -> Exchange:
    """Put an answer's body into an exchange at the address of a contract."""
    headers = {"Authorization": "Bearer mock-key", "Content-Type": "application/json"}
    request_is_valid = json.dumps(dict(arguments)).encode()
    request = Request(contract.method, url_of(contract), headers, request_is_valid)
    return Exchange(request, Response(status, headers, json.dumps(body).encode()))


def url_of(contract: Contract) -> str:
    """Give the address that a contract's requests go to."""
    return str(contract.about["server"]) + contract.path

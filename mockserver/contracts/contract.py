"""A contract: one model at one revision, and what it finds wrong with an exchange."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mockserver.contracts.allof import flattened
from mockserver.contracts.error_catalog import BODY, ErrorCatalog, parsed_json
from mockserver.contracts.exchange import Exchange, Request, Response
from mockserver.contracts.finding import Finding, Level, quote
from mockserver.contracts.image_checks import ImageChecks, image_links
from mockserver.contracts.image_request import ImageRequest, defaults_of, with_defaults
from mockserver.contracts.messages import findings_from_errors
from mockserver.contracts.response_shape import Shape, shape_of
from mockserver.contracts.schema_loader import Schema, validator
from mockserver.strict_json import JSON, JSONTextError, parse

__all__ = ["Contract"]

_JSON = "application/json"
_MEDIA = "/request/headers/content-type"
_REQUEST = "/request/body"
_STATUS = "/response/status"


@dataclass(frozen=True)
class Contract:
    """One model at one revision of the provider's documents.

    :ivar about: the content of ``contract.json``.
    :ivar request_schema: the published schema of the request's body.
    :ivar response_schema: the published schema of the answer's body; None where none was.
    :ivar expected_schema: the strict overlay on ``{"request": …, "response": …}``: ours.
    :ivar errors: the error catalog that goes with it.
    """

    about: Mapping[str, Any]
    request_schema: Schema
    response_schema: Schema | None
    expected_schema: Schema
    errors: ErrorCatalog

    @property
    def model(self) -> str:
        """The model id, as requests send it."""
        return str(self.about["model"])

    @property
    def id(self) -> str:
        """How the contract is called: ``dall-e-2@2025-08-19``."""
        return f"{self.model}@{self.about['revision']}"

    @property
    def method(self) -> str:
        """The HTTP method of a request."""
        return str(self.about["method"])

    @property
    def path(self) -> str:
        """The path of a request, without the origin."""
        return str(self.about["path"])

    @property
    def success(self) -> int:
        """The documented status of the answer to a valid request."""
        return int(self.about["success"]["status"])

    @property
    def pinned(self) -> bool:
        """Whether this contract is the default."""
        return bool(self.about.get("pinned", False))

    @cached_property
    def shape(self) -> Shape:
        """What an answer holds, and what fills each leaf of it."""
        return shape_of(self.response_schema or {}, self.expected_response_schema)

    @cached_property
    def expected_request_schema(self) -> Schema:
        """The overlay's part about the request's body."""
        return self._expected_part("request")

    @cached_property
    def expected_response_schema(self) -> Schema:
        """The overlay's part about the response's body."""
        return self._expected_part("response")

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """What the fields that a request leaves out stand for."""
        return defaults_of(self.request_schema, self.expected_request_schema)

    @cached_property
    def _validators(self) -> dict[str, Any]:
        return {
            "request": validator(self.request_schema),
            "expected request": validator(self.expected_request_schema),
            "response": validator(self.response_schema or {}),
            "expected": validator(self.expected_schema),
        }

    def _expected_part(self, name: str) -> Schema:
        return flattened(flattened(self.expected_schema).get("properties", {}).get(name, {}))

    def arguments(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Give a request's fields with the documented defaults applied."""
        return with_defaults(body, self.defaults)

    def image_request(self, body: Mapping[str, Any]) -> ImageRequest:
        """Say which images a valid request asks for; what is not documented asks for nothing."""
        known = self.request_schema.get("properties", {})
        given = {name: v for name, v in body.items() if name in known and v is not None}
        return ImageRequest.of(given, self.defaults)

    def request_findings(self, body: JSON) -> list[Finding]:
        """Check a request's parsed body against the published schema, then against the overlay."""
        errors = self._validators["request"].iter_errors(body)
        found = findings_from_errors(errors, Level.DOCUMENTED, _REQUEST)
        more = self._validators["expected request"].iter_errors(body)
        return _without_repeats(found, findings_from_errors(more, Level.CLIENT_REQUIRED, _REQUEST))

    def findings(self, exchange: Exchange) -> list[Finding]:
        """Find everything wrong with an exchange, the request's faults first.

        A refusal that the request did not provoke (no credits, too many requests, a failure of the
        service) breaks no contract; only its body is checked.
        """
        parse_request, faults = self.parse_request(exchange.request)
        due = self._expected_statuses(exchange.request, faults)
        status = exchange.response.status
        if status not in due | self._always_allowed:
            filters = " or ".join(str(code) for code in sorted(due))
            faults = [*faults, Finding(Level.DOCUMENTED, _STATUS, "status", filters, str(status))]
        if status >= 400:
            return [*faults, *self.errors.findings(exchange.response)]
        return [*faults, *self._response_findings(exchange, parse_request)]

    def links(self, response: Response) -> list[str]:
        """Collect the links to images in an answer; empty when it is none."""
        try:
            return image_links(self.shape, parse(response.body))
        except JSONTextError:
            return []

    def parse_request(self, request: Request) -> tuple[JSON, list[Finding]]:
        """Parse a request's body, None where it is no JSON, and find what is wrong with it."""
        faults = []
        if request.media_type != _JSON:
            received = quote(request.media_type)
            faults.append(Finding(Level.DOCUMENTED, _MEDIA, "content-type", _JSON, received))
        try:
            body = parse(request.body)
        except JSONTextError as error:
            received = f"{quote(request.body[:200].decode(errors='replace'))}: {error}"
            fault = Finding(Level.DOCUMENTED, _REQUEST, "json", "a JSON text", received)
            return None, [*faults, fault]
        return body, [*faults, *self.request_findings(body)]

    @cached_property
    def _always_allowed(self) -> frozenset[int]:
        """The documented refusals that have nothing to do with the request's content."""
        provoked = {self.errors[name].status for name in ("validation", "not-found")}
        return self.errors.documented - provoked

    def _matches_route(self, request: Request) -> bool:
        """Tell whether a request is at the contract's place; a whole URL may have a base path."""
        has_base = "://" in request.url and request.path.endswith(self.path)
        return request.method == self.method and (request.path == self.path or has_base)

    def _expected_statuses(self, request: Request, faults: list[Finding]) -> frozenset[int]:
        """Name the statuses that a request has to be answered with."""
        due = set()
        if not self._matches_route(request):
            due |= {self.errors["not-found"].status, self.errors["method-not-allowed"].status}
        if not request.bearer:
            due.add(self.errors["unauthorized"].status)
        if any(fault.level is Level.DOCUMENTED for fault in faults):
            due.add(self.errors["validation"].status)
        if not due:
            due.add(self.success)
            due |= {self.errors["validation"].status} if faults else set()
        return frozenset(due)

    def _response_findings(self, exchange: Exchange, parse_request: JSON) -> list[Finding]:
        body, found = parsed_json(exchange.response)
        if any(finding.rule == "json" for finding in found):
            return found
        found += findings_from_errors(
            self._validators["response"].iter_errors(body), Level.DOCUMENTED, BODY
        )
        if not isinstance(parse_request, dict) or self.request_findings(parse_request):
            return found
        arguments = self.arguments(parse_request)
        found = _without_repeats(found, self._expected_findings(arguments, body))
        meaning = ImageChecks(
            self.shape, arguments, self.image_request(parse_request), exchange.downloads
        )
        return [*found, *meaning.findings(body, BODY)]

    def _expected_findings(self, arguments: Mapping[str, Any], body: JSON) -> list[Finding]:
        both = {"request": arguments, "response": body}
        errors = self._validators["expected"].iter_errors(both)
        about_body = (error for error in errors if list(error.absolute_path)[:1] == ["response"])
        found = findings_from_errors(about_body, Level.CLIENT_REQUIRED, "")
        prefix = "/response"
        return [
            Finding(f.level, BODY + f.pointer.removeprefix(prefix), f.rule, f.expected, f.received)
            for f in found
        ]


def _without_repeats(found: list[Finding], more: list[Finding]) -> list[Finding]:
    """Add the findings of a stricter schema at places where the laxer one had none."""
    known = {finding.pointer for finding in found}
    return [*found, *(finding for finding in more if finding.pointer not in known)]

"""A contract: one model at one revision, and its findings about an exchange."""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import chain
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from mockserver.contracts.allof import bare, flattened
from mockserver.contracts.error_catalog import ErrorCatalog
from mockserver.contracts.exchange import (
    REQUEST_BODY,
    RESPONSE_BODY,
    Exchange,
    Request,
    Response,
    read_json,
)
from mockserver.contracts.finding import Finding, Level
from mockserver.contracts.image_checks import ImageChecks, image_links
from mockserver.contracts.image_request import ImageRequest, terms
from mockserver.contracts.json_schema import ObjectCheck, Schema, validator
from mockserver.contracts.messages import findings_from_errors
from mockserver.contracts.response_headers import ResponseHeaders
from mockserver.contracts.response_shape import Shape, shape_of
from mockserver.strict_json import JSON

_MAX_DESCRIBED = 64
"""How many descriptions of images are kept: programs repeat all of a request but its prompt."""


@dataclass(frozen=True, eq=False)
class Contract:
    """One model at one revision of the provider's documents.

    :ivar about: the content of ``contract.json``.
    :ivar request_schema: the published schema of the request's body.
    :ivar response_schema: the published schema of the response's body; None where there is none.
    :ivar overlay: the project-defined schema of ``{"request": …, "response": …}``: what any client
        needs beyond the published schemas.
    :ivar errors: the API errors.
    :ivar header_schema: the schema of the response's headers, by their lower-case names; empty
        where none are documented.
    """

    about: Mapping[str, Any]
    request_schema: Schema
    response_schema: Schema | None
    overlay: Schema
    errors: ErrorCatalog
    header_schema: Schema = field(default_factory=dict)

    @property
    def model(self) -> str:
        """The model id, as in requests."""
        return str(self.about["model"])

    @cached_property
    def id(self) -> str:
        """The id of the contract, such as ``dall-e-2@2025-08-19``."""
        return f"{self.model}@{self.about['revision']}"

    @property
    def method(self) -> str:
        """The HTTP method of a request."""
        return str(self.about["method"])

    @property
    def path(self) -> str:
        """The path of a request, without the origin."""
        return str(self.about["path"])

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The path, and the other documented spellings of it."""
        return (self.path, *self.about.get("path_aliases", ()))

    @cached_property
    def success(self) -> int:
        """The documented status of the response to a valid request."""
        return int(self.about["success"]["status"])

    @property
    def pinned(self) -> bool:
        """Whether this contract is the default."""
        return bool(self.about.get("pinned", False))

    @property
    def withdrawn(self) -> str:
        """When the provider withdrew the model: a date or ``unknown``; empty where it did not."""
        return str(self.about.get("withdrawn", ""))

    @cached_property
    def shape(self) -> Shape:
        """The fields of a response, and what the mock fills each of them with."""
        return shape_of(self.response_schema or {}, self.response_overlay)

    @cached_property
    def headers(self) -> ResponseHeaders:
        """The documented headers of a response."""
        return ResponseHeaders(self.header_schema)

    @property
    def documented_headers(self) -> Collection[str]:
        """The names of the response's documented headers, in lower case."""
        fields: Schema = self.header_schema.get("properties", {})
        return fields.keys()

    @cached_property
    def request_overlay(self) -> Schema:
        """The overlay's schema of the request's body."""
        return self._overlay_part("request")

    @cached_property
    def response_overlay(self) -> Schema:
        """The overlay's schema of the response's body."""
        return self._overlay_part("response")

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """The values of the fields that a request leaves out."""
        defaults: dict[str, Any] = {}
        for schema in (self.request_overlay, self.request_schema):
            fields = schema.get("properties", {})
            defaults |= {name: f["default"] for name, f in fields.items() if "default" in f}
        return defaults

    @cached_property
    def _request_check(self) -> ObjectCheck:
        """Both schemas of the request's body in one."""
        both = {"allOf": [self.request_schema, self.request_overlay]}
        return ObjectCheck(bare(flattened(both)))

    @cached_property
    def _request_validators(self) -> tuple[Draft202012Validator, Draft202012Validator]:
        return validator(self.request_schema), validator(self.request_overlay)

    @cached_property
    def _response_validators(self) -> tuple[Draft202012Validator, Draft202012Validator]:
        return validator(self.response_schema or {}), validator(self.overlay)

    def _overlay_part(self, name: str) -> Schema:
        return flattened(flattened(self.overlay).get("properties", {}).get(name, {}))

    def arguments(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return a request's fields with the documented defaults, integral numbers as integers."""
        arguments = dict(self.defaults)
        for name, value in body.items():
            if isinstance(value, float) and value.is_integer():
                arguments[name] = int(value)
            elif value is not None or name not in arguments:
                arguments[name] = value
        return arguments

    def image_request(self, body: Mapping[str, Any]) -> ImageRequest:
        """Return which images a valid request wants; only documented fields count."""
        fields = {name: value for name, value in body.items() if name in self._image_fields}
        return _described(self, repr(fields))  # a fifth of the time of json.dumps

    @cached_property
    def _image_fields(self) -> set[str]:
        """The documented fields that say which images a request wants."""
        described = set(chain.from_iterable(terms()["fields"].values()))
        return described.intersection(self.request_schema.get("properties", {}))

    def request_findings(self, body: JSON) -> list[Finding]:
        """Check a request's parsed body against the published schema, then against the overlay."""
        if self._request_check.is_valid(body):
            return []
        published, overlay = self._request_validators
        found = findings_from_errors(published.iter_errors(body), Level.DOCUMENTED, REQUEST_BODY)
        errors = overlay.iter_errors(body)
        return _merged(found, findings_from_errors(errors, Level.CLIENT_REQUIRED, REQUEST_BODY))

    def parse_request(self, request: Request) -> tuple[JSON, list[Finding]]:
        """Return a request's parsed body, None where it is not JSON, and what is wrong with it."""
        body, found = read_json(request)
        if any(finding.rule == "json" for finding in found):
            return None, found
        return body, [*found, *self.request_findings(body)]

    def findings(self, exchange: Exchange, *, decode_images: bool = True) -> list[Finding]:
        """Return everything that is wrong with an exchange, the request's findings first.

        An error that the request did not cause (no credits, too many requests, a failure of the
        service) breaks no contract; only its body is checked.

        :param decode_images: whether to decode the images in the response's body.
        """
        body, found = self.parse_request(exchange.request)
        expected = self._expected_statuses(exchange.request, found)
        status = exchange.response.status
        if status not in expected | self._always_allowed:
            words = " or ".join(str(code) for code in sorted(expected))
            where = "/response/status"
            found = [*found, Finding(Level.DOCUMENTED, where, "status", words, str(status))]
        if status >= 400:
            found += self.errors.findings(exchange.response)
            return [*found, *self.headers.findings(exchange, self.shape, None)]
        return [*found, *self._response_findings(exchange, body, decode_images)]

    def links(self, response: Response) -> list[str]:
        """Return the links to images in a response; none where its body is not JSON."""
        return image_links(self.shape, read_json(response)[0])

    @cached_property
    def _always_allowed(self) -> frozenset[int]:
        """The documented statuses of errors that do not depend on the request's content."""
        caused = {self.errors[name].status for name in ("validation", "not-found")}
        return self.errors.documented - caused

    def _matches_route(self, request: Request) -> bool:
        """Whether a request has the contract's method and path; a URL may have a base path."""
        has_base = "://" in request.url and request.path.endswith(self.paths)
        return request.method == self.method and (request.path in self.paths or has_base)

    def _expected_statuses(self, request: Request, found: list[Finding]) -> frozenset[int]:
        expected = set()
        if not self._matches_route(request):
            expected |= {self.errors["not-found"].status, self.errors["method-not-allowed"].status}
        if not request.bearer:
            expected.add(self.errors["unauthorized"].status)
        if any(finding.level is Level.DOCUMENTED for finding in found):
            expected.add(self.errors["validation"].status)
        if not expected:
            expected.add(self.success)
            expected |= {self.errors["validation"].status} if found else set()
        return frozenset(expected)

    def _response_findings(
        self, exchange: Exchange, request_body: JSON, decode_images: bool
    ) -> list[Finding]:
        body, found = read_json(exchange.response)
        found += self.headers.findings(exchange, self.shape, body)
        if any(finding.rule == "json" for finding in found):
            return found
        errors = self._response_validators[0].iter_errors(body)
        found += findings_from_errors(errors, Level.DOCUMENTED, RESPONSE_BODY)
        if not isinstance(request_body, dict) or self.request_findings(request_body):
            return found
        arguments = self.arguments(request_body)
        more = findings_from_errors(
            self._overlay_errors(arguments, body), Level.CLIENT_REQUIRED, RESPONSE_BODY
        )
        image_request = self.image_request(request_body)
        checks = ImageChecks(
            self.shape, arguments, image_request, exchange.downloads, decode_images
        )
        return [*_merged(found, more), *checks.findings(body)]

    def _overlay_errors(
        self, arguments: Mapping[str, Any], body: JSON
    ) -> Iterator[ValidationError]:
        """Yield what is wrong with a response's body by the overlay, with paths into the body."""
        both = {"request": arguments, "response": body}
        for error in self._response_validators[1].iter_errors(both):
            if error.path and error.path.popleft() == "response":
                yield error


@lru_cache(_MAX_DESCRIBED)
def _described(contract: Contract, fields: str) -> ImageRequest:
    """Return the images of a request by the text of the fields that describe them."""
    known: Schema = contract.request_schema.get("properties", {})
    given = {
        name: _completed(known[name], value)
        for name, value in literal_eval(fields).items()
        if value is not None
    }
    return ImageRequest.of(given, contract.defaults)


def _completed(schema: Schema, value: JSON) -> JSON:
    """Return an object with the documented defaults of the fields that it leaves out."""
    if not isinstance(value, dict):
        return value
    branches = [schema, *schema.get("anyOf", []), *schema.get("oneOf", [])]
    fields: Schema = next((b["properties"] for b in branches if "properties" in b), {})
    return {**{name: f["default"] for name, f in fields.items() if "default" in f}, **value}


def _merged(found: list[Finding], more: list[Finding]) -> list[Finding]:
    """Return findings with those of a stricter schema about further pointers."""
    known = {finding.pointer for finding in found}
    return [*found, *(finding for finding in more if finding.pointer not in known)]

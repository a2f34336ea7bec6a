"""The documented headers of responses: those that the mock sends, and what is wrong with others."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from secrets import token_urlsafe

from mockserver.contracts.allof import atoms, flattened
from mockserver.contracts.exchange import Exchange, Response
from mockserver.contracts.finding import Finding, Level, child, quote
from mockserver.contracts.image_checks import leaves
from mockserver.contracts.json_schema import ANNOTATION, Schema, validator
from mockserver.contracts.messages import findings_from_errors
from mockserver.contracts.refs import read_object
from mockserver.contracts.response_shape import Leaf, Shape, shape_of
from mockserver.contracts.schema_loader import read_schema
from mockserver.errors import ContractError
from mockserver.paths import SCHEMAS
from mockserver.settings import HeaderMode
from mockserver.strict_json import JSON, parse_or_none

RESPONSE_HEADERS = "/response/headers"
"""The pointer of a response's headers in an exchange."""

CONNECTION_HEADERS = frozenset(
    {"connection", "content-encoding", "content-length", "content-type", "date", "keep-alive"}
    | {"server", "set-cookie", "trailer", "transfer-encoding", "upgrade"}
)
"""Headers of a connection or a server, which no contract can document."""

HEADER_PLACEHOLDERS = frozenset({"inference.id", "request.header", "usage.credits", "usage.usd"})
"""What headers are filled with; ``request.header`` repeats the request's header of that name."""

CREDITS_PER_USD = 2_000_000
"""As documented since 2026-03-05."""

_FILES = SCHEMAS / "headers"
_NAME = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")
_ID_LENGTH = 21
_USD_TOLERANCE = 1e-9
_UNCHARGED = "0, as failed requests are not charged"


@cache
def transport_fields() -> Mapping[str, Schema]:
    """Return the newest schema of each header that belongs to the transport, by its name.

    It is not checked: a contract that documents the header reads the file with all checks.
    """
    fields: Mapping[str, Schema] = read_object(max(_transport_files()))["properties"]
    return fields


def header_schema(revision: str, own: Schema, mode: HeaderMode) -> Schema:
    """Return the schema of a contract's response headers, as an object by their lower-case names.

    :param revision: the date of the contract; the headers of the transport are those of that date.
    :param own: the schema of the headers that the contract itself documents.
    :param mode: a value of the setting ``headers``.
    """
    if mode == "off":
        return {}
    dated = [file for file in _transport_files() if mode == "on" or file.name[:10] <= revision]
    known = [_transport(max(dated))] if dated else []
    return flattened({"allOf": [*known, *([own] if own else [])]})


def check_names(schema: Schema, file: Path) -> None:
    """Check that the mock can send the headers that a file documents.

    :raises ContractError: with the pointer of a name that is not lower case or not permitted.
    """
    for name in schema.get("properties", {}):
        if not is_header_name(name):
            expected = "expected the lower-case name of a header that is not of the connection"
            at = child("/properties", name)
            raise ContractError(file, at, f"{expected}, received {quote(name)}")


def is_header_name(name: str) -> bool:
    """Return whether a contract can document a header of this name."""
    return bool(_NAME.fullmatch(name)) and name not in CONNECTION_HEADERS


def _transport_files() -> list[Path]:
    return list(_FILES.glob("*.schema.json"))


@cache
def _transport(file: Path) -> Schema:
    return read_schema(file)


class ResponseHeaders:
    """The documented headers of a contract's responses.

    :param schema: of the headers, as an object by their lower-case names.
    :ivar echoed: those that repeat a header of the request.
    :ivar costs: the placeholder of those with the cost, by name.
    """

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._fields: dict[str, Schema] = schema.get("properties", {})
        self._success, self._error = validator(schema), validator({**schema, "required": []})
        filled = {name: field.get(ANNOTATION) for name, field in self._fields.items()}
        self._ids = [name for name in filled if filled[name] == "inference.id"]
        self.echoed = {
            name: validator(self._fields[name])
            for name in filled
            if filled[name] == "request.header"
        }
        self.costs = {n: str(what) for n, what in filled.items() if what in _COSTS}
        self._constants = dict(self._constant_values())

    def _constant_values(self) -> Iterator[tuple[str, str]]:
        """Yield the headers that are always there and for which the mock has no placeholder."""
        for name in (n for n in self._fields if n in self.schema.get("required", [])):
            leaf = shape_of(self._fields[name])
            if isinstance(leaf, Leaf) and leaf.placeholder is None:
                constant = leaf.constant
                text = constant if isinstance(constant, str) else json.dumps(constant)
                yield name, text if text.isascii() and text.isprintable() else ""

    def of_any_response(self, sent_header: Callable[[str], str | None]) -> dict[str, str]:
        """Return the headers that responses and errors have.

        :param sent_header: returns a header of the request by its name.
        """
        headers = {name: token_urlsafe(_ID_LENGTH)[:_ID_LENGTH] for name in self._ids}
        for name, schema in self.echoed.items():
            sent = sent_header(name)
            if sent is not None and schema.is_valid(sent):
                headers[name] = sent
        return headers

    def of_success(self, cost: int) -> dict[str, str]:
        """Return the further headers of a response with images.

        :param cost: of the response, in credits.
        """
        return self._constants | {name: _COSTS[what](cost) for name, what in self.costs.items()}

    def values(self, response: Response) -> dict[str, JSON]:
        """Return the documented headers of a response as JSON values of their types."""
        headers = response.headers
        return {n: _value(headers[n], self._fields[n]) for n in self._fields if n in headers}

    def violations(self, values: JSON, *, is_error: bool = False) -> list[Finding]:
        """Return what is wrong with the values of headers by their schema."""
        schema = self._error if is_error else self._success
        return findings_from_errors(schema.iter_errors(values), Level.DOCUMENTED, RESPONSE_HEADERS)

    def findings(self, exchange: Exchange, shape: Shape, body: JSON) -> list[Finding]:
        """Check the headers of a response: their values, the repeated ones, the cost.

        :param shape: of the contract's response, which says where its body has the cost.
        :param body: the parsed body.
        """
        if not self._fields:
            return []
        is_error = exchange.response.status >= 400
        values = self.values(exchange.response)
        found = self.violations(values, is_error=is_error)
        invalid = {finding.pointer for finding in found}
        more = [*self._echo_findings(exchange), *self._cost_findings(values, shape, body, is_error)]
        return [*found, *(finding for finding in more if finding.pointer not in invalid)]

    def _echo_findings(self, exchange: Exchange) -> Iterator[Finding]:
        for name, schema in self.echoed.items():
            sent, came = (side.headers.get(name) for side in (exchange.request, exchange.response))
            if sent is None or sent == came or not schema.is_valid(sent):
                continue
            if came is not None or exchange.response.status < 400:
                received = "nothing" if came is None else quote(came)
                yield _finding(name, "echo", f"{quote(sent)}, as the request's header", received)

    def _cost_findings(
        self, values: Mapping[str, JSON], shape: Shape, body: JSON, is_error: bool
    ) -> Iterator[Finding]:
        in_body = list(leaves(shape, body, "/response/body")) if not is_error else []
        for name in (n for n in self.costs if n in values):
            cost = _number(values[name])
            amounts = [
                (f"{v}, as {at} says", v) for at, what, v in in_body if what == self.costs[name]
            ]
            for expected, amount in [(_UNCHARGED, 0)] if is_error else amounts:
                known = _number(amount)
                if cost is not None and known is not None and abs(cost - known) > _USD_TOLERANCE:
                    yield _finding(name, "cost", expected, quote(values[name]))


_COSTS: dict[str, Callable[[int], str]] = {
    "usage.credits": str,
    "usage.usd": lambda cost: f"{cost / CREDITS_PER_USD:.9f}",
}
"""By placeholder: the text of a cost in credits."""


def _value(text: str, schema: Schema) -> JSON:
    """Return a header's value: JSON where its type is not a string, else the text."""
    if "string" in atoms(schema):
        return text
    value = parse_or_none(text.encode())
    return text if value is None else value


def _number(value: JSON) -> float | None:
    try:
        return None if isinstance(value, bool) or value is None else float(value)
    except (TypeError, ValueError):
        return None


def _finding(name: str, rule: str, expected: str, received: str) -> Finding:
    return Finding(Level.SEMANTIC, child(RESPONSE_HEADERS, name), rule, expected, received)

"""What is valid in a request and still worth knowing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mockserver.contracts.contract import Contract
from mockserver.contracts.exchange import REQUEST_BODY
from mockserver.contracts.finding import Finding, Level, child, quote
from mockserver.contracts.json_schema import Schema
from mockserver.contracts.response_shape import placeholders
from mockserver.strict_json import JSON

_NEAR = 0.9
"""The part of a limit from which a value is near it."""


def hints(contract: Contract, body: Mapping[str, JSON]) -> Iterator[Finding]:
    """Yield the fields of a request that have no effect, and the values near their limits.

    :param body: a request's parsed body.
    """
    known = contract.request_schema.get("properties", {})
    for name, value in body.items():
        if name not in known:
            yield _hint(name, "unread", "a documented field", value)
        elif limit := _near_limit(value, known[name]):
            yield _hint(name, "near-limit", f"well below the limit of {limit}", value)
    if body.get("response_format") is not None and "image.url" not in placeholders(contract.shape):
        expected = "nothing: this contract's response always has base64"
        yield _hint("response_format", "no-effect", expected, body["response_format"])


def _near_limit(value: JSON, field: Schema) -> int | None:
    length = field.get("maxLength")
    if isinstance(value, str) and length is not None and len(value) >= _NEAR * length:
        return int(length)
    return int(value) if "maximum" in field and value == field["maximum"] else None


def _hint(field: str, rule: str, expected: str, value: JSON) -> Finding:
    return Finding(Level.HINT, child(REQUEST_BODY, field), rule, expected, quote(value))

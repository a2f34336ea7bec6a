"""What is lawful in a request and still worth knowing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mockserver.contracts.contract import Contract
from mockserver.contracts.finding import Finding, Level, pointer, quote
from mockserver.contracts.response_shape import placeholders
from mockserver.contracts.schema_loader import Schema
from mockserver.strict_json import JSON

__all__ = ["hints"]

_NEAR = 0.9
"""From which part of a limit on it is close by."""


def hints(contract: Contract, body: Mapping[str, JSON]) -> Iterator[Finding]:
    """Name the fields of a request that nothing reads, and the limits that are close by.

    :param body: a request's parsed body.
    """
    known = contract.request_schema.get("properties", {})
    for name, value in body.items():
        if name not in known:
            yield _advice(name, "unread", "a documented field", quote(value))
        elif most := _close_by(value, known[name]):
            yield _advice(name, "near-limit", f"well below the limit of {most}", quote(value))
    if body.get("response_format") is not None and "image.url" not in placeholders(contract.shape):
        words = "nothing: this contract's answer always carries base64"
        yield _advice("response_format", "no-effect", words, quote(body["response_format"]))


def _close_by(value: JSON, field: Schema) -> int | None:
    """Give the limit that a value has reached, or nearly."""
    length = field.get("maxLength")
    if isinstance(value, str) and length is not None and len(value) >= _NEAR * length:
        return int(length)
    return int(value) if "maximum" in field and value == field["maximum"] else None


def _advice(field: str, rule: str, expected: str, received: str) -> Finding:
    return Finding(Level.HINT, pointer("request", "body", field), rule, expected, received)

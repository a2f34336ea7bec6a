"""The parameters of a request, and the values that are valid and invalid for each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from mockserver.contracts import Contract, Level
from mockserver.contracts.json_schema import Schema, types_of
from mockserver.contracts.samples import plain_request, sample
from mockserver.strict_json import JSON

_LONGEST_RANGE = 12
"""A range of so many integers is tried value by value."""
_TEXT = "a T-Rex on a beach, "
_ONE_OF_EACH_TYPE = (None, True, 7, 1.5, "text", ["text"], {"text": "text"})


@dataclass(frozen=True, slots=True)
class Parameter:
    """One field of a request.

    :ivar published: its schema as the provider published it.
    :ivar strict: the same with the overlay (ours).
    """

    name: str
    published: Schema
    strict: Schema
    required: bool

    @property
    def is_free_text(self) -> bool:
        return "string" in types_of(self.strict) and "enum" not in self.strict


def parameters(contract: Contract) -> list[Parameter]:
    """Return the parameters of a contract, free text last: the budget goes to the others first."""
    schema, overlay = contract.request_schema, contract.request_overlay
    required = schema.get("required", [])
    added = overlay.get("properties", {})
    found = [
        Parameter(name, part, {**part, **added.get(name, {})}, name in required)
        for name, part in schema.get("properties", {}).items()
    ]
    return sorted(found, key=lambda parameter: parameter.is_free_text)


def _samples(schema: Schema) -> list[JSON]:
    """Return the values that a schema lists, else one that is made up."""
    listed = [*schema.get("enum", []), *schema.get("examples", [])]
    return [value for value in listed if value is not None] or [sample(schema, full=True)]


def valid_values(contract: Contract, parameter: Parameter) -> dict[str, JSON]:
    """Return the values to send by label: all that are listed, else the limits and just inside."""
    schema = parameter.strict
    values = [*schema.get("enum", _edges(schema)), *schema.get("examples", [])]
    plain = plain_request(contract)
    return {
        _label(value, schema): value
        for value in values
        if not contract.request_findings({**plain, parameter.name: value})
    }


def invalid_values(contract: Contract, parameter: Parameter) -> dict[str, JSON]:
    """Return the values to be refused by label: wrong types, outside the limits, not listed."""
    schema = parameter.published
    plain = plain_request(contract)
    values = [*_ONE_OF_EACH_TYPE, *_not_listed(schema), *_beyond(schema)]
    if "string" not in types_of(schema):
        values.append(json.dumps(_samples(schema)[0]))
    return {
        _label(value, schema): value
        for value in values
        if breaks_documents(contract, {**plain, parameter.name: value})
    }


def breaks_documents(contract: Contract, body: JSON) -> bool:
    """Return whether the published schema forbids a request, and not only the overlay."""
    return any(found.level is Level.DOCUMENTED for found in contract.request_findings(body))


def _edges(schema: Schema) -> Iterator[JSON]:
    """Yield the values at the limits and just inside them, for each alternative."""
    types = types_of(schema)
    for part in (*schema.get("anyOf", []), *schema.get("oneOf", [])):
        yield from part.get("enum", _edges(part))
    if "format" in schema or "object" in types:
        yield sample(schema, full=True)
    elif "string" in types:
        yield from (text_of(length) for length in _inner(schema, "minLength", "maxLength", 1))
    elif "integer" in types or "number" in types:
        yield from _numbers(schema)
    elif "boolean" in types:
        yield from (True, False)
    elif "array" in types:
        item = _samples(schema.get("items", {}))[0]
        yield from ([item] * length for length in _inner(schema, "minItems", "maxItems", 1))
    elif types == ["null"]:
        yield None


def text_of(length: int, letter: str = _TEXT) -> str:
    """Return a text of a length in code points."""
    return (letter * length)[:length]


def _inner(schema: Schema, lowest: str, highest: str, least: int) -> list[int]:
    low = max(least, schema.get(lowest, least))
    high = schema.get(highest)
    return [low] if high is None else [n for n in dict.fromkeys((low, high - 1, high)) if n >= low]


def _numbers(schema: Schema) -> list[float]:
    low, high = _bounds(schema)
    if low is None or high is None:
        return [bound for bound in (low, high) if bound is not None] or [1]
    if high - low < _LONGEST_RANGE and low == int(low):
        return list(range(int(low), int(high) + 1))
    return [low, low + 1, high - 1, high]


def _bounds(schema: Schema) -> tuple[float | None, float | None]:
    low, high = schema.get("minimum"), schema.get("maximum")
    if "exclusiveMinimum" in schema:
        low = schema["exclusiveMinimum"] + 1
    if "exclusiveMaximum" in schema:
        high = schema["exclusiveMaximum"] - 1
    return low, high


def _not_listed(schema: Schema) -> Iterator[JSON]:
    for value in schema.get("enum", []):
        if isinstance(value, str):
            yield from (f"{value}-undocumented", f" {value}", value.swapcase(), "")
        elif isinstance(value, int | float):
            yield from (value + 1, -value)


def _beyond(schema: Schema) -> Iterator[JSON]:
    """Yield the values just outside the limits."""
    for limit, step in (("minimum", -1), ("maximum", 1)):
        if limit in schema:
            yield from (schema[limit] + step, schema[limit] + step / 2)
    exclusive = ("exclusiveMinimum", "exclusiveMaximum")
    yield from (schema[limit] for limit in exclusive if limit in schema)
    if "maxLength" in schema:
        yield from (text_of(schema["maxLength"] + 1, letter) for letter in (_TEXT, "\N{SAUROPOD}"))
    if schema.get("minLength", 0) > 0:
        yield text_of(schema["minLength"] - 1)
    item = _samples(schema.get("items", {}))[:1]
    if "maxItems" in schema:
        yield item * (schema["maxItems"] + 1)
    if schema.get("minItems", 0) > 0:
        yield item * (schema["minItems"] - 1)
    for name in schema.get("required", []):
        whole = sample(schema, full=True)
        yield {other: value for other, value in whole.items() if other != name}


def _label(value: JSON, schema: Schema) -> str:
    """Return the label of a value in a test's id: short, and ASCII."""
    if isinstance(value, str) and len(value) > 40:
        kind = "" if value.isascii() else "-beyond-ASCII"
        return f"{len(value)}-characters{kind}"
    is_plain = isinstance(value, str) and value.strip() and "string" in types_of(schema)
    return value if is_plain else json.dumps(value)

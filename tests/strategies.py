"""Draw values that keep a JSON Schema, as far as imported documents use it."""

from __future__ import annotations

import math

from hypothesis import strategies as st

from mockserver.contracts.json_schema import Schema
from mockserver.strict_json import JSON

Strategy = st.SearchStrategy[JSON]

_SHORT = 30
_LARGEST = 2**40


def values(schema: Schema | bool) -> Strategy:
    """Draw values for a schema; what rules beside each other forbid is left to a filter."""
    if isinstance(schema, bool) or not schema:
        return st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4)
    if "const" in schema or "enum" in schema:
        return st.sampled_from([schema["const"]] if "const" in schema else schema["enum"])
    for branches in ("anyOf", "oneOf"):
        if branches in schema:
            return st.one_of([values(branch) for branch in schema[branches]])
    types = schema.get("type", "object" if "properties" in schema else [])
    return st.one_of(
        [_typed(name, schema) for name in ([types] if isinstance(types, str) else types)]
    )


def _typed(name: str, schema: Schema) -> Strategy:
    match name:
        case "object":
            return _objects(schema)
        case "array":
            items = values(schema.get("items", True))
            least = schema.get("minItems", 0)
            return st.lists(items, min_size=least, max_size=schema.get("maxItems", least + 2))
        case "integer":
            return _integers(schema)
        case "number":
            return _integers(schema) | _fractions(schema)
        case "string":
            return _texts(schema)
        case "boolean":
            return st.booleans()
        case _:
            return st.none()


def _objects(schema: Schema) -> Strategy:
    fields = {name: values(part) for name, part in schema.get("properties", {}).items()}
    required = {name: fields.pop(name) for name in schema.get("required", [])}
    known = st.fixed_dictionaries(required, optional=fields)
    more = schema.get("additionalProperties", True)
    if more is False:
        return known
    names = st.text(max_size=5).filter(lambda name: name not in schema.get("properties", {}))
    extra = st.dictionaries(names, values(more), max_size=2)
    return st.builds(lambda some, sure: {**some, **sure}, extra, known)


def _integers(schema: Schema) -> Strategy:
    least = schema.get("minimum", schema.get("exclusiveMinimum", -_LARGEST - 1) + 1)
    most = schema.get("maximum", schema.get("exclusiveMaximum", _LARGEST + 1) - 1)
    return st.integers(math.ceil(least), math.floor(most))


def _fractions(schema: Schema) -> Strategy:
    least = schema.get("minimum", schema.get("exclusiveMinimum"))
    most = schema.get("maximum", schema.get("exclusiveMaximum"))
    return st.floats(
        least,
        most,
        exclude_min="exclusiveMinimum" in schema,
        exclude_max="exclusiveMaximum" in schema,
        allow_nan=False,
        allow_infinity=False,
    )


def _texts(schema: Schema) -> Strategy:
    if schema.get("format") == "uri":
        return st.from_regex(r"https://[a-z]{1,8}\.test/[a-z0-9]{0,8}", fullmatch=True)
    least = schema.get("minLength", 0)
    most = max(least, min(_SHORT, schema.get("maxLength", _SHORT)))
    return st.text(st.characters(codec="utf-8"), min_size=least, max_size=most)

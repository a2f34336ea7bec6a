"""Lay the parts of an ``allOf`` over each other, so that two schemas can be held side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mockserver.contracts.schema_loader import ANNOTATION, Schema
from mockserver.strict_json import JSON

__all__ = ["ATOMS", "WORDING", "atoms", "bare", "flattened"]

WORDING = frozenset(
    {"$comment", "$defs", "$schema", "description", "examples", "title", ANNOTATION}
)
"""Keywords that explain and bind nobody."""

ATOMS = ("string", "integer", "fraction", "boolean", "array", "object", "null")
"""The kinds of value that no schema type splits further; a number is an integer or a fraction."""


def flattened(schema: JSON) -> Schema:
    """Merge a schema with its ``allOf``, one level deep; what cannot be merged stays in it.

    :param schema: a schema object, or True or False.
    """
    if isinstance(schema, bool):
        return {} if schema else {"not": {}}
    whole = {key: value for key, value in schema.items() if key != "allOf"}
    for part in schema.get("allOf", []):
        whole = _merged(whole, flattened(part))
    return whole


def atoms(schema: Schema) -> tuple[str, ...]:
    """Name the kinds of value that a schema's ``type`` lets pass."""
    stated = schema.get("type", list(ATOMS))
    types = [stated] if isinstance(stated, str) else stated
    named = {"integer", "fraction", *types} if "number" in types else set(types)
    return tuple(atom for atom in ATOMS if atom in named)


def bare(schema: JSON) -> JSON:
    """Give a schema, or a list of them, without the words that explain it."""
    if isinstance(schema, list):
        return [bare(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _bare_value(key, schema[key]) for key in schema if key not in WORDING}


def _bare_value(key: str, value: JSON) -> JSON:
    if key in {"const", "default", "enum"}:
        return value
    if key in {"properties", "patternProperties", "dependentSchemas"}:
        return {name: bare(part) for name, part in value.items()}
    return bare(value)


def _merged(below: Schema, above: Schema) -> Schema:
    if not _can_merge(below, above):
        return {**below, "allOf": [*below.get("allOf", []), above]}
    merged = {**below, **above}
    for key in below.keys() & above.keys():
        merged[key] = _MERGE.get(key, _first)(below[key], above[key])
    return merged


def _can_merge(below: Schema, above: Schema) -> bool:
    clashing = [k for k in below.keys() & above.keys() if k not in _MERGE and k not in WORDING]
    if any(below[key] != above[key] for key in clashing):
        return False
    return _open_to(below, above) and _open_to(above, below)


def _open_to(schema: Schema, other: Schema) -> bool:
    """Tell whether a schema leaves to ``other`` the fields that it does not name itself."""
    if schema.get("additionalProperties", True) is True and "patternProperties" not in schema:
        return True
    return set(other.get("properties", {})) <= set(schema.get("properties", {}))


def _first(below: JSON, _above: JSON) -> JSON:
    return below


def _types(below: JSON, above: JSON) -> list[str]:
    common = [a for a in atoms({"type": below}) if a in atoms({"type": above})]
    if "fraction" in common:
        common = ["number" if a == "fraction" else a for a in common if a != "integer"]
    return common


def _fields(below: Schema, above: Schema) -> Schema:
    shared = below.keys() & above.keys()
    return {**below, **above, **{name: {"allOf": [below[name], above[name]]} for name in shared}}


_MERGE: dict[str, Callable[[Any, Any], Any]] = {
    "type": _types,
    "enum": lambda below, above: [value for value in below if value in above],
    "default": _first,
    "required": lambda below, above: list(dict.fromkeys([*below, *above])),
    "properties": _fields,
    "items": lambda below, above: {"allOf": [below, above]},
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems"), min),
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems"), max),
}
"""How two values of a keyword become one that asks for both."""

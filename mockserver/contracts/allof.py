"""The one merge of schemas that all have to hold: the parts of an ``allOf``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mockserver.contracts.json_schema import ANNOTATION, Schema, identity, map_parts, types_of
from mockserver.strict_json import JSON

WORDING = frozenset(
    {"$comment", "$defs", "$schema", "description", "examples", "title", ANNOTATION}
)
"""Keywords that explain and do not constrain."""

ATOMS = ("string", "integer", "fraction", "boolean", "array", "object", "null")
"""The types of value that no schema type divides further; a number is an integer or a fraction."""

ANNOTATIONS = WORDING | {"default", "deprecated"}
"""Keywords that do not constrain."""

_GROUPS = (
    {"contains", "maxContains", "minContains"},
    {"else", "if", "then"},
    {"items", "prefixItems"},
)
"""Keywords that are read together, so that those of two schemas must not be mixed."""


def flattened(schema: JSON) -> Schema:
    """Return a schema with its ``allOf`` merged into it; what cannot be merged stays in ``allOf``.

    The result allows the same values. Of two annotations the first is kept: the schema's own, then
    those of its parts in order.

    :param schema: a schema object, or True or False.
    """
    if isinstance(schema, bool):
        return {} if schema else {"not": {}}
    whole = {key: value for key, value in schema.items() if key != "allOf"}
    for part in schema.get("allOf", []):
        whole = _merged(whole, flattened(part))
    return whole


def atoms(schema: Schema) -> tuple[str, ...]:
    """Return the types of value that a schema's ``type`` allows."""
    types = types_of(schema) or ATOMS
    named = {"integer", "fraction", *types} if "number" in types else set(types)
    return tuple(atom for atom in ATOMS if atom in named)


def bare(schema: JSON) -> JSON:
    """Return a schema, or a list of them, without the keywords that only explain it."""
    if isinstance(schema, list):
        return [bare(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: value for key, value in schema.items() if key not in WORDING}
    return map_parts(kept, lambda part, _: bare(part))


def _merged(first: Schema, second: Schema) -> Schema:
    if _reads_siblings(first, second):
        return {**first, "allOf": [*first.get("allOf", []), second]}
    apart = _clashing(first, second)
    merged = first | {key: second[key] for key in second if key not in {*first, *apart}}
    for key in (_MERGE.keys() & first.keys() & second.keys()) - apart:
        merged[key] = _MERGE[key](first[key], second[key])
    merged |= _members(first, second)
    rest = {key: second[key] for key in second if key in apart}
    return {**merged, "allOf": [*merged.get("allOf", []), rest]} if rest else merged


def _reads_siblings(first: Schema, second: Schema) -> bool:
    """Return whether a keyword of one would read the other's fields or items as its own."""
    if {"unevaluatedItems", "unevaluatedProperties"} & second.keys():
        return True
    return {"additionalProperties", "patternProperties"} <= first.keys() | second.keys()


def _clashing(first: Schema, second: Schema) -> set[str]:
    """Return the keywords of the second schema that cannot stand beside those of the first."""
    same = (first.keys() & second.keys()) - _MERGE.keys() - _MEMBERS - ANNOTATIONS
    apart = {key for key in same if first[key] != second[key]}
    if "type" in second and not _types(first.get("type", second["type"]), second["type"]):
        apart.add("type")
    for group in _GROUPS:
        mixed = {key for key in group if first.get(key) != second.get(key)}
        if mixed - {"items"} and group & first.keys() and group & second.keys():
            apart |= group & second.keys()
    return apart


def _members(first: Schema, second: Schema) -> Schema:
    """Merge what two schemas say of fields; a field unknown to one of them is one of its others."""
    others = [schema.get("additionalProperties", True) for schema in (first, second)]
    known = [schema.get("properties", {}) for schema in (first, second)]
    fields = {
        name: _both(*(named.get(name, other) for named, other in zip(known, others, strict=True)))
        for name in {**known[0], **known[1]}
    }
    more = _both(*others)
    if more is False:
        fields = {name: field for name, field in fields.items() if field is not False}
    merged = {"properties": fields, "additionalProperties": more}
    return {key: merged[key] for key in merged if key in first or key in second}


def _both(first: JSON, second: JSON) -> JSON:
    if first is True or second is False:
        return second
    return first if second is True or first is False else flattened({"allOf": [first, second]})


def _types(first: JSON, second: JSON) -> JSON:
    common = [a for a in atoms({"type": first}) if a in atoms({"type": second})]
    if "fraction" in common:
        common = ["number" if a == "fraction" else a for a in common if a != "integer"]
    return common[0] if len(common) == 1 else common


def _enum(first: list[JSON], second: list[JSON]) -> list[JSON]:
    listed = set(map(identity, second))
    return [value for value in first if identity(value) in listed]


_MEMBERS = {"additionalProperties", "properties"}

_MERGE: dict[str, Callable[[Any, Any], Any]] = {
    "allOf": lambda first, second: [*first, *second],
    "enum": _enum,
    "items": _both,
    "required": lambda first, second: list(dict.fromkeys([*first, *second])),
    "type": _types,
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems"), min),
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems"), max),
}
"""How two values of a keyword become one that requires both."""

"""Write schemas that all have to hold as one, where that says the same."""

from __future__ import annotations

from mockserver.contracts.schema_loader import Schema
from mockserver.strict_json import JSON

__all__ = ["WORDING", "flattened"]

WORDING = frozenset({"default", "deprecated", "description", "examples", "title"})
"""Keywords that explain and do not constrain; the outer ones are right."""

_LOCAL = frozenset({"additionalProperties", "unevaluatedProperties", "items", "prefixItems", "if"})
"""Keywords that look at others beside them, or that others look at."""


def flattened(schema: Schema) -> Schema:
    """Lay the parts of ``allOf`` into the schema around them; leave it where they would clash.

    What reads a contract looks for fields and defaults at the top of a schema.
    """
    merged: Schema | None = {k: v for k, v in schema.items() if k != "allOf"}
    for part in schema.get("allOf", []):
        merged = _merged(merged, part) if merged is not None else None
    return schema if merged is None else merged


def _merged(outer: Schema, part: JSON) -> Schema | None:
    """Join two schemas; None where one would say something else beside the other."""
    if not isinstance(part, dict) or _disturb(outer, part):
        return None
    merged = {**part, **outer}
    for key in (part.keys() & outer.keys()) - WORDING:
        if key == "required":
            merged[key] = list(dict.fromkeys([*outer[key], *part[key]]))
        elif key == "properties" and not outer[key].keys() & part[key].keys():
            merged[key] = {**outer[key], **part[key]}
        elif outer[key] != part[key]:
            return None
    return merged


def _disturb(outer: Schema, part: Schema) -> bool:
    rules = (outer.keys() - WORDING, part.keys() - WORDING)
    return all(rules) and any(keys & _LOCAL for keys in rules)

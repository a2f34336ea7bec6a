"""The fields that are sent one way only: ``readOnly`` in responses, ``writeOnly`` in requests."""

from __future__ import annotations

from typing import Any

from mockserver.contracts.json_schema import Steps, map_parts
from mockserver.strict_json import JSON

_SAME_VALUE = ("allOf", "anyOf", "else", "if", "not", "oneOf", "then")
"""The keywords whose schemas are of the same value as the schema that they are in."""


def without(keyword: str, schema: JSON, unsent: frozenset[str] = frozenset()) -> Any:  # noqa: ANN401
    """Return a schema, True or False, without the fields that have a keyword such as ``readOnly``.

    :param unsent: the names of such fields of the same object.
    """
    if not isinstance(schema, dict):
        return schema
    unsent |= _named(keyword, schema)
    kept = {**schema}
    if "required" in schema:
        kept["required"] = [name for name in schema["required"] if name not in unsent]
    if "properties" in schema:
        fields = schema["properties"].items()
        kept["properties"] = {name: field for name, field in fields if name not in unsent}

    def inside(part: JSON, steps: Steps) -> JSON:
        return without(keyword, part, unsent if steps[0] in _SAME_VALUE else frozenset())

    return map_parts(kept, inside)


def _named(keyword: str, schema: JSON) -> frozenset[str]:
    """Return the names of the fields of an object that have a keyword."""
    if not isinstance(schema, dict):
        return frozenset()
    fields = schema.get("properties", {})
    own = (name for name in fields if isinstance(fields[name], dict) and fields[name].get(keyword))
    inside = (schema[key] for key in _SAME_VALUE if key in schema)
    same = (part for each in inside for part in (each if isinstance(each, list) else [each]))
    return frozenset(own).union(*(_named(keyword, part) for part in same))

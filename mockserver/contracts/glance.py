"""See at a glance that a schema lets a value pass, as it does with most requests.

A validator takes its time to find out what is wrong; that nothing is wrong can be seen in a tenth
of it. What is not seen here is left to the validator, so that there is one opinion only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from mockserver.contracts.schema_loader import ANNOTATION, Schema
from mockserver.strict_json import JSON

__all__ = ["Glance", "glance"]

Glance: TypeAlias = Callable[[JSON], bool]
"""True only of what a schema lets pass; false tells nothing."""

_SILENT = {ANNOTATION, "$comment", "$schema", "default", "description", "examples", "title"}
"""Keywords that let everything pass."""

_TYPES: dict[str, tuple[type, ...]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "null": (type(None),),
    "number": (int, float),
    "object": (dict,),
    "string": (str,),
}

_LIMITS: dict[str, Callable[[Any, Any], bool]] = {
    "exclusiveMaximum": lambda value, limit: value < limit,
    "exclusiveMinimum": lambda value, limit: value > limit,
    "maxItems": lambda value, limit: len(value) <= limit,
    "maxLength": lambda value, limit: len(value) <= limit,
    "maximum": lambda value, limit: value <= limit,
    "minItems": lambda value, limit: len(value) >= limit,
    "minLength": lambda value, limit: len(value) >= limit,
    "minimum": lambda value, limit: value >= limit,
}
_LIMITED = {
    **dict.fromkeys(("maxItems", "minItems"), (list,)),
    **dict.fromkeys(("maxLength", "minLength"), (str,)),
}
_NUMBERS = (int, float)


def glance(schema: Schema | bool) -> Glance:
    """Compile a glance at values by a schema."""
    if isinstance(schema, bool):
        return lambda _: schema
    checks = list(_checks(schema))
    return lambda value: all(check(value) for check in checks)


def _checks(schema: Schema) -> Iterator[Glance]:
    for keyword, content in schema.items():
        if keyword == "type":
            yield _of_type([content] if isinstance(content, str) else content)
        elif keyword == "enum":
            yield _listed(content)
        elif keyword == "allOf":
            yield from map(glance, content)
        elif keyword in _LIMITS:
            yield _within(keyword, content)
        elif keyword not in _SILENT | _OF_OBJECTS:
            yield lambda _: False
    if _OF_OBJECTS & schema.keys():
        yield _fields(schema)


_OF_OBJECTS = {"additionalProperties", "properties", "required"}


def _of_type(names: list[str]) -> Glance:
    types = frozenset(known for name in names for known in _TYPES[name])
    return lambda value: type(value) in types


def _listed(values: list[JSON]) -> Glance:
    """See a value of the list; what is no plain text, number or null is left to the validator."""
    known = frozenset((type(v), v) for v in values if not isinstance(v, dict | list))
    return lambda value: not isinstance(value, dict | list) and (type(value), value) in known


def _within(keyword: str, limit: float) -> Glance:
    """See a value within a limit, or one that the limit is not about."""
    keeps, limited = _LIMITS[keyword], frozenset(_LIMITED.get(keyword, _NUMBERS))
    return lambda value: type(value) not in limited or keeps(value, limit)


def _fields(schema: Schema) -> Glance:
    known = {name: glance(part) for name, part in schema.get("properties", {}).items()}
    required = frozenset(schema.get("required", []))
    more = schema.get("additionalProperties", True) is True

    def keeps(value: JSON) -> bool:
        if not isinstance(value, dict):
            return True
        if not required <= value.keys():
            return False
        return all(known[name](v) if name in known else more for name, v in value.items())

    return keeps

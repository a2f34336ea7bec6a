"""JSON Schema: what compiles a schema, and what goes through the schemas inside it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from mockserver.contracts.finding import pointer
from mockserver.strict_json import JSON

Schema: TypeAlias = dict[str, Any]
"""A JSON Schema object, free of references."""

Steps: TypeAlias = tuple[str | int, ...]
"""The path to a part of a JSON value."""

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ANNOTATION = "x-mock"
"""The project-defined keyword for what the mock fills a field with. It constrains nothing."""

FORMATS = FormatChecker(("date", "email", "ipv4", "ipv6", "uuid"))
"""The values of ``format`` that are checked; a schema with another one is rejected."""

# The keywords that hold schemas by name, a list of schemas, one schema.
SCHEMA_MAPS = {"properties", "patternProperties", "dependentSchemas", "$defs"}
_SCHEMA_LISTS = {"allOf", "anyOf", "oneOf", "prefixItems"}
_SINGLE_SCHEMAS = {
    *{"additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then"},
    *{"unevaluatedItems", "unevaluatedProperties"},
}


@FORMATS.checks("regex", raises=(OverflowError, RecursionError, re.error))
def _is_regex(value: object) -> bool:
    return not isinstance(value, str) or bool(re.compile(value))


@FORMATS.checks("date-time", raises=ValueError)
def _is_date_time(value: object) -> bool:
    if not isinstance(value, str):
        return True
    return value[10:11] in "Tt" and datetime.fromisoformat(value).tzinfo is not None


@FORMATS.checks("uri", raises=ValueError)
def _is_absolute_uri(value: object) -> bool:
    if not isinstance(value, str):
        return True
    parts = urlsplit(value)
    return (
        bool(parts.scheme and (parts.netloc or parts.path)) and value.isascii() and " " not in value
    )


_END = re.compile(r"(\\.|\[(?:\\.|[^\\\]])*\])|\$", re.DOTALL)
"""A pattern's ``$``, or an escape or a character class, which may hold a literal one."""


def _check_pattern(
    _validator: object, pattern: str, value: JSON, _schema: Schema
) -> Iterator[ValidationError]:
    """Match as ECMA-262 does, where ``$`` is the end, and not before a last newline."""
    if isinstance(value, str) and not re.search(_END.sub(lambda m: m[1] or r"\Z", pattern), value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def _check_multiple_of(
    _validator: object, step: JSON, value: JSON, _schema: Schema
) -> Iterator[ValidationError]:
    """Divide as decimal numbers: 0.3 is a multiple of 0.1, although no double is."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and Fraction(str(value)) % Fraction(str(step)):
        yield ValidationError(f"{value!r} is not a multiple of {step!r}")


def _check_unique_items(
    _validator: object, is_asked: JSON, value: JSON, _schema: Schema
) -> Iterator[ValidationError]:
    """Compare all items at once; jsonschema compares each two of them."""
    if is_asked and isinstance(value, list) and len(set(map(identity, value))) < len(value):
        yield ValidationError(f"{value!r} has non-unique elements")


def identity(value: JSON) -> object:
    """Return a hashable object that is the same for equal JSON values, such as 1 and 1.0.

    A number becomes text, since Python's hashes of numbers can be made to collide.
    """
    if isinstance(value, dict):
        return frozenset((name, identity(member)) for name, member in value.items())
    if isinstance(value, list):
        return tuple(map(identity, value))
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return type(value).__name__, str(value)


_Validator: type[Draft202012Validator] = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {
        "multipleOf": _check_multiple_of,
        "pattern": _check_pattern,
        "uniqueItems": _check_unique_items,
    },
)


def validator(schema: Schema) -> Draft202012Validator:
    """Compile a schema, with its formats checked."""
    return _Validator(schema, format_checker=FORMATS)


def types_of(schema: Schema) -> list[str]:
    """Return the types that a schema states; none where it does not say."""
    stated = schema.get("type", [])
    return [stated] if isinstance(stated, str) else stated


_MAX_LISTED = 100
"""How many integers are checked in advance."""


class ObjectCheck:
    """The compiled schema of an object, which says only whether an object is valid.

    The schemas of the fields are compiled once; jsonschema compiles them anew for every object,
    which doubles the time that a valid one takes. Where few texts or integers are valid, they are
    checked only once.
    """

    def __init__(self, schema: Schema) -> None:
        fields = schema.get("properties", {})
        names_are_read = {"additionalProperties", "unevaluatedProperties"} & schema.keys()
        names = dict.fromkeys(fields, True) if names_are_read else {}
        self._object = validator({**schema, "properties": names})
        self._fields = {name: validator(field) for name, field in fields.items()}
        self._listed = {
            name: {(type(v), v) for v in _candidates(field) if self._fields[name].is_valid(v)}
            for name, field in fields.items()
        }

    def is_valid(self, value: JSON) -> bool:
        """Return whether nothing is wrong with a value."""
        if not self._object.is_valid(value):
            return False
        given = self._fields.keys() & value if isinstance(value, dict) else ()
        return all(self._is_valid_field(name, value[name]) for name in given)

    def _is_valid_field(self, name: str, value: JSON) -> bool:
        is_listed = isinstance(value, str | int) and (type(value), value) in self._listed[name]
        return is_listed or self._fields[name].is_valid(value)


def _candidates(schema: JSON) -> Sequence[str | int]:
    """Return the texts or integers that a schema lists or delimits, where they are few."""
    if not isinstance(schema, dict):
        return ()
    least, most = schema.get("minimum"), schema.get("maximum")
    if isinstance(least, int) and isinstance(most, int) and most - least < _MAX_LISTED:
        return range(least, most + 1)
    return [v for v in schema.get("enum", ()) if isinstance(v, str)]


def parts(schema: JSON, at: str = "") -> Iterator[tuple[str, Schema]]:
    """Yield a schema and every schema inside it, with their pointers."""
    if isinstance(schema, dict):
        yield at, schema
        inside: list[tuple[Steps, JSON]] = []
        map_parts(schema, lambda part, steps: inside.append((steps, part)))
        for steps, part in inside:
            yield from parts(part, at + pointer(*steps))


def map_parts(schema: Schema, function: Callable[[Any, Steps], Any]) -> Schema:
    """Return a schema, with each schema directly inside it replaced.

    :param function: returns the new schema, from the old one and the path to it.
    """
    return {key: _map_value(key, value, function) for key, value in schema.items()}


def _map_value(key: str, value: JSON, function: Callable[[Any, Steps], Any]) -> JSON:
    if key in _SINGLE_SCHEMAS:
        return function(value, (key,))
    if key in SCHEMA_MAPS and isinstance(value, dict):
        return {name: function(part, (key, name)) for name, part in value.items()}
    if key in _SCHEMA_LISTS and isinstance(value, list):
        return [function(part, (key, i)) for i, part in enumerate(value)]
    return value

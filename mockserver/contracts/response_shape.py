"""The shape of an answer: what the schemas say it holds, and what fills each leaf of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from mockserver.contracts.allof import flattened
from mockserver.contracts.schema_loader import ANNOTATION, Schema
from mockserver.strict_json import JSON

__all__ = [
    "PLACEHOLDERS",
    "ArrayShape",
    "Leaf",
    "ObjectShape",
    "Shape",
    "placeholders",
    "shape_of",
    "undelivered_fields",
]

PLACEHOLDERS = frozenset(
    {"image.base64", "image.url", "usage.credits", "clock.unix"}
    | {"image.width", "image.height", "image.type"}
)
"""What a leaf can be filled with; besides these, ``request.`` and the name of a request's field."""

_BY_NAME = {
    ("b64_json", "string"): "image.base64",
    ("image_base64", "string"): "image.base64",
    ("url", "string"): "image.url",
    ("created", "integer"): "clock.unix",
    ("width", "integer"): "image.width",
    ("width", "number"): "image.width",
    ("height", "integer"): "image.height",
    ("height", "number"): "image.height",
    ("content_type", "string"): "image.type",
}
"""What fills the fields that this endpoint's documents name, where no annotation says more."""

_PLAINEST: dict[str, Any] = {
    "string": "",
    "number": 0,
    "integer": 0,
    "boolean": False,
    "null": None,
}


_ENTANGLED = {"allOf", "anyOf", "dependentRequired", "dependentSchemas", "if", "not", "oneOf"} | {
    *{"maxProperties", "minProperties", "patternProperties", "propertyNames"},
    "unevaluatedProperties",
}
"""Rules by which fields depend on each other; where there is one, no freedom is seen."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value: what fills it, or else the constant that it is."""

    placeholder: str | None
    constant: Any = None


@dataclass(frozen=True, slots=True)
class ObjectShape:
    """An object: its fields in documented order, and the freedom that the schemas leave.

    :ivar optional: the fields that may be absent.
    :ivar nullable: the fields that may be null.
    :ivar open: whether it may have fields that no schema names.
    """

    fields: dict[str, Shape]
    optional: frozenset[str] = frozenset()
    nullable: frozenset[str] = frozenset()
    open: bool = False


@dataclass(frozen=True, slots=True)
class ArrayShape:
    """An array: one item an image, or a fixed number of equal ones."""

    item: Shape
    per_image: bool
    length: int


Shape: TypeAlias = Leaf | ObjectShape | ArrayShape


def shape_of(*schemas: Schema) -> Shape:
    """Return the shape of a response that keeps all of some schemas.

    :param schemas: the published response schema, where there is one, then the overlay's.
    """
    return _shape("", {"allOf": list(schemas)})


def _shape(name: str, stated: JSON) -> Shape:
    schema = flattened(stated)
    if placeholder := schema.get(ANNOTATION) or _placeholder_of(name, schema):
        return Leaf(placeholder)
    if "const" in schema or "default" in schema:
        return Leaf(None, schema.get("const", schema.get("default")))
    if _type(schema) == "object":
        return _object(schema)
    if _type(schema) == "array":
        return _array(name, schema)
    return Leaf(None, next(iter(_samples(schema)), _PLAINEST.get(_type(schema))))


def _placeholder_of(name: str, schema: Schema) -> str | None:
    """Name what fills a field by its documented name; listed values are kept to."""
    placeholder = _BY_NAME.get((name, _type(schema)), "")
    about_image = placeholder.startswith("image.")
    return None if about_image and {"const", "enum"} & schema.keys() else placeholder or None


def _samples(schema: Schema) -> Iterator[Any]:
    yield from schema.get("enum", [])
    yield from schema.get("examples", [])


def _object(schema: Schema) -> ObjectShape:
    parts = schema.get("properties", {})
    fields = {name: _shape(name, part) for name, part in parts.items()}
    if _ENTANGLED & schema.keys():
        return ObjectShape(fields)
    return ObjectShape(
        fields,
        optional=frozenset(parts) - frozenset(schema.get("required", [])),
        nullable=frozenset(name for name, part in parts.items() if _may_be_null(part)),
        open=schema.get("additionalProperties", True) is True,
    )


def _may_be_null(stated: JSON) -> bool:
    schema = flattened(stated)
    telling = {"const", "enum"} & schema.keys()
    return "null" in _types(schema) and not telling and not _ENTANGLED & schema.keys()


def _array(name: str, schema: Schema) -> ArrayShape:
    items = schema.get("items")
    item = _shape(name, items) if isinstance(items, dict) else Leaf(None)
    has_image = any(placeholder.startswith("image.") for placeholder in placeholders(item))
    return ArrayShape(item, has_image, schema.get("minItems", 0))


def placeholders(shape: Shape) -> set[str]:
    """Name everything that some leaf of a shape is filled with."""
    match shape:
        case Leaf(placeholder):
            return {placeholder} if placeholder else set()
        case ObjectShape(fields):
            return set().union(*map(placeholders, fields.values()))
        case ArrayShape(item):
            return placeholders(item)


def undelivered_fields(fields: Mapping[str, Shape], as_base64: bool) -> set[str]:
    """Name the fields that hand an image over as was not asked for, where there are two ways."""
    by_name = {name: field.placeholder for name, field in fields.items() if isinstance(field, Leaf)}
    if not {"image.base64", "image.url"} <= set(by_name.values()):
        return set()
    other = "image.url" if as_base64 else "image.base64"
    return {name for name, placeholder in by_name.items() if placeholder == other}


def _type(schema: Schema) -> str:
    """Name the type that a value of this schema takes: the first that is not null."""
    guess = "object" if "properties" in schema else "array" if "items" in schema else "null"
    return next((name for name in _types(schema) if name != "null"), guess)


def _types(schema: Schema) -> list[str]:
    stated = schema.get("type", [])
    return [stated] if isinstance(stated, str) else stated

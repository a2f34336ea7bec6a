"""The shape of a response: its fields by the schemas, and what the mock fills each of them with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from mockserver.contracts.allof import flattened
from mockserver.contracts.json_schema import ANNOTATION, Schema, Steps, parts, types_of
from mockserver.strict_json import JSON

PLACEHOLDERS = frozenset(
    {"image.base64", "image.url", "usage.credits", "usage.usd", "clock.unix"}
    | {"image.width", "image.height", "image.type", "prompt.revised"}
)
"""What leaves are filled with; there is also ``request.`` with the name of a request's field."""

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
    ("revised_prompt", "string"): "prompt.revised",
}
"""The placeholders of documented fields by name and type; an annotation goes before them."""

_IMAGE_FIELDS = {"b64_json", "image_base64", "url"}

_PLAINEST: dict[str, Any] = {"string": "", "number": 0, "integer": 0, "boolean": False}

_DEPENDENCIES = frozenset(
    {"allOf", "anyOf", "dependentRequired", "dependentSchemas", "if", "maxProperties"}
    | {"minProperties", "not", "oneOf", "patternProperties", "propertyNames"}
    | {"unevaluatedProperties"}
)
"""Keywords that make fields depend on each other. The fields of such a schema do not vary."""


class Leaf(NamedTuple):
    """A value: its placeholder, or the constant that it is."""

    placeholder: str | None
    constant: Any = None


class ObjectShape(NamedTuple):
    """An object: its fields in documented order, and how they may vary.

    :ivar optional: the fields that may be absent.
    :ivar nullable: the fields that may be null.
    :ivar open: whether there may be undocumented fields.
    """

    fields: dict[str, Shape]
    optional: frozenset[str] = frozenset()
    nullable: frozenset[str] = frozenset()
    open: bool = False


class ArrayShape(NamedTuple):
    """An array: an item for each image, or a fixed number of equal items."""

    item: Shape
    per_image: bool
    length: int


Shape: TypeAlias = Leaf | ObjectShape | ArrayShape


def shape_of(*schemas: Schema) -> Shape:
    """Return the shape of a response that matches all schemas.

    :param schemas: the published response schema, where there is one, then the overlay's; the first
        that states a value is right.
    """
    return _shape("", {"allOf": list(schemas)})


def _shape(name: str, schema: JSON) -> Shape:
    schema = flattened(schema)
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return _alternative(name, schema, key)
    if placeholder := schema.get(ANNOTATION) or _placeholder_by_name(name, schema):
        return Leaf(placeholder)
    if "const" in schema or "default" in schema:
        return Leaf(None, schema.get("const", schema.get("default")))
    if _type(schema) == "object":
        return _object(schema)
    if _type(schema) == "array":
        return _array(name, schema)
    samples = [*schema.get("enum", []), *schema.get("examples", [])]
    return Leaf(None, samples[0] if samples else _PLAINEST.get(_type(schema)))


def _alternative(name: str, schema: Schema, key: str) -> Shape:
    rest = {other: value for other, value in schema.items() if other != key}
    # The best alternative has images; else it is not only null.
    best = max(schema[key], key=lambda part: (names_image(part), _type(flattened(part)) != "null"))
    shape = _shape(name, {"allOf": [rest, best]})
    has_choice = len([branch for branch in schema[key] if branch != {"type": "null"}]) > 1
    return ObjectShape(shape.fields) if has_choice and isinstance(shape, ObjectShape) else shape


def names_image(schema: JSON) -> bool:
    """Return whether a schema has a field that is named as images are."""
    fields = (part.get("properties", {}) for _, part in parts(schema))
    return any(_IMAGE_FIELDS & each.keys() for each in fields)


def _placeholder_by_name(name: str, schema: Schema) -> str | None:
    placeholder = _BY_NAME.get((name, _type(schema)), "")
    # Listed values go before what the image is.
    is_listed = placeholder.startswith("image.") and {"const", "enum"} & schema.keys()
    return None if is_listed else placeholder or None


def _object(schema: Schema) -> ObjectShape:
    parts = schema.get("properties", {})
    fields = {name: _shape(name, part) for name, part in parts.items()}
    if _DEPENDENCIES & schema.keys():
        return ObjectShape(fields)
    return ObjectShape(
        fields,
        optional=frozenset(parts) - frozenset(schema.get("required", [])),
        nullable=frozenset(name for name, part in parts.items() if _may_be_null(flattened(part))),
        open=schema.get("additionalProperties", True) is True,
    )


def _may_be_null(schema: Schema) -> bool:
    return "null" in types_of(schema) and not ({"const", "enum"} | _DEPENDENCIES) & schema.keys()


def _array(name: str, schema: Schema) -> ArrayShape:
    items = schema.get("items")
    item = _shape(name, items) if isinstance(items, dict) else Leaf(None)
    has_image = any(placeholder.startswith("image.") for placeholder in placeholders(item))
    return ArrayShape(item, has_image, schema.get("minItems", 0))


def shape_parts(shape: Shape, steps: Steps = ()) -> Iterator[tuple[Steps, Shape]]:
    """Yield a shape and every shape inside it, with their paths; of an array item 0 only."""
    yield steps, shape
    if isinstance(shape, ObjectShape):
        for name, field in shape.fields.items():
            yield from shape_parts(field, (*steps, name))
    elif isinstance(shape, ArrayShape):
        yield from shape_parts(shape.item, (*steps, 0))


def placeholders(shape: Shape) -> set[str]:
    """Return all placeholders of a shape."""
    leaves = (part for _, part in shape_parts(shape) if isinstance(part, Leaf))
    return {leaf.placeholder for leaf in leaves if leaf.placeholder}


def undelivered_fields(fields: Mapping[str, Shape], as_base64: bool) -> set[str]:
    """Return the fields that deliver an image in the other way, where a contract has both."""
    by_name = {name: field.placeholder for name, field in fields.items() if isinstance(field, Leaf)}
    if not {"image.base64", "image.url"} <= set(by_name.values()):
        return set()
    other = "image.url" if as_base64 else "image.base64"
    return {name for name, placeholder in by_name.items() if placeholder == other}


def _type(schema: Schema) -> str:
    """Return the type of the values that a schema gets: the first except null."""
    guess = "object" if "properties" in schema else "array" if "items" in schema else "null"
    return next((name for name in types_of(schema) if name != "null"), guess)

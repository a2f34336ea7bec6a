"""The shape of an answer: what the schemas say it holds, and what fills each leaf of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from mockserver.contract.schema import ANNOTATION, Schema
from mockserver.jsontext import JSON

__all__ = ["FILLERS", "ArrayShape", "Leaf", "ObjectShape", "Shape", "fillers", "shape_of"]

FILLERS = frozenset({"image.base64", "image.url", "usage.credits", "clock.unix"})
"""What a leaf can be filled with; besides these, ``request.`` and the name of a request's field."""

_BY_NAME = {
    ("b64_json", "string"): "image.base64",
    ("image_base64", "string"): "image.base64",
    ("url", "string"): "image.url",
    ("created", "integer"): "clock.unix",
}
"""What fills the fields that this endpoint's documents name, where no annotation says more."""

_PLAINEST: dict[str, Any] = {
    "string": "",
    "number": 0,
    "integer": 0,
    "boolean": False,
    "null": None,
}


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value: what fills it, or else the constant that it is."""

    filler: str | None
    constant: Any = None


@dataclass(frozen=True, slots=True)
class ObjectShape:
    """An object: its fields in documented order."""

    fields: dict[str, Shape]


@dataclass(frozen=True, slots=True)
class ArrayShape:
    """An array: one item a picture, or a fixed number of equal ones."""

    item: Shape
    per_picture: bool
    length: int


Shape: TypeAlias = Leaf | ObjectShape | ArrayShape


def shape_of(*schemas: Schema) -> Shape:
    """Lay schemas over each other and say what an answer looks like that keeps them all.

    :param schemas: the published response schema, where there is one, then the overlay's.
    """
    whole: Schema = {}
    for schema in schemas:
        whole = _laid_over(whole, schema)
    return _shape("", whole)


def _laid_over(below: Schema, above: JSON) -> Schema:
    """Merge two schemas for filling; where both say something, the upper one is right."""
    if not isinstance(above, dict):
        return below
    merged = {**below, **above}
    for key in ("properties", "items"):
        if isinstance(below.get(key), dict) and isinstance(above.get(key), dict):
            merged[key] = _laid_over(below[key], above[key])
    for name in merged.get("properties", {}).keys() & below.get("properties", {}).keys():
        lower, upper = below["properties"][name], above.get("properties", {}).get(name, {})
        merged["properties"] = {**merged["properties"], name: _laid_over(lower, upper)}
    for part in merged.pop("allOf", []):
        merged = _laid_over(merged, part)
    return merged


def _shape(name: str, schema: Schema) -> Shape:
    if filler := schema.get(ANNOTATION) or _BY_NAME.get((name, _type(schema))):
        return Leaf(filler)
    if "const" in schema or "default" in schema:
        return Leaf(None, schema.get("const", schema.get("default")))
    if _type(schema) == "object":
        return _object(schema)
    if _type(schema) == "array":
        return _array(name, schema)
    return Leaf(None, next(iter(_samples(schema)), _PLAINEST.get(_type(schema))))


def _samples(schema: Schema) -> Iterator[Any]:
    yield from schema.get("enum", [])
    yield from schema.get("examples", [])


def _object(schema: Schema) -> ObjectShape:
    fields = schema.get("properties", {})
    return ObjectShape({name: _shape(name, part) for name, part in fields.items()})


def _array(name: str, schema: Schema) -> ArrayShape:
    items = schema.get("items")
    item = _shape(name, items) if isinstance(items, dict) else Leaf(None)
    pictured = any(filler.startswith("image.") for filler in fillers(item))
    return ArrayShape(item, pictured, schema.get("minItems", 0))


def fillers(shape: Shape) -> set[str]:
    """Name everything that some leaf of a shape is filled with."""
    match shape:
        case Leaf(filler):
            return {filler} if filler else set()
        case ObjectShape(fields):
            return set().union(*map(fillers, fields.values()))
        case ArrayShape(item):
            return fillers(item)


def _type(schema: Schema) -> str:
    """Name the type that a value of this schema takes: the first that is not null."""
    stated = schema.get("type", [])
    types = [stated] if isinstance(stated, str) else stated
    guess = "object" if "properties" in schema else "array" if "items" in schema else "null"
    return next((str(t) for t in types if t != "null"), guess)

"""A response is filled by annotation, else by documented name, else with the plainest value."""

from __future__ import annotations

import pytest

from mockserver.contracts.response_shape import (
    ArrayShape,
    Leaf,
    ObjectShape,
    placeholders,
    shape_of,
)
from mockserver.strict_json import JSON


def field(name: str, *schemas: JSON) -> object:
    """The shape of a field that every schema describes."""
    whole = shape_of(*({"properties": {name: schema}} for schema in schemas))
    assert isinstance(whole, ObjectShape)
    return whole.fields[name]


@pytest.mark.parametrize(
    ("name", "schema", "placeholder"),
    [
        ("b64_json", {"type": ["string", "null"]}, "image.base64"),
        ("image_base64", {"type": "string"}, "image.base64"),
        ("url", {"type": ["null", "string"]}, "image.url"),
        ("created", {"type": "integer"}, "clock.unix"),
        ("width", {"type": "integer", "examples": [7]}, "image.width"),
        ("height", {"type": ["number", "null"]}, "image.height"),
        ("content_type", {"type": "string"}, "image.type"),
        ("any", {"type": "string", "x-mock": "request.prompt"}, "request.prompt"),
        ("url", {"type": "string", "x-mock": "image.base64"}, "image.base64"),
    ],
)
def test_a_documented_name_or_an_annotation_decides_the_placeholder(
    name: str, schema: JSON, placeholder: str
) -> None:
    assert field(name, schema) == Leaf(placeholder)


@pytest.mark.parametrize(
    ("schema", "constant"),
    [
        ({"const": "a", "default": "b"}, "a"),
        ({"default": None, "type": ["string", "null"]}, None),
        ({"enum": ["a", "b"], "examples": ["c"]}, "a"),
        ({"type": "number", "examples": [5, 6]}, 5),
        ({"type": "string"}, ""),
        ({"type": "number"}, 0),
        ({"type": ["null", "boolean"]}, False),
        ({"type": "null"}, None),
        ({}, None),
    ],
)
def test_any_other_field_gets_its_first_documented_value_or_the_plainest(
    schema: JSON, constant: JSON
) -> None:
    assert field("any", schema) == Leaf(None, constant)


def test_listed_values_go_before_what_the_image_is() -> None:
    assert field("content_type", {"type": "string", "enum": ["image/png"]}) == Leaf(
        None, "image/png"
    )


def test_the_first_schema_that_states_a_value_is_right() -> None:
    assert field("any", {"const": 1}, {"const": 2}) == Leaf(None, 1)
    assert field("any", {"default": 1}, {"default": 2}) == Leaf(None, 1)
    assert field("any", {"const": 1}, True) == Leaf(None, 1)
    assert field("any", True, {"allOf": [{"const": 3}, True]}) == Leaf(None, 3)


def test_an_array_has_an_item_for_each_image_where_its_items_hold_one() -> None:
    has_image = field("data", {"items": {"properties": {"url": {"type": "string"}}}})
    assert isinstance(has_image, ArrayShape)
    assert has_image.per_image
    assert placeholders(has_image) == {"image.url"}
    texts = field("data", {"type": "array", "items": {"type": "string"}, "minItems": 2})
    assert texts == ArrayShape(Leaf(None, ""), per_image=False, length=2)

"""Each construct of OpenAPI's schemas becomes JSON Schema 2020-12, or a warning."""

from __future__ import annotations

from pathlib import Path

import pytest

from mockserver.contracts.json_schema import validator
from mockserver.errors import DocumentError
from mockserver.strict_json import JSON
from tests.documents import SCHEMA, document, imported, request_of

FIELD = SCHEMA + "/properties/it"
NULL_TOO = "nullable without null in its enum: null is accepted, too"


def converted(folder: Path, field: JSON, version: str = "3.0.3") -> tuple[JSON, list[str]]:
    """What a field becomes, and the warnings about it."""
    done = imported(folder, document(version, it=field))
    words = [warning.words for warning in done.warnings if warning.pointer.startswith(FIELD)]
    return request_of(done)["properties"]["it"], words


AS_THEY_STAND: list[JSON] = [
    {"type": "string", "enum": ["a", "b"], "default": "a"},
    {"type": "string", "minLength": 1, "maxLength": 5, "pattern": "^a"},
    {"type": "number", "minimum": 0, "maximum": 5.5, "multipleOf": 0.5},
    {"type": "integer", "minimum": 0, "maximum": 5},
    {"type": "boolean", "default": False},
    {"type": "array", "minItems": 1, "maxItems": 2, "uniqueItems": True, "items": {"type": "null"}},
    {"type": "object", "required": ["a"], "properties": {"a": {}}, "additionalProperties": False},
    {"type": "object", "additionalProperties": {"type": "string"}},
    {"anyOf": [{"type": "string"}, {"type": "object"}]},
    {"oneOf": [{"type": "string"}, {"type": "object"}], "not": {"enum": ["a"]}},
    {"type": "string", "format": "uri", "title": "A link", "description": "Where it is."},
    {"type": "string", "format": "date-time", "deprecated": True},
    {"const": "a"},
]


@pytest.mark.parametrize("field", AS_THEY_STAND)
@pytest.mark.parametrize("version", ["3.0.0", "3.1.0"])
def test_what_both_dialects_share_is_unchanged(tmp_path: Path, field: JSON, version: str) -> None:
    assert converted(tmp_path, field, version) == (field, [])


TRANSLATED: list[tuple[JSON, JSON, list[str]]] = [
    ({"type": "string", "nullable": True}, {"type": ["string", "null"]}, []),
    ({"type": "string", "nullable": False}, {"type": "string"}, []),
    (
        {"type": "string", "nullable": True, "enum": ["a", None]},
        {"type": ["string", "null"], "enum": ["a", None]},
        [],
    ),
    (
        {"type": "string", "nullable": True, "enum": ["a"], "default": None},
        {"type": ["string", "null"], "enum": ["a", None], "default": None},
        [NULL_TOO],
    ),
    ({"nullable": True, "enum": ["a"]}, {"enum": ["a", None]}, [NULL_TOO]),
    ({"nullable": True}, {}, []),
    (
        {"nullable": True, "anyOf": [{"type": "string"}, {"type": "object"}]},
        {"anyOf": [{"type": "string"}, {"type": "object"}, {"type": "null"}]},
        [],
    ),
    (
        {"nullable": True, "oneOf": [{"type": "string"}], "default": "a"},
        {"default": "a", "anyOf": [{"oneOf": [{"type": "string"}]}, {"type": "null"}]},
        [],
    ),
    (
        {"nullable": True, "allOf": [{"type": "string"}, {"type": "string", "maxLength": 3}]},
        {
            "anyOf": [
                {"allOf": [{"type": "string"}, {"type": "string", "maxLength": 3}]},
                {"type": "null"},
            ]
        },
        [],
    ),
    (
        {"type": "number", "minimum": 0, "exclusiveMinimum": True},
        {"type": "number", "exclusiveMinimum": 0},
        [],
    ),
    (
        {"type": "number", "minimum": 0, "maximum": 9, "exclusiveMaximum": True},
        {"type": "number", "minimum": 0, "exclusiveMaximum": 9},
        [],
    ),
    (
        {"type": "number", "minimum": 0, "exclusiveMinimum": False, "exclusiveMaximum": False},
        {"type": "number", "minimum": 0},
        [],
    ),
    ({"type": "number", "exclusiveMinimum": 0}, {"type": "number", "exclusiveMinimum": 0}, []),
    ({"type": "string", "example": "a"}, {"type": "string", "examples": ["a"]}, []),
    ({"type": "string", "format": "byte"}, {"type": "string", "contentEncoding": "base64"}, []),
    (
        {"type": "integer", "format": "int32"},
        {"type": "integer"},
        ["format 'int32' is not checked"],
    ),
    (
        {"type": "string", "example": 1},
        {"type": "string"},
        ["the default or example 1 breaks its own schema: left out"],
    ),
    (
        {"type": "integer", "enum": [720, 1080], "default": "1080"},
        {"type": "integer", "enum": [720, 1080], "default": 1080},
        ["the default '1080' is text: read as 1080"],
    ),
    (
        {"type": "integer", "enum": [720], "default": "1080"},
        {"type": "integer", "enum": [720]},
        ["the default or example '1080' breaks its own schema: left out"],
    ),
    (
        {"type": "string", "enum": ["a"], "default": "b"},
        {"type": "string", "enum": ["a"]},
        ["the default or example 'b' breaks its own schema: left out"],
    ),
    (
        {"type": "string", "x-order": 1, "x-mock": "image.url"},
        {"type": "string"},
        ["x-order has no place in a contract", "x-mock has no place in a contract"],
    ),
    (
        {"type": "object", "xml": {}, "externalDocs": {"url": "https://docs.test"}},
        {"type": "object"},
        ["xml has no place in a contract", "externalDocs has no place in a contract"],
    ),
    (
        {"oneOf": [{"type": "string"}], "discriminator": {"propertyName": "a"}},
        {"oneOf": [{"type": "string"}]},
        ["discriminator has no place in a contract"],
    ),
    ({"allOf": [{"type": "string"}], "default": "a"}, {"type": "string", "default": "a"}, []),
    (
        {"allOf": [{"properties": {"a": {}}}, {"properties": {"b": {}}, "required": ["b"]}]},
        {"properties": {"b": {}, "a": {}}, "required": ["b"]},
        [],
    ),
    (
        {"allOf": [{"required": ["a"]}, {"required": ["b", "a"]}]},
        {"required": ["a", "b"]},
        [],
    ),
]


@pytest.mark.parametrize(("field", "expected", "warnings"), TRANSLATED)
def test_the_older_dialect_is_translated(
    tmp_path: Path, field: JSON, expected: JSON, warnings: list[str]
) -> None:
    assert converted(tmp_path, field) == (expected, warnings)


@pytest.mark.parametrize(
    "parts",
    [
        [{"pattern": "a"}, {"pattern": "b"}],
        [{"anyOf": [{"type": "string"}]}, {"anyOf": [{"minLength": 1}]}],
        [{"not": {"type": "string"}}, {"not": {"type": "null"}}],
    ],
)
def test_parts_that_cannot_be_merged_stay_side_by_side(tmp_path: Path, parts: JSON) -> None:
    first, second = parts
    assert converted(tmp_path, {"allOf": parts}, "3.1.0") == ({**first, "allOf": [second]}, [])


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        (
            [{"properties": {"a": {}}}, {"properties": {"b": {}}, "additionalProperties": False}],
            {"properties": {"b": {}}, "additionalProperties": False},
        ),
        (
            [{"properties": {"a": {"type": "string"}}}, {"properties": {"a": {"maxLength": 3}}}],
            {"properties": {"a": {"type": "string", "maxLength": 3}}},
        ),
        ([{"minLength": 1}, {"minLength": 2}], {"minLength": 2}),
    ],
)
def test_parts_that_bind_the_same_values_become_one_schema(
    tmp_path: Path, parts: JSON, whole: JSON
) -> None:
    assert converted(tmp_path, {"allOf": parts}, "3.1.0") == (whole, [])


def test_a_default_that_the_merged_schema_refuses_is_left_out(tmp_path: Path) -> None:
    text = {"properties": {"a": {"type": "string", "default": "long"}}}
    field = {"allOf": [text, {"properties": {"a": {"maxLength": 3}}}]}
    assert converted(tmp_path, field) == (
        {"properties": {"a": {"type": "string", "maxLength": 3}}},
        ["the default or example 'long' breaks its own schema: left out"],
    )


def test_null_is_valid_where_a_field_is_nullable(tmp_path: Path) -> None:
    for field in (field for field, _, _ in TRANSLATED if field.get("nullable")):
        assert validator(converted(tmp_path, field)[0]).is_valid(None)


NEWER: list[tuple[JSON, JSON]] = [
    ({"type": ["string", "null"]}, {"type": ["string", "null"]}),
    ({"type": "string", "examples": ["a", "b"]}, {"type": "string", "examples": ["a", "b"]}),
    ({"type": "string", "$comment": "a"}, {"type": "string"}),
    ({"$schema": "https://spec.openapis.org/oas/3.1/dialect/base"}, {}),
    (
        {"prefixItems": [{"type": "string"}], "items": False},
        {"prefixItems": [{"type": "string"}], "items": False},
    ),
    ({"dependentSchemas": {"a": {"example": 1}}}, {"dependentSchemas": {"a": {"examples": [1]}}}),
    ({"type": "string", "$defs": {"a": {}}}, {"type": "string"}),
]


@pytest.mark.parametrize(("field", "expected"), NEWER)
def test_the_newer_dialect_is_json_schema_already(
    tmp_path: Path, field: JSON, expected: JSON
) -> None:
    assert converted(tmp_path, field, "3.1.0") == (expected, [])


REFUSED: list[tuple[JSON, str, str]] = [
    ({"tpye": "string"}, "/tpye", "unknown keyword 'tpye'"),
    ({"type": "strin"}, "/type", "string, or a list of some, received 'strin'"),
    ({"type": "string", "minLength": "1"}, "/minLength", "'1' is not of type 'integer'"),
    ({"type": "string", "required": True}, "/required", "True is not of type 'array'"),
    ({"type": "array", "items": [{"type": "string"}]}, "/items", "expected a schema"),
    ({"anyOf": {"type": "string"}}, "/anyOf", "not of type 'array'"),
    ({"properties": ["a"]}, "/properties", "not of type 'object'"),
    ({"exclusiveMinimum": True}, "/exclusiveMinimum", "expected a minimum beside it"),
    ({"type": "string", "nullable": "yes"}, "/nullable", "true or false, received 'yes'"),
    ({"pattern": "("}, "/pattern", "not a 'regex'"),
    ({"anyOf": [{"type": 5}]}, "/anyOf/0/type", "received 5"),
    ({"format": 5}, "/format", "5 is not of type 'string'"),
    ({"$schema": "http://json-schema.org/draft-07/schema#"}, "/$schema", "2020-12"),
    ({"$id": "a"}, "/$id", "unknown keyword"),
    ({"properties": {"a/b": {"type": "x"}}}, "/properties/a~1b/type", "received 'x'"),
]


@pytest.mark.parametrize(("field", "at", "words"), REFUSED)
def test_what_cannot_be_converted_is_refused_with_its_place(
    tmp_path: Path, field: JSON, at: str, words: str
) -> None:
    with pytest.raises(DocumentError) as caught:
        converted(tmp_path, field)
    assert caught.value.pointer == FIELD + at
    assert words in caught.value.reason


def with_schemas(field: JSON, version: str = "3.0.3", **schemas: JSON) -> JSON:
    whole = document(version, it=field)
    whole["components"]["schemas"] = schemas
    return whole


def test_a_reference_becomes_what_it_points_at(tmp_path: Path) -> None:
    field = {"type": "array", "items": {"$ref": "#/components/schemas/A~1b"}}
    schemas: dict[str, JSON] = {
        "A/b": {"$ref": "#/components/schemas/C"},
        "C": {"type": "string", "example": "a"},
    }
    done = imported(tmp_path, with_schemas(field, **schemas))
    expected = {"type": "array", "items": {"type": "string", "examples": ["a"]}}
    assert request_of(done)["properties"]["it"] == expected


def test_keywords_beside_a_reference_are_lost_in_the_older_dialect(tmp_path: Path) -> None:
    field = {"$ref": "#/components/schemas/A", "description": "Mine", "nullable": True}
    done = imported(tmp_path, with_schemas(field, A={"type": "string"}))
    assert request_of(done)["properties"]["it"] == {"type": "string"}
    words = [warning.words for warning in done.warnings if warning.pointer == FIELD]
    assert words == ["description, nullable: ignored beside $ref, as OpenAPI 3.0 requires"]


def test_keywords_beside_a_reference_hold_in_the_newer_dialect(tmp_path: Path) -> None:
    field = {"$ref": "#/components/schemas/A", "description": "Mine", "maxLength": 3}
    schema = {"type": "string", "description": "Theirs"}
    done = imported(tmp_path, with_schemas(field, "3.1.0", A=schema))
    expected = {"type": "string", "description": "Mine", "maxLength": 3}
    assert request_of(done)["properties"]["it"] == expected


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ({"$ref": "#/components/schemas/B"}, "leads nowhere: no 'B' there"),
        ({"$ref": "#components"}, "only #/… is followed"),
        ({"$ref": "#/servers/7"}, "leads nowhere: no '7' there"),
        ({"$ref": "other.json#/A"}, "is outside of the document"),
        ({"$ref": "https://example.test/a.json"}, "is outside of the document"),
        ({"$ref": "#/components/schemas/A"}, "leads in a circle"),
        ({"$ref": "#/components/schemas/Loop"}, "leads in a circle"),
        ({"$ref": "#/openapi"}, "expected a schema, received '3.0.3'"),
    ],
)
def test_a_reference_that_cannot_be_followed_is_refused(
    tmp_path: Path, field: JSON, words: str
) -> None:
    nested = {"properties": {"a": {"$ref": "#/components/schemas/A"}}}
    loop = {"$ref": "#/components/schemas/Loop"}
    with pytest.raises(DocumentError, match=words):
        imported(tmp_path, with_schemas(field, A=nested, Loop=loop))


def test_schemas_that_grow_without_bounds_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mockserver.openapi.schema_converter._MOST_SCHEMAS", 500)
    levels: dict[str, JSON] = {
        f"L{i}": {"anyOf": [{"$ref": f"#/components/schemas/L{i + 1}"}] * 4} for i in range(12)
    }
    field = {"$ref": "#/components/schemas/L0"}
    with pytest.raises(DocumentError, match="more than 500 schemas"):
        imported(tmp_path, with_schemas(field, **levels, L12={"type": "string"}))

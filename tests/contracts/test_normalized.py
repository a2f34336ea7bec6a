"""Schemas of the same values have one spelling, and it allows the same values."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.contracts.json_schema import Schema, validator
from mockserver.contracts.normalized import normalized
from mockserver.strict_json import JSON
from tests.contracts.test_allof import VALUES, schemas

TEXT: Schema = {"type": "string"}
NULL: Schema = {"type": "null"}
LISTED: Schema = {"type": "string", "enum": ["a", "b"]}
SIZE: Schema = {"type": "object", "properties": {"w": {"type": "integer"}}, "required": ["w"]}

PAIRS: list[tuple[JSON, JSON]] = [
    ({"type": ["string", "null"]}, {"anyOf": [TEXT, NULL]}),
    ({"type": ["string", "null"]}, {"type": ["null", "string"]}),
    ({"type": ["string", "null"]}, {"oneOf": [NULL, TEXT]}),
    ({"type": ["string", "null"], "maxLength": 4}, {"anyOf": [NULL, {**TEXT, "maxLength": 4}]}),
    ({"type": ["string", "null"], "enum": ["a", None]}, {"anyOf": [{"const": "a"}, NULL]}),
    ({"type": ["object", "null"], **{k: SIZE[k] for k in SIZE if k != "type"}},
     {"anyOf": [SIZE, NULL]}),
    ({"anyOf": [TEXT, {"anyOf": [SIZE, NULL]}]}, {"anyOf": [NULL, SIZE, TEXT]}),
    ({"anyOf": [LISTED, SIZE]}, {"anyOf": [SIZE, {"enum": ["b", "a"]}]}),
    ({"anyOf": [LISTED, SIZE]}, {"oneOf": [{**SIZE, "description": "Pixels"}, LISTED]}),
    ({"anyOf": [{"type": "string"}, {"type": "array", "items": TEXT}]},
     {"type": ["array", "string"], "items": TEXT}),
    ({"oneOf": [SIZE, {"type": "object", "required": ["a", "b"]}]},
     {"oneOf": [{"required": ["b", "a"], "type": "object"}, {**SIZE, "title": "Pixels"}]}),
    ({"anyOf": [{"required": ["a"]}, {"required": ["b"]}], "type": "object"},
     {"type": "object", "anyOf": [{"required": ["b"]}, {"required": ["a"]}]}),
    ({"const": "a"}, {"type": "string", "enum": ["a"]}),
    ({"anyOf": [LISTED]}, LISTED),
    ({"oneOf": [{"const": "a"}, {"const": "b"}]}, {"enum": ["a", "b"]}),
    ({"oneOf": [{**TEXT, "maxLength": 1}, {"enum": ["ab"]}]},
     {"anyOf": [{"const": "ab"}, {**TEXT, "maxLength": 1}]}),
    ({"allOf": [TEXT, {"maxLength": 4}]}, {"type": "string", "maxLength": 4}),
    ({"type": ["integer", "number"]}, {"type": "number"}),
    ({"type": "array", "items": {}, "minItems": 0}, {"type": "array"}),
    ({"anyOf": [{**SIZE, "additionalProperties": True}, TEXT, SIZE]}, {"anyOf": [TEXT, SIZE]}),
    ({"type": "object", "properties": {"a": {"anyOf": [TEXT, NULL]}}},
     {"type": "object", "properties": {"a": {"type": ["string", "null"]}}}),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_two_spellings_become_one(one: JSON, other: JSON) -> None:
    assert normalized(one) == normalized(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"oneOf": [TEXT, {**TEXT, "maxLength": 4}]}, {"anyOf": [TEXT, {**TEXT, "maxLength": 4}]}),
        ({"oneOf": [{"const": 1}, {"enum": [1.0, 2]}]}, {"enum": [1, 2]}),
        ({"prefixItems": [TEXT, NULL]}, {"prefixItems": [NULL, TEXT]}),
        ({"anyOf": [TEXT, NULL]}, TEXT),
        ({"enum": ["a"]}, {"enum": ["a", None]}),
        ({"enum": ["a"], "type": "null"}, {"enum": ["a"]}),
    ],
)
def test_different_values_keep_different_spellings(one: JSON, other: JSON) -> None:
    assert normalized(one) != normalized(other)


SOME = schemas(1)


@settings(max_examples=150)
@given(
    schema=schemas(2)
    | st.builds(
        lambda key, some: {key: some},
        st.sampled_from(["anyOf", "oneOf"]),
        st.lists(SOME, min_size=1, max_size=3),
    ),
    value=VALUES,
)
def test_a_normalized_schema_allows_the_same_values(schema: Schema, value: JSON) -> None:
    assert validator(normalized(schema)).is_valid(value) == validator(schema).is_valid(value)
    assert normalized(normalized(schema)) == normalized(schema)

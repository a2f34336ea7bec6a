"""What is seen at a glance is what the validator says, or nothing is seen."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.contracts.glance import glance
from mockserver.contracts.samples import plain_request
from mockserver.contracts.schema_loader import validator
from mockserver.strict_json import JSON
from mockserver.verify.suite.strategies import broken_requests, valid_requests
from mockserver.verify.suite.valid_requests import valid
from tests.http import CONTRACTS, load

EITHER = {"anyOf": [{"type": "string"}, {"type": "integer"}]}
OBJECT = {
    "type": "object",
    "properties": {"a": {"enum": [1, "x", None]}, "b": EITHER, "c": True, "d": False},
    "required": ["a"],
    "additionalProperties": False,
}
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-3, 13)
    | st.sampled_from([0.0, 1.0, 1.5, 10.0])
    | st.sampled_from(["", "x", "dall-e-2", "1024x1024", "x" * 9, "\N{SAUROPOD}" * 3])
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "c", "d", "e"]), inner, max_size=3)
    ),
    max_leaves=6,
)
SCHEMAS: list[dict[str, Any]] = [
    {},
    {"type": "number"},
    {"type": "integer", "minimum": 1, "maximum": 10},
    {"type": ["string", "null"], "minLength": 1, "maxLength": 3},
    {"exclusiveMinimum": 1, "exclusiveMaximum": 10},
    {"enum": [1, True, "x", None, [1], {"a": 1}]},
    {"type": "array", "minItems": 1, "maxItems": 2},
    {"type": "boolean"},
    {"const": 1},
    {"allOf": [{"type": "integer"}, True, {"maximum": 3}]},
    {"properties": {"a": {"type": "string"}}, "additionalProperties": {"type": "null"}},
    {"not": {"type": "string"}},
    EITHER,
    OBJECT,
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
@settings(max_examples=150)
@given(value=VALUES)
def test_nothing_wrong_is_taken_for_right(schema: dict[str, Any], value: JSON) -> None:
    if glance(schema)(value):
        assert validator(schema).is_valid(value)


@pytest.mark.parametrize("name", CONTRACTS)
@settings(max_examples=60)
@given(data=st.data())
def test_no_wrong_request_is_taken_for_right(name: str, data: st.DataObject) -> None:
    contract = load(name)
    body = data.draw(broken_requests(contract) | valid_requests(contract))
    for schema in (contract.request_schema, contract.expected_request_schema):
        if glance(schema)(body):
            assert validator(schema).is_valid(body)


@pytest.mark.parametrize("name", CONTRACTS)
def test_usual_requests_are_seen_to_be_right(name: str) -> None:
    contract = load(name)
    whole = {"allOf": [contract.request_schema, contract.expected_request_schema]}
    bodies = [plain_request(contract), *(valid_request.body for valid_request in valid(contract))]
    assert all(glance(whole)(body) for body in bodies)

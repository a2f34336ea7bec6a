"""Merging the parts of ``allOf`` neither allows nor refuses another value."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.contracts.allof import bare, flattened
from mockserver.contracts.json_schema import Schema, validator
from mockserver.strict_json import JSON

PLAIN = st.sampled_from([None, True, 1, 1.5, 4, "a", "text", [], [1], ["a", 1]])
VALUES = PLAIN | st.dictionaries(st.sampled_from("abc"), PLAIN, max_size=3)
KEYWORDS: dict[str, list[JSON]] = {
    "type": ["string", "number", ["integer", "null"], ["object", "array"]],
    "enum": [["a", 1, None], [1, "text", []], [True, 4]],
    "const": [1, "a"],
    "minimum": [1, 2],
    "maxLength": [1, 3],
    "pattern": ["a", "t$"],
    "minItems": [1, 2],
    "required": [["a"], ["b", "c"]],
    "if": [{"type": "string"}, {"required": ["a"]}],
    "then": [False, {"minLength": 2}],
    "else": [{"minItems": 1}, {"maximum": 3}],
    "contains": [{"type": "integer"}, {"type": "string"}],
    "minContains": [0, 2],
    "prefixItems": [[{"type": "string"}], [True, {"type": "integer"}]],
    "not": [{"const": 1}, {"type": "array"}],
    "patternProperties": [{"^a": {"type": "string"}}, {"b": False}],
    "unevaluatedProperties": [False],
    "unevaluatedItems": [False],
}


def schemas(depth: int) -> st.SearchStrategy[JSON]:
    flat = {name: st.sampled_from(values) for name, values in KEYWORDS.items()}
    if depth == 0:
        return few(flat)
    inner = st.booleans() | schemas(depth - 1)
    fields = st.dictionaries(st.sampled_from("abc"), inner, max_size=2)
    members = {"properties": fields, "additionalProperties": inner, "items": inner}
    return few({**flat, **members, "allOf": st.lists(inner, min_size=1, max_size=2)})


def few(keywords: dict[str, st.SearchStrategy[JSON]]) -> st.SearchStrategy[JSON]:
    """Draw schemas with at most three of some keywords."""
    names = st.lists(st.sampled_from(sorted(keywords)), max_size=3, unique=True)
    return names.flatmap(lambda some: st.fixed_dictionaries({n: keywords[n] for n in some}))


@settings(max_examples=150)
@given(parts=st.lists(schemas(1), min_size=2, max_size=3), value=VALUES)
def test_a_merged_schema_allows_the_same_values(parts: list[Schema], value: JSON) -> None:
    whole = {"allOf": parts}
    assert validator(flattened(whole)).is_valid(value) == validator(whole).is_valid(value)


@settings(max_examples=150)
@given(schema=schemas(2), value=VALUES)
def test_a_schema_with_parts_allows_the_same_values_when_merged(
    schema: Schema, value: JSON
) -> None:
    assert validator(flattened(schema)).is_valid(value) == validator(schema).is_valid(value)


def test_bare_keeps_names_and_values_that_look_like_words() -> None:
    rules = {
        "dependentRequired": {"title": ["description"]},
        "properties": {"title": {"const": {"title": "a"}}, "examples": True},
    }
    assert bare({**rules, "title": "a"}) == rules
    assert bare({"items": {"title": "a"}, "anyOf": [{"title": "a"}]}) == {
        "items": {},
        "anyOf": [{}],
    }

"""What each keyword of a schema, and each trait of a call, does to a caller when it changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mockserver.compare import Change, Verdict, compare, timeline
from mockserver.compare.report import as_text
from mockserver.contracts import Contract
from mockserver.contracts.allof import flattened
from mockserver.contracts.samples import sample
from mockserver.strict_json import JSON
from tests.http import NEWEST, load

NOTHING: dict[str, Any] = {}
ANYTHING: dict[str, Any] = {"type": "object"}


def requesting(field: JSON, **more: JSON) -> Contract:
    """A contract whose requests have one field besides the prompt."""
    fields = {"prompt": {"type": "string"}, **({} if field is None else {"field": field})}
    schema = {"type": "object", "properties": fields, "required": ["prompt"], **more}
    return replace(load(NEWEST), request_schema=schema, overlay=NOTHING)


def responding(field: JSON, **more: JSON) -> Contract:
    """A contract whose responses have one field, and no overlay."""
    fields = {} if field is None else {"field": field}
    schema = {"type": "object", "properties": fields, **more}
    return replace(requesting(None), response_schema=schema)


def changes_of(old: Contract, new: Contract) -> list[tuple[str, str, str]]:
    return [_short(change) for change in compare(old, new).changes]


def _short(change: Change) -> tuple[str, str, str]:
    place = change.pointer.removeprefix("/request/body").removeprefix("/response/body")
    return (str(change.verdict), place, change.kind)


TEXT = {"type": "string"}
NUMBER = {"type": "number"}
IDENTIFIED = {"type": "object", "properties": {"id": TEXT}, "required": ["id"]}
LINKED = {"anyOf": [TEXT, IDENTIFIED, {"type": "object", "required": ["url"]}]}

NARROWINGS: list[tuple[JSON, JSON, str]] = [
    ({"type": "integer"}, {"type": "integer", "minimum": 1}, "minimum"),
    (NUMBER, {"type": "number", "exclusiveMinimum": 0}, "exclusiveMinimum"),
    (NUMBER, {"type": "number", "exclusiveMaximum": 7}, "exclusiveMaximum"),
    ({"type": "number", "maximum": 10}, {"type": "number", "maximum": 4}, "maximum"),
    (NUMBER, {"type": "number", "multipleOf": 8}, "multipleOf"),
    (NUMBER, {"type": "integer"}, "type"),
    ({"type": ["string", "boolean"]}, TEXT, "type"),
    (TEXT, {"type": "string", "minLength": 1}, "minLength"),
    ({"type": "string", "maxLength": 9}, {"type": "string", "maxLength": 8}, "maxLength"),
    (TEXT, {"type": "string", "pattern": "^a"}, "pattern"),
    (TEXT, {"type": "string", "format": "uri"}, "format"),
    (TEXT, {"type": "string", "enum": ["a", "b"]}, "enum"),
    ({"enum": ["a", "b"]}, {"const": "a"}, "enum"),
    ({"type": ["string", "null"]}, TEXT, "null"),
    ({"type": "array", "items": TEXT}, {"type": "array", "items": TEXT, "maxItems": 2}, "maxItems"),
    ({"type": "array"}, {"type": "array", "minItems": 1}, "minItems"),
    (LINKED, {**LINKED, "anyOf": LINKED["anyOf"][:2]}, "anyOf"),
    ({"anyOf": [TEXT, IDENTIFIED]}, {"anyOf": [TEXT]}, "type"),
    (TEXT, {"type": "string", "not": {"const": "text"}}, "not"),
]


@pytest.mark.parametrize(("wide", "narrow", "kind"), NARROWINGS)
def test_a_request_that_narrows_breaks_and_one_that_widens_does_not(
    wide: JSON, narrow: JSON, kind: str
) -> None:
    assert ("breaking", "/field", kind) in changes_of(requesting(wide), requesting(narrow))
    assert "breaking" not in {
        verdict for verdict, *_ in changes_of(requesting(narrow), requesting(wide))
    }


@pytest.mark.parametrize(("wide", "narrow", "kind"), NARROWINGS)
def test_a_response_that_widens_breaks_and_one_that_narrows_does_not(
    wide: JSON, narrow: JSON, kind: str
) -> None:
    assert ("breaking", "/field", kind) in changes_of(responding(narrow), responding(wide))
    assert "breaking" not in {
        verdict for verdict, *_ in changes_of(responding(wide), responding(narrow))
    }


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (TEXT, {"type": "string", "x-deprecated": True}, ("unclear", "/field", "x-deprecated")),
        ({"enum": ["a"]}, {"enum": ["a", "b"]}, ("compatible", "/field", "enum")),
        ({"enum": ["a"]}, {"enum": ["b"]}, ("breaking", "/field", "enum")),
        (TEXT, NUMBER, ("breaking", "/field", "type")),
        (TEXT, False, ("unclear", "/field", "never")),
        (False, TEXT, ("compatible", "/field", "never")),
        ({"multipleOf": 2}, {"multipleOf": 4}, ("unclear", "/field", "multipleOf")),
        (TEXT, {"type": "string", "title": "In other words"}, None),
        (TEXT, {"allOf": [TEXT, {"description": "Laid over"}]}, None),
        (
            {"type": "integer"},
            {"type": "integer", "exclusiveMinimum": 0},
            ("breaking", "/field", "exclusiveMinimum"),
        ),
        ({"default": 1, **NUMBER}, {"default": 2, **NUMBER}, ("breaking", "/field", "default")),
        ({"default": 1, **NUMBER}, NUMBER, ("unclear", "/field", "default")),
        ({"items": TEXT}, {"items": NUMBER}, ("breaking", "/field/0", "type")),
        (
            {"type": "object", "additionalProperties": TEXT},
            {"type": "object", "additionalProperties": NUMBER},
            ("breaking", "/field/*", "type"),
        ),
        (
            {"type": "object", "properties": {"a": {"default": 1}}},
            {"type": "object", "properties": {"a": {"default": 2}}},
            ("unclear", "/field/a", "default"),
        ),
        (
            {"type": "object"},
            {"type": "object", "required": ["width"]},
            ("breaking", "/field/width", "added"),
        ),
    ],
)
def test_a_change_of_a_request_field_is_judged(
    old: JSON, new: JSON, expected: tuple[str, str, str] | None
) -> None:
    found = changes_of(requesting(old), requesting(new))
    assert (expected in found) if expected else found == []


CLOSED = {"additionalProperties": False}


def test_a_field_that_a_closed_request_no_longer_names_breaks() -> None:
    (change,) = compare(requesting(TEXT, **CLOSED), requesting(None, **CLOSED)).changes
    assert _short(change) == ("breaking", "/field", "removed")
    assert change.words == "no longer documented, and refused now"
    assert change.example is not None
    assert change.example.value == {"prompt": "text", "field": "text"}


def test_a_request_that_is_closed_breaks_those_who_send_more() -> None:
    assert changes_of(requesting(TEXT), requesting(TEXT, **CLOSED)) == [
        ("breaking", "/*", "additionalProperties")
    ]
    assert changes_of(requesting(TEXT, **CLOSED), requesting(TEXT)) == [
        ("compatible", "/*", "additionalProperties")
    ]


def test_a_field_that_comes_into_a_closed_response_breaks_a_strict_reader() -> None:
    assert changes_of(responding(None, **CLOSED), responding(TEXT, **CLOSED)) == [
        ("breaking", "/field", "added")
    ]
    assert changes_of(responding(None), responding(TEXT)) == [("compatible", "/field", "added")]


def test_an_optional_field_that_is_no_longer_documented_may_or_may_not_matter() -> None:
    (change,) = compare(responding(TEXT), responding(None)).changes
    assert (change.verdict, change.words) == (Verdict.UNCLEAR, "no longer documented")


def test_a_responses_field_that_becomes_optional_breaks() -> None:
    required = responding(TEXT, required=["field"])
    assert changes_of(required, responding(TEXT)) == [("breaking", "/field", "required")]
    assert changes_of(responding(TEXT), required) == [("compatible", "/field", "required")]


def test_a_default_in_a_response_binds_nobody() -> None:
    assert changes_of(responding({"default": 1}), responding({"default": 2})) == []


def test_an_image_that_comes_where_none_was_known_breaks_nobody() -> None:
    linked = {"type": "object", "properties": {"url": TEXT}}
    (first, _) = compare(responding(None), responding(linked)).changes
    assert (first.kind, first.verdict) == ("image", Verdict.COMPATIBLE)
    assert first.words == "the image is now a link at /field/url; before nowhere that is known"


def test_an_optional_image_that_is_removed_is_unclear() -> None:
    linked = {"type": "object", "properties": {"url": TEXT}}
    gone = {_short(change) for change in compare(responding(linked), responding(None)).changes}
    assert gone == {("unclear", "", "image"), ("unclear", "/field", "removed")}


def test_a_field_that_is_never_there_is_reported() -> None:
    (change,) = compare(requesting({"type": "object"}), requesting(False)).changes
    assert change.words == "no value is accepted any more"
    nested = {"type": "array", "items": TEXT}, {"type": "array", "items": False}
    (change,) = compare(*map(responding, nested)).changes
    assert (change.verdict, change.words) == (Verdict.COMPATIBLE, "never there now")


def test_a_field_that_no_listed_value_has_does_not_count() -> None:
    listed = {"enum": ["x"], "properties": {"a": TEXT}}
    assert changes_of(requesting(listed), requesting({"enum": ["x"]})) == []


def test_a_rule_about_the_whole_body_is_shown_by_a_whole_body() -> None:
    (change,) = compare(requesting(TEXT), requesting(TEXT, minProperties=2)).changes
    assert _short(change) == ("breaking", "", "minProperties")
    assert change.example is not None
    assert change.example.value == {"prompt": "text"}


def test_a_rule_too_long_to_print_is_only_named() -> None:
    names = [f"a rather long word, number {i}" for i in range(9)]
    branches = [{"type": "object", "required": [name]} for name in names]
    (change,) = compare(
        requesting({"anyOf": branches}), requesting({"anyOf": branches[1:]})
    ).changes
    assert (change.verdict, change.words) == (Verdict.BREAKING, "anyOf has changed")


def test_another_default_is_shown_by_a_request_that_means_another_thing() -> None:
    old, new = (requesting({"type": "integer", "default": n}) for n in (1, 4))
    assert list(as_text(compare(old, new)))[3:] == [
        "    /request/body/field",
        "      when left out, now 4, before 1",
        '      sent:         {"prompt": "text"}',
        "      but now:      expected 1 to be meant, received 4",
    ]


@pytest.mark.parametrize(
    ("trait", "pointer", "verdict"),
    [
        ({"method": "PUT"}, "/request/method", "breaking"),
        ({"path": "/v1/images/generations/with-url"}, "/request/url", "breaking"),
        ({"server": "https://images.test"}, "/request/url", "unclear"),
        ({"security": {"type": "none"}}, "/request/headers/authorization", "unclear"),
        ({"success": {"status": 202, "description": ""}}, "/response/status", "breaking"),
    ],
)
def test_a_change_of_the_call_itself_is_judged(
    trait: dict[str, JSON], pointer: str, verdict: str
) -> None:
    new = load(NEWEST)
    old = replace(new, about={**new.about, **trait})
    (change,) = compare(old, new).changes
    assert (change.pointer, str(change.verdict)) == (pointer, verdict)
    assert (change.example is not None) == (verdict == "breaking")


def test_the_timeline_is_in_order_of_the_documents() -> None:
    names = ("2026-01-16", "2025-02-27", "2025-08-19")
    steps = timeline(load(f"dall-e-2@{name}") for name in names)
    assert [(step.old.id[-10:], step.new.id[-10:]) for step in steps] == [
        ("2025-02-27", "2025-08-19"),
        ("2025-08-19", "2026-01-16"),
    ]
    assert [step.breaking for step in steps] == [True, True]


@pytest.mark.parametrize(
    ("schema", "merged"),
    [
        (True, {}),
        (False, {"not": {}}),
        ({"allOf": [{"type": "number"}, {"type": ["integer", "null"]}]}, {"type": "integer"}),
        ({"allOf": [{"type": "number"}, {"type": "number"}]}, {"type": "number"}),
        (
            {"allOf": [{"type": "number"}, {"type": "string"}]},
            {"type": "number", "allOf": [{"type": "string"}]},
        ),
        ({"allOf": [{"maximum": 9}, {"maximum": 5}]}, {"maximum": 5}),
        ({"allOf": [{"minLength": 1}, {"minLength": 5}]}, {"minLength": 5}),
        ({"allOf": [{"enum": [1, 2]}, {"enum": [2, 3]}]}, {"enum": [2]}),
        ({"required": ["a"], "allOf": [{"required": ["b"]}]}, {"required": ["a", "b"]}),
        (
            {"items": TEXT, "allOf": [{"items": {"maxLength": 3}}]},
            {"items": {"type": "string", "maxLength": 3}},
        ),
        (
            {"pattern": "a", "allOf": [{"pattern": "b"}]},
            {"pattern": "a", "allOf": [{"pattern": "b"}]},
        ),
        ({**CLOSED, "allOf": [{"properties": {"a": TEXT}}]}, {**CLOSED, "properties": {}}),
        (
            {"allOf": [{"properties": {"a": TEXT}}, {"additionalProperties": NUMBER}]},
            {
                "properties": {"a": {**TEXT, "allOf": [NUMBER]}},
                "additionalProperties": NUMBER,
            },
        ),
        (
            {"title": "a", "allOf": [{"title": "b", "default": 1}, {"default": 2}]},
            {"title": "a", "default": 1},
        ),
        (
            {"if": TEXT, "then": False, "allOf": [{"if": NUMBER, "then": True, "minimum": 1}]},
            {
                "if": TEXT,
                "then": False,
                "minimum": 1,
                "allOf": [{"if": NUMBER, "then": True}],
            },
        ),
        (
            {"items": False, "prefixItems": [TEXT], "allOf": [{"items": NUMBER}]},
            {"items": False, "prefixItems": [TEXT], "allOf": [{"items": NUMBER}]},
        ),
        (
            {"properties": {"a": TEXT}, "allOf": [{"unevaluatedProperties": False}]},
            {"properties": {"a": TEXT}, "allOf": [{"unevaluatedProperties": False}]},
        ),
    ],
)
def test_the_parts_of_a_schema_are_merged(schema: JSON, merged: JSON) -> None:
    assert flattened(schema) == merged


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "integer", "minimum": 5}, 5),
        ({"type": "number", "exclusiveMaximum": -3}, -4),
        ({"type": "string", "minLength": 6}, "xxxxxx"),
        ({"type": "string", "pattern": "^a", "examples": ["abc"]}, "abc"),
        ({"type": ["null", "boolean"]}, True),
        ({"enum": [None, "b"]}, "b"),
        ({"type": "null"}, None),
        ({"type": "array", "minItems": 2, "items": NUMBER}, [1, 1]),
        ({"items": NUMBER}, []),
        ({"required": ["a"], "type": "object"}, {"a": "text"}),
        ({"oneOf": [{"const": 7}, TEXT]}, 7),
    ],
)
def test_a_sample_is_plain_and_keeps_its_schema(schema: JSON, value: JSON) -> None:
    assert sample(schema) == value

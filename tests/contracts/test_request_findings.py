"""The findings about a request name each field, and decide the expected statuses."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

import pytest

from mockserver.contracts import Exchange, Level, Request, Response
from mockserver.contracts.error_catalog import error_body, validation_message
from mockserver.contracts.json_schema import validator
from mockserver.contracts.messages import expectation, findings_from_errors
from mockserver.strict_json import JSON
from tests.http import BEARER, CONTRACTS, PATH, PINNED, load

FIRST, WIDE, E3 = "dall-e-2@2024-09-10", "dall-e-2@2025-02-27", "dall-e-3@2026-01-16"
SIZES = "'1024x1024' | '512x512' | '256x256'"
E3_SIZES = "'1024x1024' | '1024x1792' | '1792x1024'"
HEADERS = {**BEARER, "Content-Type": "application/json"}

INVALID_FIELDS = [
    (PINNED, {"prompt": 5}, "prompt: Expected string, received number 5"),
    (
        FIRST,
        {"model": "dall-e-3"},
        "model: Invalid enum value. Expected 'dall-e-2', received 'dall-e-3'",
    ),
    (PINNED, {"prompt": None}, "prompt: Expected string, received null"),
    (PINNED, {"prompt": ["a"]}, "prompt: Expected string, received array"),
    (
        PINNED,
        {"prompt": "x" * 1001},
        "prompt: Expected at most 1000 characters, received 1001 characters",
    ),
    (PINNED, {"prompt": ""}, "prompt: Expected at least 1 character, received 0 characters"),
    (PINNED, {"n": 0}, "n: Expected a number of at least 1, received 0"),
    (PINNED, {"n": 11}, "n: Expected a number of at most 10, received 11"),
    (PINNED, {"n": 10.5}, "n: Expected a number of at most 10, received 10.5"),
    (PINNED, {"n": 1.5}, "n: Expected integer, received number 1.5"),
    (PINNED, {"n": "1"}, "n: Expected number, received string '1'"),
    (PINNED, {"n": True}, "n: Expected number, received boolean true"),
    (PINNED, {"n": None}, "n: Expected number, received null"),
    (
        PINNED,
        {"size": "1024x1792"},
        f"size: Invalid enum value. Expected {SIZES}, received '1024x1792'",
    ),
    (PINNED, {"size": 256}, f"size: Invalid enum value. Expected {SIZES}, received 256"),
    (
        PINNED,
        {"response_format": None},
        "response_format: Invalid enum value. Expected 'url' | 'b64_json', received null",
    ),
    (
        PINNED,
        {"model": "dall-e-3"},
        "model: Invalid enum value. Expected 'dall-e-2', received 'dall-e-3'",
    ),
    (
        PINNED,
        {"size": "x" * 99},
        f"size: Invalid enum value. Expected {SIZES}, received '{'x' * 60}… (99 characters)'",
    ),
    (
        PINNED,
        {"size": "a\n\x00"},
        f"size: Invalid enum value. Expected {SIZES}, received 'a\\n\\x00'",
    ),
    (
        WIDE,
        {"quality": "best"},
        "quality: Invalid enum value. Expected 'standard' | 'hd', received 'best'",
    ),
    (
        WIDE,
        {"quality": None},
        "quality: Invalid enum value. Expected 'standard' | 'hd', received null",
    ),
    (
        WIDE,
        {"style": "odd"},
        "style: Invalid enum value. Expected 'vivid' | 'natural' | null, received 'odd'",
    ),
    (WIDE, {"n": 0}, "n: Expected a number of at least 1, received 0"),
    (
        WIDE,
        {"prompt": "x" * 4001},
        "prompt: Expected at most 4000 characters, received 4001 characters",
    ),
    (E3, {"n": 2}, "n: Invalid enum value. Expected 1, received 2"),
    (
        E3,
        {"size": "512x512"},
        f"size: Invalid enum value. Expected {E3_SIZES}, received '512x512'",
    ),
]


def body_for(contract_id: str, **fields: JSON) -> dict[str, JSON]:
    return {"model": contract_id.partition("@")[0], "prompt": "A red fox", **fields}


def lines(contract_id: str, body: JSON) -> list[str]:
    return validation_message(load(contract_id).request_findings(body))


def exchange(body: bytes, status: int, **request: JSON) -> Exchange:
    api_error = error_body(status, "No.", PATH, "00000000-0000-4000-8000-000000000000", 0)
    sent = Request("POST", PATH, HEADERS, body)
    response = Response(status, {"Content-Type": "application/json"}, api_error)
    return Exchange(replace(sent, **request), response)


def findings(contract_id: str, given: Exchange) -> list[str]:
    return [f"{f.level} {f.pointer} {f.rule}" for f in load(contract_id).findings(given)]


@pytest.mark.parametrize(("contract_id", "fields", "line"), INVALID_FIELDS)
def test_an_invalid_field_is_named_with_what_was_expected_and_received(
    contract_id: str, fields: dict[str, JSON], line: str
) -> None:
    assert lines(contract_id, body_for(contract_id, **fields)) == [line]


def test_every_invalid_field_has_its_own_line() -> None:
    bad = body_for(PINNED, n="x", size="y", response_format="z", prompt=1)
    named = [line.partition(":")[0] for line in lines(PINNED, bad)]
    assert named == ["prompt", "n", "size", "response_format"]


def test_missing_fields_are_named() -> None:
    assert lines(PINNED, {}) == [
        "model: Expected 'dall-e-2', received nothing",
        "prompt: Expected string, received nothing",
    ]
    assert lines(WIDE, {}) == ["prompt: Expected string, received nothing"]


@pytest.mark.parametrize(
    ("body", "kind"), [([], "array"), (None, "null"), (5, "number 5"), ("a", "string 'a'")]
)
def test_a_body_that_is_no_object_is_rejected(body: JSON, kind: str) -> None:
    assert lines(PINNED, body) == [f"Expected object, received {kind}"]


@pytest.mark.parametrize("contract_id", [c for c in CONTRACTS if c not in (FIRST, WIDE)])
def test_unknown_fields_are_valid_where_the_contract_allows_them(contract_id: str) -> None:
    litellm = {"num_images": 2, "image_size": {"width": 256, "height": 256}, "output_format": "png"}
    assert lines(contract_id, body_for(contract_id, user="me", **litellm)) == []


def test_unknown_fields_are_rejected_where_the_contract_forbids_them() -> None:
    known = "'prompt' | 'model' | 'n' | 'quality' | 'response_format' | 'size' | 'style'"
    assert lines(WIDE, body_for(WIDE, user="me", tags=[])) == [
        f"user: Expected no such field, only {known}, received string 'me'",
        f"tags: Expected no such field, only {known}, received array",
    ]


def test_a_field_name_with_a_newline_stays_on_its_line() -> None:
    (line,) = lines(WIDE, body_for(WIDE, **{"a\nprompt: ": 1}))
    assert line.startswith("a\\nprompt: : Expected no such field")


def test_only_the_first_twenty_lines_are_shown() -> None:
    bad = body_for(WIDE, **{f"field{i}": i for i in range(25)})
    shown = lines(WIDE, bad)
    assert len(shown) == 21
    assert shown[-1] == "and 5 more"


@pytest.mark.parametrize("contract_id", CONTRACTS)
def test_length_is_counted_in_code_points(contract_id: str) -> None:
    most = load(contract_id).request_schema["properties"]["prompt"]["maxLength"]
    assert lines(contract_id, body_for(contract_id, prompt="🦖" * most)) == []
    assert lines(contract_id, body_for(contract_id, prompt="🦖" * (most + 1)))


@pytest.mark.parametrize("field", ["size", "response_format", "style"])
def test_null_means_the_default_where_it_is_allowed(field: str) -> None:
    assert lines(WIDE, body_for(WIDE, **{field: None})) == []
    given = load(WIDE).arguments(body_for(WIDE, **{field: None}))
    assert given.get(field) == {"size": "1024x1024", "response_format": "url"}.get(field)


def test_a_whole_number_may_have_a_decimal_point() -> None:
    assert lines(PINNED, body_for(PINNED, n=2.0)) == []
    assert repr(load(PINNED).arguments(body_for(PINNED, n=2.0))["n"]) == "2"


VALID, INVALID = json.dumps(body_for(PINNED)).encode(), json.dumps(body_for(PINNED, n=0)).encode()
WHOLE_ONLY = json.dumps(body_for(PINNED, n=1.5)).encode()
PLAIN_TEXT = {**BEARER, "Content-Type": "text/plain"}


@pytest.mark.parametrize(
    ("body", "request_changes", "valid"),
    [
        (VALID, {}, {401, 403, 429, 500, 502, 503, 504}),
        (INVALID, {}, {400, 401, 403, 429, 500, 502, 503, 504}),
        (WHOLE_ONLY, {}, {400, 401, 403, 429, 500, 502, 503, 504}),
        (b"{", {}, {400, 401, 403, 429, 500, 502, 503, 504}),
        (VALID, {"headers": PLAIN_TEXT}, {400, 401, 403, 429, 500, 502, 503, 504}),
        (
            VALID,
            {"headers": {"Content-Type": "application/json"}},
            {401, 403, 429, 500, 502, 503, 504},
        ),
        (VALID, {"url": "/v1/images"}, {401, 403, 404, 405, 429, 500, 502, 503, 504}),
        (VALID, {"method": "GET"}, {401, 403, 404, 405, 429, 500, 502, 503, 504}),
    ],
)
def test_an_error_status_is_valid_only_for_its_cause(
    body: bytes, request_changes: dict[str, JSON], valid: set[int]
) -> None:
    statuses = range(400, 600)
    given = {s for s in statuses if not _about_status(exchange(body, s, **request_changes))}
    assert given == valid


def _about_status(given: Exchange) -> bool:
    return "documented /response/status status" in findings(PINNED, given)


@pytest.mark.parametrize("url", [f"{PATH}/", f"https://api.aimlapi.com{PATH}", f"{PATH}?a=b"])
def test_a_url_is_matched_by_its_path(url: str) -> None:
    assert not _about_status(exchange(INVALID, 400, url=url))
    assert _about_status(exchange(INVALID, 404, url=url))


def test_the_findings_of_an_exchange_include_those_of_its_request() -> None:
    assert findings(PINNED, exchange(INVALID, 400)) == ["documented /request/body/n minimum"]
    assert findings(PINNED, exchange(WHOLE_ONLY, 400)) == ["client-required /request/body/n type"]
    assert findings(PINNED, exchange(b"\xff", 400)) == ["documented /request/body json"]
    plain = exchange(VALID, 400, headers=PLAIN_TEXT)
    assert findings(PINNED, plain) == ["documented /request/headers/content-type content-type"]


def test_the_status_in_an_error_body_must_be_the_actual_one() -> None:
    given = exchange(INVALID, 400)
    body = error_body(401, "No.", PATH, "00000000-0000-4000-8000-000000000000", 0)
    other = replace(given, response=replace(given.response, body=body))
    assert "semantic /response/body/statusCode status-code" in findings(PINNED, other)


@pytest.mark.parametrize("body", [b"<html>", b"", b'"no"', b"[]"])
def test_an_error_without_the_documented_body_is_found(body: bytes) -> None:
    given = exchange(INVALID, 400)
    other = replace(given, response=replace(given.response, body=body))
    assert any(f.startswith("documented /response/body ") for f in findings(PINNED, other))


@pytest.mark.parametrize(
    ("rule", "value", "words"),
    [
        ("exclusiveMinimum", 0, "a number above 0"),
        ("exclusiveMaximum", 9, "a number below 9"),
        ("multipleOf", 8, "a multiple of 8"),
        ("type", ["string", "null"], "string or null"),
        ("const", "a", "'a'"),
        ("pattern", "^a", "text that matches ^a"),
        ("format", "uri", "a string of format uri"),
        ("minItems", 1, "at least 1 item"),
        ("maxItems", 2, "at most 2 items"),
        ("uniqueItems", True, "items that differ"),
        ("contains", {"type": "null"}, 'what contains {"type": "null"} allows'),
    ],
)
def test_every_keyword_has_its_wording(rule: str, value: JSON, words: str) -> None:
    assert expectation(rule, value) == words


@pytest.mark.parametrize("rule", ["anyOf", "oneOf"])
def test_alternatives_are_all_named(rule: str) -> None:
    preset, sides = {"enum": ["square"]}, {"type": "object", "required": ["width"]}
    schema = {"properties": {"image_size": {rule: [preset, sides]}}}
    found = partial(findings_from_errors, level=Level.DOCUMENTED, root="/request/body")
    (size,) = found(validator(schema).iter_errors({"image_size": "round"}))
    assert (size.expected, size.received) == ("'square' or object", "string 'round'")
    (side,) = found(validator(schema).iter_errors({"image_size": {}}))
    assert (side.expected, side.received) == ("'square' or /width: a value", "object")

"""Documents as toolchains write them: each of their idioms becomes what it means."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mockserver.app.factory import create_app
from mockserver.errors import DocumentError
from mockserver.openapi.patterns import why_unchecked
from mockserver.settings import Settings
from mockserver.strict_json import JSON
from tests.documents import PLACE, RESPONSE, SCHEMA, document, imported, request_of

NULL = {"type": "null"}
LINK = {"type": "object", "properties": {"url": {"type": "string"}}, "required": ["url"]}
BASE64 = {
    "type": "object",
    "properties": {"b64_json": {"type": "string"}},
    "required": ["b64_json"],
}
PROBLEM = {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}


def operation(whole: JSON) -> dict[str, Any]:
    """The one operation of a document."""
    found: dict[str, Any] = whole["paths"][PLACE]["post"]
    return found


def with_request(schema: JSON, **components: JSON) -> JSON:
    """A document whose request has another schema."""
    whole = document("3.1.0")
    operation(whole)["requestBody"]["content"]["application/json"]["schema"] = schema
    whole["components"]["schemas"] = components
    return whole


def test_a_request_has_no_read_only_field_and_a_response_no_write_only_one(tmp_path: Path) -> None:
    fields: dict[str, JSON] = {
        "id": {"type": "string", "readOnly": True},
        "secret": {"type": "string", "writeOnly": True},
    }
    both = ["id", "secret"]
    part = {"properties": fields, "anyOf": [{"required": both}, {"required": ["other"]}]}
    more = {"type": "object", "properties": {"more": {"type": "array", "items": part}}}
    response = {**RESPONSE, "required": both, "allOf": [{"properties": fields}, more]}
    whole = document("3.1.0", response, **fields)
    request = operation(whole)["requestBody"]["content"]["application/json"]["schema"]
    request["required"] += both
    (contract_files,) = imported(tmp_path, whole).contracts
    contract = contract_files.load()
    assert set(contract.request_schema["properties"]) == {"model", "prompt", "secret"}
    assert contract.request_schema["required"] == ["model", "prompt", "secret"]
    assert contract.response_schema is not None
    assert set(contract.response_schema["properties"]) == {"id", "data", "more"}
    assert contract.response_schema["required"] == ["id"]
    items = contract.response_schema["properties"]["more"]["items"]
    assert (set(items["properties"]), items["anyOf"][0]) == ({"id"}, {"required": ["id"]})


@pytest.mark.parametrize(
    "pattern", [r"\p{L}", "^(?<name>a)$", r"\u{61}", r"\cA", r"[\w-a]", "[[:alpha:]\\d]"]
)
def test_a_pattern_that_python_cannot_read_is_kept_as_a_comment(
    tmp_path: Path, pattern: str
) -> None:
    field = {"type": "string", "pattern": pattern, "example": "a"}
    done = imported(tmp_path, document(it=field))
    comment = {"type": "string", "$comment": f"Not checked: {pattern}", "examples": ["a"]}
    assert request_of(done)["properties"]["it"] == comment
    (warning,) = done.warnings
    assert warning.pointer == f"{SCHEMA}/properties/it/pattern"
    assert warning.words == f"the pattern '{pattern}' is not checked: Python cannot read it"


def test_fields_by_a_pattern_that_cannot_be_read_are_all_allowed(tmp_path: Path) -> None:
    field = {"patternProperties": {r"^\p{L}": {}, "^a": {}}, "additionalProperties": False}
    assert request_of(imported(tmp_path, document(it=field)))["properties"]["it"] == {}


@pytest.mark.parametrize(
    "pattern",
    [
        *("", "^$", "a$", "png", "^[a-z]+$", r"^\d+x\d+$", "^(png|jpe?g|webp)$", "^https?://.+$"),
        *(r"^\s*\S.*$", "^.{1,4000}$", r"^#[0-9a-fA-F]{6}$", r"^\d{4}-\d{2}$", r"^[\]]+\$$", "("),
    ],
)
def test_a_pattern_that_is_matched_in_one_pass_is_checked(pattern: str) -> None:
    assert why_unchecked(pattern) is None


@pytest.mark.parametrize(
    "pattern",
    [
        *("(a+)+$", "^(a|a)*$", "[a-z]+", ".*a", "^.+@.+$", "^a?a?a$", "^a*?$", r"^\w+\B\w+$"),
        *("a{1000}b", r"^\d+(\.\d+)?$", "^a|b", "a" * 201, "(?=a)", "^(a*|b)c*a*$", "^(a*b|a*a)$"),
        *("^\U0001f600+$", "^(a)(b)$"),
    ],
)
def test_a_pattern_whose_match_may_take_long_is_not_checked(pattern: str) -> None:
    assert why_unchecked(pattern) == "a match may take too long"


def test_a_multiple_is_a_decimal_one(tmp_path: Path) -> None:
    field = {"type": "number", "multipleOf": 0.1, "default": 0.7, "example": 0.3}
    done = imported(tmp_path, document(it=field))
    assert done.warnings == ()
    assert request_of(done)["properties"]["it"]["default"] == 0.7


@pytest.mark.parametrize("code", ["2XX", "2xx", "default"])
def test_a_range_of_statuses_is_status_200(tmp_path: Path, code: str) -> None:
    whole = document()
    operation(whole)["responses"] = {code: operation(whole)["responses"]["200"]}
    done = imported(tmp_path, whole)
    assert done.contracts[0].files["contract.json"]["success"]["status"] == 200
    words = [warning.words for warning in done.warnings]
    assert words == [f"the response {code} is imported as status 200"]


@pytest.mark.parametrize(
    "kind",
    [
        *("application/vnd.images.v1+json; charset=utf-8", "application/problem+json", "*/*"),
        *("application/*", "Application/JSON", "application/json; charset=utf-8"),
    ],
)
def test_another_media_type_of_json_is_json(tmp_path: Path, kind: str) -> None:
    whole = document()
    for holder in (operation(whole)["requestBody"], operation(whole)["responses"]["200"]):
        holder["content"] = {"text/plain": {}, kind: holder["content"]["application/json"]}
    done = imported(tmp_path, whole)
    assert "prompt" in request_of(done)["properties"]
    assert done.contracts[0].files["contract.json"]["response"]
    told = any("is imported as application/json" in warning.words for warning in done.warnings)
    assert told is not kind.lower().startswith("application/json")


def test_json_itself_goes_before_other_media_types(tmp_path: Path) -> None:
    whole = document()
    content = operation(whole)["requestBody"]["content"]
    operation(whole)["requestBody"]["content"] = {"*/*": {"schema": {}}, **content}
    assert "prompt" in request_of(imported(tmp_path, whole))["properties"]


def optional(schema: JSON) -> JSON:
    return {"anyOf": [schema, NULL]}


@pytest.mark.parametrize(
    "response",
    [
        {"oneOf": [PROBLEM, LINK]},
        {"anyOf": [NULL, LINK]},
        {"allOf": [{"oneOf": [PROBLEM, LINK]}, {"properties": {"created": {"type": "integer"}}}]},
        {"properties": {"images": {"type": "array", "items": {"oneOf": [LINK, BASE64]}}}},
        {
            "properties": {
                "image": optional({"properties": {"url": optional({"type": "string"})}}),
                "seed": optional({"type": "integer"}),
            }
        },
    ],
)
@pytest.mark.parametrize("vary", [None, 1])
def test_an_alternative_with_an_image_is_answered(
    tmp_path: Path, response: JSON, vary: int | None
) -> None:
    done = imported(tmp_path, document("3.1.0", response))
    assert done.warnings == ()
    (contract_files,) = done.contracts
    contract_files.write(tmp_path)
    client = create_app(Settings(schemas=(str(tmp_path),), vary=vary)).test_client()
    key = {"Authorization": "Bearer mock-key"}
    answer = client.post(PLACE, json={"model": "mock-1", "prompt": "A fox"}, headers=key)
    assert vary or "/generated/" in answer.text
    assert contract_files.load().response_schema is not None


def test_no_form_of_delivery_is_required_where_several_are_documented(tmp_path: Path) -> None:
    items = {"type": "array", "items": {"oneOf": [LINK, BASE64]}}
    done = imported(tmp_path, document("3.1.0", {"properties": {"images": items}}))
    assert "allOf" not in done.contracts[0].files["overlay.schema.json"]


FIELDS: dict[str, Any] = {
    "type": "object",
    "properties": {"model": {"type": "string"}, "prompt": {}},
}
SMALL = {"properties": {"model": {"const": "small"}}}
LARGE = {"properties": {"model": {"enum": ["large", "huge"]}, "size": {"enum": ["1024x1024"]}}}
REF_A, REF_B = ({"$ref": f"#/components/schemas/{name}"} for name in "AB")
MAPPING = {"small": REF_A["$ref"], "large": "B", "huge": REF_B["$ref"]}


@pytest.mark.parametrize(
    "schema",
    [
        {**FIELDS, "oneOf": [SMALL, LARGE]},
        {**FIELDS, "anyOf": [LARGE, NULL, SMALL]},
        {"allOf": [FIELDS, {"oneOf": [SMALL, LARGE]}]},
        {"allOf": [{**FIELDS, "oneOf": [{}]}, {"oneOf": [SMALL, LARGE]}]},
        {
            **FIELDS,
            "properties": {**FIELDS["properties"], "model": {"enum": ["small", "large", "huge"]}},
            "oneOf": [SMALL, LARGE],
        },
        {
            "oneOf": [REF_A, REF_B],
            "discriminator": {"propertyName": "model", "mapping": MAPPING},
        },
    ],
)
def test_the_models_of_alternatives_are_found_with_all_their_fields(
    tmp_path: Path, schema: JSON
) -> None:
    a, b = ({**FIELDS, "properties": {**FIELDS["properties"], name: {}}} for name in ("a", "size"))
    done = imported(tmp_path, with_request(schema, A=a, B=b))
    requests = {each.id: each.files["request.schema.json"] for each in done.contracts}
    assert sorted(requests) == [f"{name}@2026-09-01" for name in ("huge", "large", "small")]
    is_merged = "allOf" not in requests["large@2026-09-01"]
    for model, known in (("large", {"size"}), ("huge", {"size"}), ("small", set())):
        fields = requests[f"{model}@2026-09-01"]["properties"]
        assert fields["model"]["enum"] == [model]
        assert not is_merged or {"prompt", *known} <= set(fields) - {"a"}


def test_a_model_that_a_part_of_allof_narrows_is_the_only_one(tmp_path: Path) -> None:
    both = {**FIELDS, "properties": {"model": {"enum": ["small", "large"]}, "prompt": {}}}
    done = imported(tmp_path, with_request({"allOf": [both, SMALL]}))
    assert [each.id for each in done.contracts] == ["small@2026-09-01"]


@pytest.mark.parametrize(
    ("discriminator", "models"),
    [({"propertyName": "model"}, ["A", "B"]), ({"propertyName": "model", "mapping": 5}, None)],
)
def test_without_a_mapping_the_name_of_the_schema_is_the_value(
    tmp_path: Path, discriminator: JSON, models: list[str] | None
) -> None:
    whole = with_request(
        {"oneOf": [REF_A, REF_B], "discriminator": discriminator}, A=FIELDS, B=FIELDS
    )
    if models is None:
        with pytest.raises(DocumentError, match="expected a field model with an enum of ids"):
            imported(tmp_path, whole)
    else:
        found = [each.id.partition("@")[0] for each in imported(tmp_path, whole).contracts]
        assert found == models


def test_a_mapping_without_alternatives_lists_the_models(tmp_path: Path) -> None:
    about = {"propertyName": "model", "mapping": {"small": "#/components/schemas/A"}}
    done = imported(tmp_path, with_request({**FIELDS, "discriminator": about}))
    assert [each.id for each in done.contracts] == ["small@2026-09-01"]
    assert "discriminator has no place in a contract" in {each.words for each in done.warnings}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"openapi": "3.1.0", "paths": {}', "line 1 column 33"),
        ("openapi: 3.1.0\n paths: {}", "line 2"),
        ("\x89PNG", "unacceptable character #x0089"),
        ("", "#/openapi: expected 3.0.x or 3.1.x, received null"),
        (json.dumps(document(it={"$ref": "#/components/schemas/A"})), "/it/$ref: "),
    ],
)
def test_a_bad_document_is_refused_with_the_place(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(DocumentError) as caught:
        imported(tmp_path, text)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_default_outside_of_its_enum_is_left_out_with_the_place(tmp_path: Path) -> None:
    (warning,) = imported(tmp_path, document(it={"enum": ["a"], "default": "b"})).warnings
    assert warning.pointer == f"{SCHEMA}/properties/it"
    assert warning.words == "the default or example 'b' breaks its own schema: left out"

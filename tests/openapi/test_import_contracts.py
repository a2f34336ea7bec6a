"""Each model of a document gets its own request schema and a derived overlay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mockserver.errors import DocumentError
from mockserver.strict_json import JSON
from tests.documents import PLACE, SCHEMA, document, imported


@pytest.mark.parametrize(
    ("model", "models"),
    [
        ({"enum": ["a", "b", "a"]}, ["a", "b"]),
        ({"const": "a/b"}, ["a/b"]),
        ({"anyOf": [{"enum": ["a"]}, {"const": "b"}]}, ["a", "b"]),
        ({"enum": ["a", None]}, ["a"]),
    ],
)
def test_each_model_gets_a_contract_of_its_own(
    tmp_path: Path, model: JSON, models: list[str]
) -> None:
    done = imported(tmp_path, document("3.1.0", model={**model, "description": "Which."}))
    assert [contract_files.id for contract_files in done.contracts] == [
        f"{name}@2026-09-01" for name in models
    ]
    for contract_files, name in zip(done.contracts, models, strict=True):
        field = contract_files.files["request.schema.json"]["properties"]["model"]
        expected = {"type": "string", "enum": [name], "examples": [name], "description": "Which."}
        assert field == expected


def test_the_default_model_stays_the_default_of_its_own_contract(tmp_path: Path) -> None:
    done = imported(tmp_path, document(model={"enum": ["a", "b"], "default": "b"}))
    fields = [b.files["request.schema.json"]["properties"]["model"] for b in done.contracts]
    assert [field.get("default") for field in fields] == [None, "b"]


def test_alternatives_are_split_by_their_models(tmp_path: Path) -> None:
    whole = document()
    media = whole["paths"][PLACE]["post"]["requestBody"]["content"]["application/json"]
    extra: dict[str, dict[str, JSON]] = {m: {"model": {"enum": [m]}, m: TEXT} for m in ("a", "b")}
    one, other = (document(**fields) for fields in extra.values())
    place = ("paths", PLACE, "post", "requestBody", "content", "application/json", "schema")
    media["schema"] = {"oneOf": [_at(one, place), _at(other, place)]}
    done = imported(tmp_path, whole)
    fields = [list(b.files["request.schema.json"]["properties"]) for b in done.contracts]
    assert fields == [["model", "prompt", "a"], ["model", "prompt", "b"]]


def _at(node: JSON, place: tuple[str, ...]) -> JSON:
    for step in place:
        node = node[step]
    return node


@pytest.mark.parametrize("model", [{"type": "string"}, {"enum": [""]}, {"enum": [5]}, {}])
def test_a_request_that_lists_no_model_is_refused(tmp_path: Path, model: JSON) -> None:
    with pytest.raises(DocumentError, match="expected a field model with an enum of ids") as caught:
        imported(tmp_path, document(model=model))
    assert caught.value.pointer == SCHEMA + "/properties/model"


def test_models_that_are_not_listed_are_a_warning(tmp_path: Path) -> None:
    done = imported(tmp_path, document(model={"anyOf": [{"enum": ["a"]}, {"type": "string"}]}))
    assert "only what it lists is kept" in done.warnings[0].words


@pytest.mark.parametrize(
    ("model", "folder"),
    [("a/b", "a/b"), ("../a", "_/a"), ("a b:c", "a_b_c"), ("/a", "_/a"), ("..", "_")],
)
def test_a_models_folder_stays_below_the_root(tmp_path: Path, model: str, folder: str) -> None:
    done = imported(tmp_path, document(model={"enum": [model]}))
    assert str(done.contracts[0].folder) == f"{folder}/2026-09-01"


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ({"image_size": {"enum": ["square", "huge"]}}, "'huge': not in terms.json"),
        ({"aspect_ratio": {"enum": ["1:1", "as before"]}}, "'as before': not in terms.json"),
        ({"resolution": {"anyOf": [{"enum": ["1K"]}, {"const": "9K"}]}}, "'9K': not in"),
        ({"output_format": {"enum": ["png", "svg"]}}, "'svg': not in terms.json"),
    ],
)
def test_values_that_the_mock_does_not_know_are_a_warning(
    tmp_path: Path, field: dict[str, JSON], words: str
) -> None:
    done = imported(tmp_path, document("3.1.0", **field))
    (warning,) = done.warnings
    assert words in warning.words
    assert warning.pointer == f"{SCHEMA}/properties/{next(iter(field))}"


def overlay_of(folder: Path, response: JSON = None, **fields: JSON) -> dict[str, Any]:
    done = imported(folder, document(response=response, **fields))
    schema: dict[str, Any] = done.contracts[0].files["overlay.schema.json"]
    return schema


@pytest.mark.parametrize(
    ("field", "bounds"),
    [
        ({"type": "number"}, {"type": "integer", "minimum": 1, "maximum": 10}),
        ({"type": "integer", "minimum": 1, "maximum": 4}, {"type": "integer"}),
        (
            {"type": "integer", "minimum": 0, "exclusiveMinimum": True, "maximum": 4},
            {"type": "integer"},
        ),
        ({"type": "integer", "nullable": True, "enum": [1, None]}, {"type": ["integer", "null"]}),
        ({"type": "string"}, None),
    ],
)
def test_the_number_of_images_is_bounded_where_the_document_has_no_bound(
    tmp_path: Path, field: JSON, bounds: JSON
) -> None:
    fields = overlay_of(tmp_path, n=field)["properties"]["request"]["properties"]
    found = fields.get("n", {}).copy()
    found.pop("description", None)
    assert found == (bounds or {})


def test_an_empty_prompt_is_refused_unless_the_document_does(tmp_path: Path) -> None:
    for field, is_bounded in (
        ({"type": "string"}, True),
        ({"type": "string", "minLength": 3}, False),
    ):
        fields = overlay_of(tmp_path, prompt=field)["properties"]["request"]["properties"]
        assert ("prompt" in fields) is is_bounded


def data(fields: JSON, **more: JSON) -> JSON:
    items = {"type": "object", "properties": fields}
    return {"type": "object", "properties": {"data": {"type": "array", "items": items}}, **more}


TEXT = {"type": "string"}


def test_a_response_with_data_shares_the_overlay_for_it(tmp_path: Path) -> None:
    shared = [{"$ref": "../../data.overlay.schema.json"}]
    assert overlay_of(tmp_path)["allOf"] == shared
    assert overlay_of(tmp_path, model={"enum": ["a/b"]})["allOf"] == [
        {"$ref": "../../../data.overlay.schema.json"}
    ]


@pytest.mark.parametrize(
    ("response", "needed"),
    [
        (data({"url": TEXT}), ["url"]),
        (data({"b64_json": TEXT}), ["b64_json"]),
        ({"type": "object", "properties": {"url": TEXT}}, None),
    ],
)
def test_another_response_has_to_hold_its_images(
    tmp_path: Path, response: JSON, needed: list[str] | None
) -> None:
    (part,) = overlay_of(tmp_path, response=response)["allOf"]
    part = part["properties"]["response"]
    if needed is None:
        assert part["required"] == ["url"]
    else:
        assert part["required"] == ["data"]
        assert part["properties"]["data"]["minItems"] == 1
        assert part["properties"]["data"]["items"]["required"] == needed


def test_a_response_closed_to_created_needs_one_of_its_two_ways(tmp_path: Path) -> None:
    response = data({"url": TEXT, "b64_json": TEXT}, additionalProperties=False)
    (part,) = overlay_of(tmp_path, response=response)["allOf"]
    items = part["properties"]["response"]["properties"]["data"]["items"]
    assert [branch["required"] for branch in items["anyOf"]] == [["url"], ["b64_json"]]


def test_a_response_without_a_place_for_an_image_is_a_warning(tmp_path: Path) -> None:
    done = imported(tmp_path, document(response={"type": "object", "properties": {"id": TEXT}}))
    assert "allOf" not in done.contracts[0].files["overlay.schema.json"]
    assert [warning.words for warning in done.warnings] == [
        "the response has no place for an image; none is returned"
    ]


@pytest.mark.parametrize("content", [None, {}, {"application/json": {}}])
def test_a_response_without_a_documented_body_follows_the_printed_sample(
    tmp_path: Path, content: JSON
) -> None:
    whole = document()
    response = whole["paths"][PLACE]["post"]["responses"]["200"]
    response["content"] = content
    if content is None:
        del response["content"]
    (contract_files,) = imported(tmp_path, whole).contracts
    assert contract_files.files["contract.json"]["response"] is None
    assert "response.schema.json" not in contract_files.files
    assert contract_files.files["overlay.schema.json"]["allOf"]

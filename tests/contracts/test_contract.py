"""The shipped contracts match what the provider published."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mockserver.contracts import default_catalog, error_catalog, load_contract
from mockserver.contracts.error_catalog import LATEST
from mockserver.contracts.json_schema import ANNOTATION, parts, validator
from mockserver.contracts.schema_loader import read_checked, read_schema
from mockserver.paths import SCHEMAS
from mockserver.strict_json import JSON
from tests.http import CONTRACTS, PINNED, load
from tests.published import ERRORS, NO_CREDITS, NO_RESOURCES, PUBLISHED

WORDING = {"$schema", "title", "description", "examples"}
"""Project-defined in every schema: the dialect, and the keywords that explain."""

SHARED_OVERLAY = validator(read_schema(SCHEMAS / "data.overlay.schema.json"))

each_contract = pytest.mark.parametrize("contract_id", CONTRACTS)


def bare(schema: JSON) -> JSON:
    """A schema without its wording."""
    if isinstance(schema, list):
        return [bare(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: bare(value) for key, value in schema.items() if key not in WORDING}


def test_every_documented_contract_is_shipped_and_no_other() -> None:
    assert set(CONTRACTS) == PUBLISHED.keys()


@each_contract
def test_a_request_schema_matches_the_published_one(contract_id: str) -> None:
    assert bare(load(contract_id).request_schema) == PUBLISHED[contract_id].request


@each_contract
def test_a_response_schema_matches_the_published_one(contract_id: str) -> None:
    published = load(contract_id).response_schema
    assert (published and bare(published)) == PUBLISHED[contract_id].response


@each_contract
def test_success_has_the_published_status_and_description(contract_id: str) -> None:
    contract, published = load(contract_id), PUBLISHED[contract_id]
    assert contract.success == published.success
    if published.description is None:
        assert any(line.startswith("success.description") for line in contract.about["ours"])
    else:
        assert contract.about["success"]["description"] == published.description


@each_contract
def test_the_source_is_the_published_commit(contract_id: str) -> None:
    contract = load(contract_id)
    source = contract.about["source"]
    assert source["commit"] == PUBLISHED[contract_id].commit
    assert source["repository"] == "aimlapi/api-docs"
    assert source["file"] == PUBLISHED[contract_id].file
    assert source["date"] == contract.about["revision"]


@each_contract
def test_every_contract_is_a_post_to_the_same_path_with_a_bearer_key(contract_id: str) -> None:
    contract = load(contract_id)
    assert (contract.method, contract.path) == ("POST", "/v1/images/generations")
    assert contract.about["server"] == "https://api.aimlapi.com"
    assert contract.about["security"] == {"type": "http", "scheme": "bearer"}


@each_contract
def test_a_folder_is_named_as_its_contract(contract_id: str) -> None:
    model, _, revision = contract_id.partition("@")
    assert (SCHEMAS / model / revision / "contract.json").is_file()


@each_contract
def test_a_field_that_is_left_out_has_the_default(contract_id: str) -> None:
    published = {
        name: field["default"]
        for name, field in PUBLISHED[contract_id].request["properties"].items()
        if "default" in field
    }
    usual = {"n": 1, "size": "1024x1024", "response_format": "url"}
    assert load(contract_id).defaults == {**usual, **published}


@each_contract
def test_a_withdrawn_model_is_marked_in_every_revision(contract_id: str) -> None:
    assert load(contract_id).withdrawn == "2026-06-09"


@each_contract
def test_a_key_that_no_operation_requires_is_marked_as_project_defined(contract_id: str) -> None:
    contract = load(contract_id)
    marked = any(line.startswith("security") for line in contract.about["ours"])
    assert marked == (contract.about["revision"] >= "2025-11-25")


@each_contract
def test_every_published_field_is_described_with_examples(contract_id: str) -> None:
    contract = load(contract_id)
    assert all("examples" in f for f in contract.request_schema["properties"].values())
    for schema in filter(None, (contract.request_schema, contract.response_schema)):
        fields = [f for _, part in parts(schema) for f in part.get("properties", {}).items()]
        assert fields
        assert [name for name, field in fields if not field.get("description")] == []


@each_contract
def test_what_is_project_defined_is_marked_so(contract_id: str) -> None:
    contract = load(contract_id)
    assert contract.overlay["description"].startswith("Project-defined: ")
    assert any(line.startswith("overlay.schema.json") for line in contract.about["ours"])


@each_contract
def test_a_published_schema_has_no_project_defined_annotation(contract_id: str) -> None:
    contract = load(contract_id)
    for schema in filter(None, (contract.request_schema, contract.response_schema)):
        assert not [at for at, part in parts(schema) if ANNOTATION in part]


def test_the_default_revision_is_pinned_and_keeps_its_published_description() -> None:
    assert default_catalog().pinned == PINNED
    assert [name for name in CONTRACTS if load(name).pinned] == [PINNED]
    assert load(PINNED).about["success"]["description"] == "Successfully generated image"


def test_the_default_response_schema_keeps_its_published_title() -> None:
    schema = load(PINNED).response_schema
    assert schema is not None
    assert schema["title"] == "Image.v1.GenerateImageResponseDTO"


def test_the_error_catalog_has_every_documented_message_literally() -> None:
    errors = json.loads((SCHEMAS / "errors.json").read_text())["errors"]
    documented = {
        (e["status"], e["message"], e["since"], e.get("until", "")) for e in errors if "since" in e
    }
    assert documented == ERRORS
    assert {e["name"] for e in errors if "since" not in e and not e.get("project_defined")} == {
        "not-found"
    }


@pytest.mark.parametrize(
    ("date", "message"),
    [
        ("2024-09-10", NO_RESOURCES),
        ("2025-08-19", NO_RESOURCES),
        ("2025-12-10", NO_RESOURCES),
        ("2025-12-11", NO_CREDITS),
        (LATEST, NO_CREDITS),
    ],
)
def test_a_message_is_that_of_the_date_or_else_the_earliest(date: str, message: str) -> None:
    assert error_catalog(date=date)["out-of-credits"].message == message
    assert error_catalog(date=date).errors.keys() == error_catalog().errors.keys()


@each_contract
def test_a_contract_has_the_messages_of_its_revision(contract_id: str) -> None:
    contract = load(contract_id)
    assert contract.errors is error_catalog(date=contract.about["revision"])
    early = [e for e in contract.errors.errors.values() if e.since > contract.about["revision"]]
    assert any("messages" in line for line in contract.about["ours"]) == bool(early)


def test_a_404_is_documented_but_its_message_is_project_defined() -> None:
    assert 404 in error_catalog().documented
    assert "ours" in error_catalog()["not-found"].note


def test_undocumented_errors_are_marked_as_project_defined() -> None:
    project_defined = {e.status for e in error_catalog().errors.values() if e.project_defined}
    assert {405, 413} <= project_defined
    assert error_catalog().documented == {400, 401, 403, 404, 429, 500, 502, 503, 504}


def test_the_error_body_has_the_five_documented_fields() -> None:
    schema = error_catalog().schema
    fields = ["message", "path", "requestId", "statusCode", "timestamp"]
    assert schema["required"] == fields
    assert list(schema["properties"]) == fields
    assert schema["properties"]["statusCode"]["type"] == ["integer", "string"]


URL, BASE64 = {"url": "https://images.test/1.png"}, {"b64_json": "AAAA"}


@pytest.mark.parametrize(
    "response",
    [
        {"data": [URL]},
        {"data": [BASE64]},
        {"data": [{**URL, "b64_json": None, "mime_type": "image/png"}], "model": "flux/dev"},
        {"data": [{**BASE64, "url": None}], "created": None},
        {"data": [URL], "created": 1777512067915},
        {"data": [URL], "images": [URL], "seed": 7},
    ],
)
def test_the_shared_overlay_lets_pass_what_other_models_respond(response: JSON) -> None:
    assert SHARED_OVERLAY.is_valid({"request": {"prompt": "A red fox"}, "response": response})


@pytest.mark.parametrize(
    ("request_body", "response"),
    [
        ({}, {"images": [URL]}),
        ({}, {"data": []}),
        ({}, {"data": [{"url": None, "b64_json": None}]}),
        ({"response_format": "url"}, {"data": [BASE64]}),
        ({"response_format": "b64_json"}, {"data": [URL]}),
    ],
)
def test_the_shared_overlay_requires_an_image_as_requested(
    request_body: JSON, response: JSON
) -> None:
    assert not SHARED_OVERLAY.is_valid({"request": request_body, "response": response})


def test_every_shipped_file_passes_the_checks_of_a_users_own(schemas: Path) -> None:
    """The copies are checked; the shipped files themselves are not, so that the start is fast."""
    assert all(read_schema(file)["title"] for file in schemas.rglob("*.schema.json"))
    assert all(load_contract(file.parent) for file in schemas.rglob("contract.json"))
    assert read_checked(schemas / "terms.json", schemas / "terms.schema.json")
    assert error_catalog(schemas).errors

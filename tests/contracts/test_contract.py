"""The shipped contracts match what the provider published."""

from __future__ import annotations

from pathlib import Path

import pytest

from mockserver.contracts import default_catalog, error_catalog
from mockserver.contracts.schema_loader import ANNOTATION, parts, read_schema
from mockserver.paths import SCHEMAS
from mockserver.strict_json import JSON
from tests.http import CONTRACTS, PINNED, load
from tests.published import ERRORS, PUBLISHED

WORDING = {"$schema", "title", "description", "examples"}
"""Project-defined in every schema: the dialect, and the keywords that explain."""

FILES: list[Path] = sorted(SCHEMAS.rglob("*.schema.json"))

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
    assert bare(load(contract_id).request_schema) == PUBLISHED[contract_id][2]


@each_contract
def test_a_response_schema_matches_the_published_one(contract_id: str) -> None:
    published = load(contract_id).response_schema
    assert (published and bare(published)) == PUBLISHED[contract_id][3]


@each_contract
def test_success_has_the_published_status(contract_id: str) -> None:
    assert load(contract_id).success == PUBLISHED[contract_id][1]


@each_contract
def test_the_source_is_the_published_commit(contract_id: str) -> None:
    contract = load(contract_id)
    source = contract.about["source"]
    assert source.get("commit") == PUBLISHED[contract_id][0]
    assert source["repository"] == "aimlapi/api-docs"
    assert source["file"] == f"docs/api-references/image-models/OpenAI/{contract.model}.json"
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
    assert load(contract_id).defaults == {"n": 1, "size": "1024x1024", "response_format": "url"}


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
    assert contract.overlay["description"].startswith("Ours, not the provider's")
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
    catalog = error_catalog()
    reworded = {"not-found"}
    documented = {
        (e.status, e.message)
        for e in catalog.errors.values()
        if not e.project_defined and e.name not in reworded
    }
    assert documented == ERRORS


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


@pytest.mark.parametrize("file", [str(f.relative_to(SCHEMAS)) for f in FILES])
def test_every_shipped_schema_is_valid(file: str) -> None:
    assert read_schema(SCHEMAS / file)["title"]

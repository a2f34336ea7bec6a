"""The OpenAPI document is valid, and describes responses as the contracts do."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from mockserver.contracts import Contract
from mockserver.openapi.export import mock_document, openapi_document
from mockserver.strict_json import JSON
from tests.http import CONTRACTS, PATH, Generate, MakeClient, load

MockFor = Callable[[str], Generate]


def valid(document: dict[str, Any]) -> bool:
    return [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def at(document: dict[str, Any], *steps: str) -> Draft202012Validator:
    """A validator for the schema at a place in the document."""
    reference = "#/" + "/".join(step.replace("~", "~0").replace("/", "~1") for step in steps)
    return Draft202012Validator({**document, "$ref": reference})


def operation(document: JSON) -> JSON:
    return document["paths"][PATH]["post"]


@pytest.mark.parametrize("contract_id", CONTRACTS)
def test_the_document_of_one_contract_is_valid(contract_id: str) -> None:
    assert valid(openapi_document([load(contract_id)]))


def test_the_document_of_all_contracts_is_valid() -> None:
    document = openapi_document(map(load, CONTRACTS))
    assert valid(document)
    assert len(
        operation(document)["requestBody"]["content"]["application/json"]["schema"]["anyOf"]
    ) == len(CONTRACTS)


def test_the_mock_serves_the_document_of_its_own_contracts(make_client: MakeClient) -> None:
    response = make_client(contracts=("dall-e-2@2026-01-16",)).get("/openapi.json")
    assert response.content_type == "application/json"
    assert response.json is not None
    assert "200" in operation(response.json)["responses"]


def test_the_document_of_a_mock_is_valid() -> None:
    assert valid(mock_document([load(CONTRACTS[0])]))


@pytest.mark.parametrize("body", [{"prompt": ""}, {"num_images": 1.5}])
def test_the_document_of_a_mock_refuses_what_the_mock_refuses(
    mock_for: MockFor, body: dict[str, JSON]
) -> None:
    schemas = mock_document([load("flux/dev")])["components"]["schemas"]
    request = Draft202012Validator(schemas["flux_dev_2026-01-16.request"])
    valid_body = {"model": "flux/dev", "prompt": "a cat"}
    assert request.is_valid(valid_body)
    assert not request.is_valid({**valid_body, **body})
    assert mock_for("flux/dev")(**body).status_code == 400


@pytest.mark.parametrize("contract_id", CONTRACTS)
def test_a_contracts_schemas_stand_in_the_document_as_published(contract_id: str) -> None:
    contract: Contract = load(contract_id)
    schemas = openapi_document([contract])["components"]["schemas"]
    name = contract_id.replace("@", "_")
    for part, schema in (
        ("request", contract.request_schema),
        ("response", contract.response_schema),
    ):
        if schema is not None:
            published = {key: value for key, value in schema.items() if key != "$schema"}
            assert schemas[f"{name}.{part}"] == published


@pytest.mark.parametrize("contract_id", CONTRACTS)
def test_an_exchange_with_the_mock_keeps_the_document(mock_for: MockFor, contract_id: str) -> None:
    document = openapi_document([load(contract_id)])
    exchange = mock_for(contract_id).exchange()
    place = ("paths", PATH, "post")
    content = ("content", "application/json", "schema")
    body = json.loads(exchange.request.body)
    assert at(document, *place, "requestBody", *content).is_valid(body)
    assert not at(document, *place, "requestBody", *content).is_valid({**body, "prompt": 5})
    status = str(exchange.response.status)
    if operation(document)["responses"][status]["content"]:
        answered = json.loads(exchange.response.body)
        assert at(document, *place, "responses", status, *content).is_valid(answered)


@pytest.mark.parametrize("status", ["400", "401", "404", "405", "413"])
def test_an_api_error_keeps_the_document(generate: Generate, status: str) -> None:
    client = generate.client
    responses = {
        "400": generate(n=0),
        "401": client.post(PATH),
        "404": client.get("/nowhere"),
        "405": client.get(PATH),
        "413": generate(user="x" * 2_000_000),
    }
    document = openapi_document([load("dall-e-2@2025-08-19")])
    assert responses[status].status_code == int(status)
    schema = ("paths", PATH, "post", "responses", status, "content", "application/json", "schema")
    assert at(document, *schema).is_valid(responses[status].json)


def test_a_document_lists_the_models_that_the_published_one_listed() -> None:
    contract = load("dall-e-3@2026-01-16")
    listed = replace(contract, about={**contract.about, "models": ["dall-e-3", "dall-e-4"]})
    schema = openapi_document([listed])["components"]["schemas"]["dall-e-3_2026-01-16.request"]
    assert schema["properties"]["model"]["enum"] == ["dall-e-3", "dall-e-4"]
    assert contract.request_schema["properties"]["model"]["enum"] == ["dall-e-3"]


def test_both_spellings_of_a_path_stand_in_the_document() -> None:
    contract = load("openai/gpt-image-1-5")
    paths = openapi_document([contract])["paths"]
    operations = [paths[path]["post"]["operationId"] for path in contract.paths]
    assert operations == ["_v1_images_generations", "_images_generations"]


def test_the_key_is_described_as_the_contracts_do() -> None:
    document = openapi_document([load("dall-e-2@2025-08-19")])
    assert document["components"]["securitySchemes"] == {
        "bearer": {"type": "http", "scheme": "bearer"}
    }
    assert operation(document)["security"] == [{"bearer": []}]


def test_contracts_with_different_success_each_have_their_response() -> None:
    document = openapi_document([load("dall-e-2@2025-08-19"), load("dall-e-3@2026-01-16")])
    responses = operation(document)["responses"]
    assert "dall-e-2@2025-08-19" in responses["201"]["description"]
    assert "dall-e-3@2026-01-16" in responses["200"]["description"]
    assert list(responses) == sorted(responses)


def test_a_contract_without_documented_body_allows_any_beside_another() -> None:
    contracts = [load("dall-e-2@2025-08-19"), load("stabilityai/stable-diffusion-xl-base-1.0")]
    responses = operation(openapi_document(contracts))["responses"]
    assert responses["201"]["content"]["application/json"]["schema"]["anyOf"][1:] == [{}]

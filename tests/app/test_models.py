"""The list of models, the document of each, and the balance of a key."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openai import OpenAI
from openapi_spec_validator import OpenAPIV31SpecValidator

from mockserver import MockServer
from mockserver.contracts import default_catalog
from mockserver.openapi.export import openapi_document
from mockserver.strict_json import JSON
from tests.http import BEARER, Generate, MakeClient

TYPE = "openai/image-generations"
MODELS = "/v1/models"
CONTRACTS = default_catalog().select()
SERVED = list(CONTRACTS)


def ids(client: FlaskClient, query: str = "") -> list[str]:
    return [entry["id"] for entry in client.get(MODELS + query).get_json()["data"]]


def get(client: FlaskClient, path: str, key: str = "mock-key") -> dict[str, JSON]:
    body: dict[str, JSON] = client.get(path, headers={"Authorization": f"Bearer {key}"}).get_json()
    return body


@pytest.mark.parametrize("path", [MODELS, "/models"])
def test_every_served_model_is_listed_without_a_key(client: FlaskClient, path: str) -> None:
    body = client.get(path).get_json()
    assert body["object"] == "list"
    assert [entry["id"] for entry in body["data"]] == SERVED
    assert {entry["type"] for entry in body["data"]} == {TYPE}


def test_the_openai_sdk_lists_the_models() -> None:
    with MockServer() as api, OpenAI(base_url=api.base_url, api_key=api.key) as client:
        assert [model.id for model in client.models.list()] == SERVED


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?id=flux/schnell", ["flux/schnell"]),
        ("?id=flux%2Fschnell&id=dall-e-2", ["dall-e-2", "flux/schnell"]),
        (f"?type={TYPE}", SERVED),
        (f"?id=flux/schnell&type={TYPE}", ["flux/schnell"]),
        ("?id=no-such-model", []),
        ("?id=", []),
        ("?type=another-type", []),
        ("?limit=1", SERVED),
    ],
)
def test_the_list_is_filtered(client: FlaskClient, query: str, expected: list[str]) -> None:
    assert ids(client, query) == expected


def test_a_list_that_the_client_has_is_not_sent_again(client: FlaskClient) -> None:
    tag = client.get(MODELS).headers["ETag"]
    assert tag.startswith('"')
    again = client.get(MODELS, headers={"If-None-Match": tag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    other = client.get(f"{MODELS}?id=dall-e-2", headers={"If-None-Match": tag})
    assert other.status_code == 200


@pytest.mark.parametrize("model", ["dall-e-2", "flux/schnell", "openai/gpt-image-1-5"])
def test_an_entry_leads_to_the_document_of_its_model(client: FlaskClient, model: str) -> None:
    (entry,) = client.get(MODELS, query_string={"id": model}).get_json()["data"]
    document = client.get(entry["info"]["docsJson"]).get_json()
    assert set(document["paths"]) == set(CONTRACTS[model].paths)
    assert document == openapi_document([CONTRACTS[model]])


@pytest.mark.parametrize(
    ("settings", "host", "origin"),
    [
        ({}, "mock.test:8000", "http://mock.test:8000"),
        ({"public_url": "https://mock.test/api"}, "localhost", "https://mock.test/api"),
    ],
)
def test_documents_have_the_origin_of_links(
    make_client: MakeClient, settings: dict[str, JSON], host: str, origin: str
) -> None:
    response = make_client(**settings).get(f"{MODELS}?id=dall-e-2", headers={"Host": host})
    query = "model=dall-e-2&endpoint=openai%2Fimage-generations"
    assert response.get_json()["data"][0]["info"]["docsJson"] == f"{origin}/docs-json?{query}"


def test_a_list_at_a_host_that_links_cannot_lead_to_gets_400(client: FlaskClient) -> None:
    response = client.get(MODELS, headers={"Host": "a b"})
    assert (response.status_code, response.get_json()["statusCode"]) == (400, 400)


@pytest.mark.parametrize(
    "query", ["", "?model=no-such-model", f"?endpoint={TYPE}", "?model=dall-e-2&endpoint=chat"]
)
def test_a_document_that_does_not_exist_gets_404(client: FlaskClient, query: str) -> None:
    response = client.get(f"/docs-json{query}")
    assert response.status_code == 404
    assert "Expected a model of /v1/models" in response.get_json()["message"]


@pytest.mark.parametrize(
    ("settings", "balance"), [({}, 2_000_000_000), ({"credits": 250_000}, 130_000)]
)
def test_the_balance_is_that_of_the_key(
    make_client: MakeClient, settings: dict[str, JSON], balance: int
) -> None:
    client = make_client(contracts=("dall-e-2@2026-01-16",), **settings)
    Generate(client)(size="256x256")
    assert get(client, "/v1/billing/balance")["balance"] == balance
    assert get(client, "/v2/billing")["current_balance"] == balance / 2_000_000
    assert get(client, "/v1/billing/balance", "mock-other")["balance"] == (
        settings.get("credits") or balance
    )


@pytest.mark.parametrize(("balance", "low"), [(119_999, True), (120_000, False)])
def test_a_balance_that_pays_no_image_is_low(
    make_client: MakeClient, balance: int, low: bool
) -> None:
    assert get(make_client(credits=balance), "/v1/billing/balance")["lowBalance"] is low


@pytest.mark.parametrize("path", ["/v1/billing/balance", "/v2/billing"])
@pytest.mark.parametrize("key", ["", "mock-wrong"])
def test_the_balance_needs_a_valid_key(make_client: MakeClient, path: str, key: str) -> None:
    body = get(make_client(api_keys=("mock-key",)), path, key)
    assert (body["statusCode"], body["path"]) == (401, path)


@pytest.mark.parametrize(
    "path",
    [
        MODELS,
        "/models",
        "/docs-json?model=dall-e-2&endpoint=openai/image-generations",
        "/v1/billing/balance",
        "/v2/billing",
    ],
)
def test_a_further_route_is_as_the_document_of_the_mock_says(
    client: FlaskClient, path: str
) -> None:
    document = client.get("/openapi.json").get_json()
    operation = document["paths"][path.partition("?")[0]]["get"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    Draft202012Validator(schema).validate(get(client, path))
    wrong = client.post(path, headers=BEARER)
    assert wrong.status_code == 405
    assert set(wrong.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    page = client.get(path, headers={**BEARER, "Origin": "https://page.test"})
    assert page.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.nightly  # it has all contracts
def test_the_document_of_the_mock_is_valid(client: FlaskClient) -> None:
    document = client.get("/openapi.json").get_json()
    assert [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()] == []

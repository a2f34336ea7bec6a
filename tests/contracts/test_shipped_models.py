"""Every shipped contract takes every documented value, and makes the images that it asks for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from mockserver.contracts import Contract, ImageRequest
from mockserver.contracts.vocabulary import vocabulary
from tests.http import ALL_CONTRACTS, CONTRACTS, Generate, MakeClient, load

IMPORTED = [name for name in ALL_CONTRACTS if name not in CONTRACTS]
UNREAD = {"tif", "tiff"}
"""Documented formats in which the mock makes no images."""

Schema = Mapping[str, Any]


def plainest(schema: Schema) -> object:
    """The plainest value that a schema allows."""
    if "anyOf" in schema:
        return plainest(schema["anyOf"][0])
    if "enum" in schema:
        return schema["enum"][0]
    if schema["type"] == "array":
        return [plainest(schema["items"])]
    if schema["type"] == "object":
        return {name: plainest(part) for name, part in schema.get("properties", {}).items()}
    values = {"boolean": True, "string": "A red fox", "integer": 1, "number": 1}
    if schema.get("format") == "uri":
        return "https://images.test/fox.png"
    return schema.get("minimum", values[schema["type"]])


def documented_values(schema: Schema) -> Iterator[object]:
    """Every listed value of a field, and every bound."""
    for branch in schema.get("anyOf", []):
        yield from documented_values(branch)
    yield from schema.get("enum", [])
    yield from [True, False] if schema.get("type") == "boolean" and "enum" not in schema else []
    yield from (schema[key] for key in ("minimum", "maximum", "default") if key in schema)
    yield from (
        length * "x"
        for length in [schema.get("maxLength")]
        if length and schema.get("type") == "string"
    )
    sides = schema.get("properties", {})
    if sides.keys() == {"width", "height"}:
        yield from (
            {side: part.get(bound, 1024) for side, part in sides.items()}
            for bound in ("minimum", "maximum")
        )


def required_fields(contract: Contract) -> dict[str, object]:
    """The smallest valid request's body."""
    fields = contract.request_schema["properties"]
    return {name: plainest(fields[name]) for name in contract.request_schema["required"]}


def ratio(size: tuple[int, int]) -> float:
    return size[0] / size[1]


def check(name: str, value: Any, made: ImageRequest) -> None:  # noqa: ANN401 - any JSON
    """Assert that a field's value did to the images what it says."""
    known = vocabulary()
    if name in known.fields["count"]:
        assert made.count == value
    if isinstance(value, dict):
        assert (made.width, made.height) == (value["width"], value["height"])
        return
    if name in known.fields["ratio"] and value not in known.automatic:
        width, height = map(float, value.split(":"))
        assert ratio((made.width, made.height)) == pytest.approx(width / height, rel=0.01)
    if name in known.fields["resolution"]:
        assert max(made.width, made.height) == known.resolutions[str(value).upper()]
    if name in known.fields["size"] and value in known.sizes:
        assert (made.width, made.height) == known.sizes[value]
    if name == "output_format" and value not in UNREAD:
        assert made.media_type == known.formats[value]
    if name in known.switches:
        assert made.as_base64 == (known.switches[name][str(value).lower()] == "base64")
    if name == "response_format":
        assert made.as_base64 == (value == "b64_json")


@pytest.mark.parametrize("contract_id", IMPORTED)
def test_every_documented_value_is_taken_and_does_what_it_says(contract_id: str) -> None:
    contract = load(contract_id)
    body = required_fields(contract)
    for name, schema in contract.request_schema["properties"].items():
        for value in documented_values(schema):
            assert contract.request_findings({**body, name: value}) == [], (name, value)
            check(name, value, contract.image_request({**body, name: value}))


@pytest.mark.parametrize(
    "contract_id",
    [
        name if i % 10 == 0 else pytest.param(name, marks=pytest.mark.nightly)
        for i, name in enumerate(IMPORTED)
    ],
)
def test_the_mock_keeps_every_imported_contract(contract_id: str, make_client: MakeClient) -> None:
    contract = load(contract_id)
    client = make_client(contracts=(contract_id,))
    exchange = Generate(client, model=contract.model).exchange_of(
        json.dumps(required_fields(contract)).encode()
    )
    assert exchange.response.status == contract.success
    assert contract.findings(exchange) == []


def test_both_spellings_of_a_path_are_served(make_client: MakeClient) -> None:
    body = {"model": "openai/gpt-image-1-5", "prompt": "A red fox"}
    headers = {"Authorization": "Bearer mock-key"}
    for path in load("openai/gpt-image-1-5").paths:
        assert make_client().post(path, json=body, headers=headers).status_code == 200
    assert len(load("openai/gpt-image-1-5").paths) == 2


def test_dollars_stand_beside_credits_in_the_documented_ratio(make_client: MakeClient) -> None:
    generate = Generate(make_client(cost=120_000), model="openai/gpt-image-1")
    usage = generate.response()["meta"]["usage"]
    assert usage == {"credits_used": 120_000, "usd_spent": 0.06}


def test_source_images_are_validated(make_client: MakeClient) -> None:
    body = required_fields(load("topaz-labs/sharpen"))
    send = Generate(make_client()).send
    assert send(body).status_code == 200
    assert send({**body, "image_url": "no link"}).status_code == 400
    del body["image_url"]
    assert send(body).status_code == 400

"""Every shipped contract takes every documented value, and makes the images that it asks for."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pytest
from flask.testing import FlaskClient

from mockserver.contracts import Contract, Exchange, Response
from mockserver.contracts.image_request import resolution, terms
from mockserver.contracts.refs import read_object
from mockserver.contracts.response_shape import placeholders
from mockserver.images.inspect import ImageFile, inspect
from mockserver.openapi.contract_files import shared_name
from mockserver.paths import SCHEMAS
from mockserver.recording.json_strings import strings
from mockserver.recording.response_images import decode_image
from tests.http import DEFAULTS, Generate, MakeClient, load

SAME = {"jpg": "jpeg", "tif": "tiff"}
"""Formats that have two names."""

Schema = Mapping[str, Any]

inspected = lru_cache(maxsize=32)(inspect)


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
        for bound in ("minimum", "maximum"):
            whole = {side: part.get(bound, 1024) for side, part in sides.items()}
            yield whole
            if not schema.get("required"):
                yield from ({side: value} for side, value in whole.items())


def required_fields(contract: Contract) -> dict[str, object]:
    """The smallest valid request's body."""
    fields = contract.request_schema["properties"]
    body = {name: plainest(fields[name]) for name in contract.request_schema["required"]}
    return {**body, "model": contract.model}


def documented_bodies(contract: Contract) -> Iterator[tuple[dict[str, Any], Mapping[str, Any]]]:
    """Valid bodies, each with the fields whose values say what its images are."""
    plain = required_fields(contract)
    fields = contract.request_schema["properties"]
    defaults = {name: field["default"] for name, field in fields.items() if "default" in field}
    yield plain, defaults | plain
    for name, field in fields.items():
        for value in documented_values(field):
            if name != "model":
                yield {**plain, name: value}, {name: completed(field, value)}


def completed(schema: Schema, value: Any) -> Any:  # noqa: ANN401 - any JSON
    """An object with the defaults of its fields."""
    if not isinstance(value, dict):
        return value
    (fields,) = (part["properties"] for part in schema["anyOf"] if "properties" in part)
    return {side: value.get(side, part.get("default")) for side, part in fields.items()}


@dataclass(frozen=True)
class Made:
    """The images that came.

    :ivar has_choice: whether the contract documents both base64 and links.
    """

    has_choice: bool
    as_base64: bool
    images: list[ImageFile]

    @classmethod
    def of(cls, contract: Contract, exchange: Exchange) -> Made:
        has_choice = {"image.base64", "image.url"} <= placeholders(contract.shape)
        texts = [text for _, text in strings(json.loads(exchange.response.body))]
        encoded = [data for text in texts if (data := decode_image(text))]
        linked = [came.body for came in exchange.downloads.values() if isinstance(came, Response)]
        assert not (encoded and linked)
        images = [inspected(data) for data in encoded + linked]
        return cls(has_choice, bool(encoded), images)

    @property
    def size(self) -> tuple[int, int]:
        (size,) = {(image.width, image.height) for image in self.images}
        return size

    @property
    def media_type(self) -> str:
        (media_type,) = {image.media_type for image in self.images}
        return media_type


def check(name: str, value: Any, made: Made) -> Iterator[str]:  # noqa: ANN401 - any JSON
    """Assert that the images are what a field's value says; yield what it is about."""
    fields = terms()["fields"]
    if name in fields["count"]:
        assert len(made.images) == value
        yield "count"
    if name in {*fields["size"], *fields["ratio"], *fields["resolution"]}:
        check_size(value, made.size, is_ratio=name in fields["ratio"])
        yield "size"
    if name == "output_format":
        assert made.media_type == f"image/{SAME.get(value, value)}"
        yield "format"
    if name in fields["delivery"] and made.has_choice:
        base64 = {"response_format": "b64_json", "convert_base64_to_url": False, "sync_mode": True}
        assert made.as_base64 == (value == base64[name])
        yield "delivery"


def check_size(value: Any, size: tuple[int, int], *, is_ratio: bool) -> None:  # noqa: ANN401
    """Assert that images have the size that a value says, where it says one."""
    known = terms()
    if isinstance(value, dict):
        assert size == (value["width"], value["height"])
    elif is_ratio and value not in known["automatic"]:
        width, height = map(float, value.split(":"))
        assert size[0] / size[1] == pytest.approx(width / height, rel=0.01)
    elif side := resolution(value):
        assert max(size) == side
    elif found := re.fullmatch(r"(\d+)x(\d+)", str(value)):
        assert size == (int(found[1]), int(found[2]))
    else:
        assert value in known["automatic"] or list(size) == known["sizes"][value]


def send_every_value(contract: Contract, client: FlaskClient) -> Counter[str]:
    """Send every documented value; count the requests, and the values that images are as."""
    generate, counted = Generate(client, model=contract.model), Counter[str]()
    for body, fields in documented_bodies(contract):
        exchange = generate.exchange_of(json.dumps(body).encode())
        assert exchange.response.status == contract.success, (body, exchange.response.body)
        assert contract.findings(exchange) == [], body
        made = Made.of(contract, exchange)
        counted.update(["requests"])
        for name, value in fields.items():
            counted.update(check(name, value, made))
    return counted


@pytest.mark.parametrize(
    "contract_id",
    [
        name if i % 20 == 0 else pytest.param(name, marks=pytest.mark.nightly)
        for i, name in enumerate(DEFAULTS)
    ],
)
def test_every_documented_value_makes_the_images_that_it_says(
    contract_id: str, make_client: MakeClient
) -> None:
    client = make_client(contracts=(contract_id,))
    assert send_every_value(load(contract_id), client)["requests"] > 1


@pytest.mark.parametrize("contract_id", DEFAULTS)
def test_every_documented_value_is_accepted(contract_id: str) -> None:
    contract = load(contract_id)
    for body, _ in documented_bodies(contract):
        assert contract.request_findings(body) == [], body


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


def test_shared_schemas_are_named_by_their_content() -> None:
    """An import of the same documents makes the same files."""
    for file in (SCHEMAS / "shared").iterdir():
        kind = file.name.partition("-")[0]
        assert f"shared/{file.name}" == shared_name(kind, read_object(file))

"""``--vary``: every answer differs, and none breaks its contract."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from mockserver.app.factory import STATE
from mockserver.app.variations import (
    NO_VARIATION,
    VARIATIONS_PER_SEED,
    Trait,
    Variation,
    pick_variation,
)
from mockserver.contracts import Contract, ErrorCatalog, error_catalog
from mockserver.contracts.response_shape import ObjectShape, placeholders, shape_of
from mockserver.images import ImageLibrary
from mockserver.strict_json import JSON
from tests.http import CONTRACTS, NEWEST, NOW, Generate, MakeClient, load

SEEDS = range(12)


def prompts(number: int = VARIATIONS_PER_SEED) -> list[str]:
    return [f"A red fox, take {i}" for i in range(number)]


def generates(make_client: MakeClient, contract: Contract, seed: int) -> Generate:
    client = make_client(contracts=(contract.id,), vary=seed)
    return Generate(client)


def ask(generate: Generate, contract: Contract, **fields: JSON) -> Any:  # noqa: ANN401
    size = "1024x1024" if contract.model == "dall-e-3" else "256x256"
    return generate.exchange(model=contract.model, size=size, **fields)


def last_variation(client: FlaskClient) -> str:
    response = client.get("/__admin/requests?method=POST")
    return str(response.get_json()["requests"][-1]["variation"])


@pytest.mark.parametrize("contract_id", CONTRACTS)
@pytest.mark.parametrize(
    "seed", [*SEEDS[:4], *(pytest.param(seed, marks=pytest.mark.nightly) for seed in SEEDS[4:])]
)
def test_no_variation_breaks_its_contract(
    make_client: MakeClient, contract_id: str, seed: int
) -> None:
    contract = load(contract_id)
    generate = generates(make_client, contract, seed)
    for i, prompt in enumerate(prompts(6)):
        form = ("url", "b64_json")[i % 2]
        exchange = ask(generate, contract, prompt=prompt, response_format=form)
        assert exchange.response.status == contract.success
        assert contract.findings(exchange) == [], last_variation(generate.client)


@pytest.mark.parametrize("contract_id", CONTRACTS)
def test_every_variation_of_a_seed_keeps_the_schema(contract_id: str) -> None:
    contract = load(contract_id)
    for variation in every_variation():
        for as_base64 in (False, True):
            shape = variation.reshape(contract.shape, as_base64)
            filters = {name for name in placeholders(contract.shape) if name.startswith("request.")}
            assert filters <= placeholders(shape), variation.name


def picked(seed: int, prompt: str) -> Variation:
    return pick_variation(seed, prompt, load(NEWEST).image_request({}))


def every_variation() -> Iterator[Variation]:
    for seed in SEEDS:
        yield from {picked(seed, prompt) for prompt in prompts(400)}


def test_a_seed_has_all_of_its_variations_and_every_trait() -> None:
    for seed in SEEDS:
        drawn = {picked(seed, prompt) for prompt in prompts(400)}
        assert len({variation.seed for variation in drawn}) == VARIATIONS_PER_SEED
        assert set().union(*(variation.traits for variation in drawn)) == set(Trait)


def test_the_same_seed_and_request_give_the_same_response(make_client: MakeClient) -> None:
    def responses(seed: int) -> list[bytes]:
        generate = Generate(make_client(contracts=(NEWEST,), vary=seed))
        fields = {"size": "256x256", "response_format": "b64_json"}
        return [generate(prompt=prompt, **fields).data for prompt in prompts(8)]

    assert responses(1) == responses(1)
    assert responses(1) != responses(2)


def test_without_a_seed_nothing_varies(generate: Generate) -> None:
    assert generate(size="256x256").status_code == 201
    assert last_variation(generate.client) == "None"
    assert NO_VARIATION.name == ""
    assert NO_VARIATION.age == 0


def test_the_journal_names_the_variation(make_client: MakeClient) -> None:
    client = make_client(vary=7)
    Generate(client)(prompt="A fox", size="256x256")
    seed, _, traits = last_variation(client).partition(": ")
    assert seed.startswith("7/")
    assert set(traits.split(", ")) <= set(Trait)


def varied(make_client: MakeClient, monkeypatch: pytest.MonkeyPatch, *traits: Trait) -> Generate:
    """A mock whose every answer has these traits."""
    client = make_client(contracts=(NEWEST,), vary=0)
    variation = Variation("0/0", frozenset(traits))
    monkeypatch.setattr(client.application.extensions[STATE], "variation", lambda *_: variation)
    return Generate(client)


def test_fields_come_in_another_order(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = Generate(make_client(contracts=(NEWEST,)))(size="256x256").get_json()
    orders = set()
    for seed in range(8):
        variation = Variation(f"0/{seed}", frozenset({Trait.ORDER}))
        shape = variation.reshape(load(NEWEST).shape, False)
        assert isinstance(shape, ObjectShape)
        orders.add(tuple(shape.fields))
    assert len(orders) > 2
    response = varied(make_client, monkeypatch, Trait.ORDER)(size="256x256").get_json()
    assert response.keys() == plain.keys()


@pytest.mark.parametrize("form", ["url", "b64_json"])
def test_what_was_not_asked_for_may_be_null(form: str) -> None:
    other = {"url": "b64_json", "b64_json": "url"}[form]
    seen = set()
    for seed in range(20):
        variation = Variation(f"0/{seed}", frozenset({Trait.NULL}))
        shape: Any = variation.reshape(load(NEWEST).shape, form == "b64_json")
        item = shape.fields["data"].item.fields
        assert item[form].placeholder
        seen.add(other in item)
        assert item.get(other) is None or item[other].placeholder is item[other].constant is None
    assert seen == {True, False}


def test_what_may_be_absent_is_sometimes() -> None:
    seen = set()
    for seed in range(20):
        variation = Variation(f"0/{seed}", frozenset({Trait.ABSENT}))
        shape: Any = variation.reshape(load(NEWEST).shape, False)
        assert {"created", "data"} <= shape.fields.keys()
        seen.add("meta" in shape.fields)
    assert seen == {True, False}


def test_unknown_fields_come_where_they_are_allowed(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    response = varied(make_client, monkeypatch, Trait.EXTRA)(size="256x256").get_json()
    assert "x_mock_0" in response
    assert "x_mock_0" in response["data"][0]


def test_a_response_may_be_older_than_its_links(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    generate = varied(make_client, monkeypatch, Trait.PAST)
    response = generate(size="256x256").get_json()
    assert NOW - 30 * 24 * 3600 <= response["created"] < NOW
    assert generate.client.get(response["data"][0]["url"]).status_code == 200


def test_long_links_lead_to_their_images(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    generate = varied(make_client, monkeypatch, Trait.LONG)
    url = generate(size="256x256").get_json()["data"][0]["url"]
    assert 1500 < len(url) < 2048
    assert generate.client.get(url).status_code == 200


def test_images_may_be_jpeg_files(make_client: MakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    generate = varied(make_client, monkeypatch, Trait.JPEG)
    url = generate(size="256x256", n=2).get_json()["data"][1]["url"]
    response = generate.client.get(url)
    assert url.partition("?")[0].endswith(".jpg")
    assert response.mimetype == "image/jpeg"
    assert response.content_length == len(response.data)
    encoded = generate(size="256x256", n=2, response_format="b64_json").get_json()["data"][1]
    assert base64.b64decode(encoded["b64_json"], validate=True) == response.data


def test_a_jpeg_file_is_encoded_once() -> None:
    library = ImageLibrary()
    name = library.names[0]
    first = library.image(name, (256, 256), "image/jpeg")
    again = library.image(name, (256, 256), "image/jpeg")
    assert again is first
    assert again.rest_base64 is first.rest_base64


def test_a_spoiled_jpeg_file_is_a_finding(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    generate = varied(make_client, monkeypatch, Trait.JPEG)
    generate.headers["Prefer"] = "fault=corrupted-image"  # type: ignore[index]
    found = load(NEWEST).findings(generate.exchange(size="256x256"))
    assert [finding.rule for finding in found] == ["image"]


ENTANGLED: dict[str, JSON] = {
    "properties": {"a": {"type": ["string", "null"]}, "b": {"type": "string"}},
    "anyOf": [{"required": ["a"]}, {"required": ["b"]}],
}


@pytest.mark.parametrize(
    ("schema", "optional", "nullable", "is_open"),
    [
        (ENTANGLED, set(), set(), False),
        ({"properties": {"a": {"type": "string"}}, "required": ["a"]}, set(), set(), True),
        ({"properties": {"a": {"type": ["string", "null"]}}}, {"a"}, {"a"}, True),
        ({"properties": {"a": {"type": ["string", "null"], "enum": ["x"]}}}, {"a"}, set(), True),
        ({"properties": {"a": {}}, "additionalProperties": False}, {"a"}, set(), False),
    ],
)
def test_a_shape_knows_the_freedom_of_its_schema(
    schema: dict[str, JSON], optional: set[str], nullable: set[str], is_open: bool
) -> None:
    shape = shape_of(schema)
    assert isinstance(shape, ObjectShape)
    assert (set(shape.optional), set(shape.nullable), shape.open) == (optional, nullable, is_open)


def test_both_schemas_have_to_leave_a_freedom() -> None:
    part = {"type": ["string", "null"]}
    below = {"properties": {"a": {"type": "string"}, "b": part}, "required": ["a"]}
    above = {"properties": {"a": part, "b": {"type": "string"}}, "required": ["b"]}
    for shape in (shape_of(below, above), shape_of(above, below)):
        assert isinstance(shape, ObjectShape)
        assert not shape.optional
        assert not shape.nullable


def test_errors_do_not_vary(make_client: MakeClient) -> None:
    catalog: ErrorCatalog = error_catalog()
    response = Generate(make_client(vary=1))(size="1x1")
    assert response.status_code == catalog["validation"].status
    assert list(json.loads(response.data)) == list(catalog.schema["properties"])

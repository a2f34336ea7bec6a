"""The mock answers every valid request as its contract says, and the contract finds nothing."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient

from mockserver.strict_json import JSON
from tests.http import (
    BEARER,
    CONTRACTS,
    DEFAULTS,
    NOW,
    PAGE_PROMPT,
    PATH,
    PINNED,
    Generate,
    MakeClient,
    load,
)

MockFor = Callable[[str], Generate]

FIRST, EARLY, LINKED = "dall-e-2@2024-09-10", "dall-e-2@2025-02-27", "dall-e-2@2025-06-12"
TOKENS, CREDITS, E3 = "dall-e-2@2025-11-20", "dall-e-2@2026-01-16", "dall-e-3@2026-01-16"
DATA = [FIRST, EARLY, LINKED, TOKENS, CREDITS, E3]
COUNTS = {"256x256": (1, 2, 10), "512x512": (1, 3), "1024x1024": (1, 2)}


def sweep() -> list[tuple[str, str, int, str]]:
    """Every contract with each of its sizes, some numbers of images, both formats."""
    rows = []
    for contract_id in CONTRACTS:
        fields = load(contract_id).request_schema["properties"]
        for size in filter(None, fields["size"]["enum"]):
            counts = COUNTS.get(size, (1,)) if contract_id != E3 else (1,)
            for n, way in itertools.product(counts, ("url", "b64_json")):
                rows.append((contract_id, size, n, way))
    return rows


@pytest.mark.parametrize(("contract_id", "size", "n", "way"), sweep())
def test_a_response_has_no_finding(
    mock_for: MockFor, contract_id: str, size: str, n: int, way: str
) -> None:
    exchange = mock_for(contract_id).exchange(size=size, n=n, response_format=way)
    assert load(contract_id).findings(exchange) == []
    assert exchange.response.status == load(contract_id).success


@pytest.mark.parametrize("contract_id", CONTRACTS)
def test_what_is_left_out_is_answered_by_the_defaults(mock_for: MockFor, contract_id: str) -> None:
    exchange = mock_for(contract_id).exchange()
    assert load(contract_id).findings(exchange) == []


def test_a_job_tells_what_it_was_asked_and_what_it_made(mock_for: MockFor) -> None:
    job = mock_for(PINNED).response(prompt=PAGE_PROMPT, n=2.0, size="256x256", quality="hd")
    choices = job["output"].pop("choices")
    assert [list(choice) for choice in choices] == [["image_base64"]] * 2
    assert job == {
        "status": "finished",
        "prompt": [PAGE_PROMPT],
        "model": "dall-e-2",
        "model_owner": "openai",
        "tags": {},
        "num_returns": 2,
        "args": {
            "model": "dall-e-2",
            "prompt": PAGE_PROMPT,
            "n": 2,
            "steps": 25,
            "size": "256x256",
        },
        "subjobs": [],
        "output": {},
    }


def test_a_jobs_fields_stand_in_documented_order(mock_for: MockFor) -> None:
    schema = load(PINNED).response_schema
    assert schema is not None
    response = mock_for(PINNED)(size="256x256")
    positions = [response.text.index(f'"{name}": ') for name in schema["properties"]]
    assert positions == sorted(positions)
    assert response.text.index('"num_returns": 1') > 0


@pytest.mark.parametrize("contract_id", DATA)
@pytest.mark.parametrize(("way", "key"), [("url", "url"), ("b64_json", "b64_json"), (None, "url")])
def test_an_item_holds_only_the_way_that_was_asked_for(
    mock_for: MockFor, contract_id: str, way: str | None, key: str
) -> None:
    asked = {"response_format": way} if way else {}
    body = mock_for(contract_id).response(**asked)
    assert [{"url", "b64_json"} & item.keys() for item in body["data"]] == [{key}]


def test_a_revised_prompt_is_the_prompt(mock_for: MockFor) -> None:
    body = mock_for(E3).response(prompt="A red fox")
    assert [item["revised_prompt"] for item in body["data"]] == ["A red fox"]


@pytest.mark.parametrize("contract_id", DATA)
def test_created_is_the_whole_second(make_client: MakeClient, contract_id: str) -> None:
    client = make_client(contracts=(contract_id,))
    body = Generate(client, model=contract_id.partition("@")[0]).response()
    assert repr(body["created"]) == str(int(NOW))


@pytest.mark.parametrize(
    ("contract_id", "usage"),
    [(TOKENS, "tokens_used"), (CREDITS, "credits_used"), (E3, "credits_used")],
)
def test_usage_is_counted_in_the_revisions_own_unit(
    mock_for: MockFor, contract_id: str, usage: str
) -> None:
    body = mock_for(contract_id).response()
    assert body["meta"] == {"usage": {usage: 120_000}}


def test_usage_is_the_cost_of_an_image_times_their_number(make_client: MakeClient) -> None:
    generate = Generate(make_client(contracts=(CREDITS,), cost=7))
    body = generate.response(n=3, size="256x256")
    assert body["meta"]["usage"]["credits_used"] == 21


@pytest.mark.parametrize("contract_id", [EARLY, LINKED])
def test_where_no_body_was_documented_the_printed_sample_is_followed(
    mock_for: MockFor, contract_id: str
) -> None:
    body = mock_for(contract_id).response(n=2, size="256x256")
    assert list(body) == ["created", "data"]
    assert [list(item) for item in body["data"]] == [["url"], ["url"]]


@pytest.mark.parametrize(
    ("contract_id", "size"), [(EARLY, "1792x1024"), (EARLY, "1024x1792"), (E3, "1024x1792")]
)
def test_a_size_that_no_fixture_has_is_answered_all_the_same(
    mock_for: MockFor, contract_id: str, size: str
) -> None:
    exchange = mock_for(contract_id).exchange(size=size, response_format="b64_json", style="vivid")
    assert load(contract_id).findings(exchange) == []


def test_the_model_in_the_body_chooses_the_contract(generate: Generate) -> None:
    assert "output" in generate(size="256x256").text
    e3 = generate(model="dall-e-3", response_format="b64_json")
    assert e3.status_code == 200
    assert list(e3.json or ()) == ["data", "meta", "created"]


def test_a_request_without_a_model_is_for_the_first_contract(make_client: MakeClient) -> None:
    client = make_client(contracts=(EARLY,))
    response = client.post(PATH, json={"prompt": "A red fox"}, headers=BEARER)
    assert response.status_code == 201


@pytest.mark.parametrize("path", [PATH, f"{PATH}/"])
def test_a_trailing_slash_makes_no_difference(client: FlaskClient, path: str) -> None:
    body = {"model": "dall-e-2", "prompt": "A red fox", "size": "256x256"}
    assert client.post(path, json=body, headers=BEARER).status_code == 201


@pytest.mark.parametrize(
    "prompt",
    [
        "🦖 on 🏖️",
        "שלום עולם",
        "e\u0301a\u0308",
        'a\n\tb"\\/',
        "\x00\x7f\u2028",
        "</script>",
        "x" * 1000,
    ],
)
def test_a_prompt_comes_back_as_it_was(generate: Generate, prompt: str) -> None:
    exchange = generate.exchange(prompt=prompt, size="256x256")
    assert load(PINNED).findings(exchange) == []
    assert generate.response(prompt=prompt, size="256x256")["args"]["prompt"] == prompt


@pytest.mark.parametrize(
    "extra",
    [
        {"quality": "hd"},
        {"num_images": 3, "image_size": {"width": 512, "height": 512}, "output_format": "png"},
        {"user": None, "n": 1.0},
    ],
)
def test_fields_that_the_contract_does_not_know_change_nothing(
    generate: Generate, extra: dict[str, JSON]
) -> None:
    plain, more = generate(size="256x256"), generate(size="256x256", **extra)
    assert more.data == plain.data


def test_the_same_request_gets_the_same_bytes(generate: Generate) -> None:
    assert generate(n=3, size="256x256").data == generate(n=3, size="256x256").data


@pytest.mark.parametrize(
    "authorization", ["Bearer mock-key", "bearer mock-key", "BEARER  mock-key", "Bearer ключ"]
)
def test_any_key_is_good_unless_told_otherwise(client: FlaskClient, authorization: str) -> None:
    headers = {"Authorization": authorization.encode().decode("latin-1")}
    response = client.post(PATH, json={"model": "dall-e-2", "prompt": "x"}, headers=headers)
    assert response.status_code == 201


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_json_is_known_by_its_media_type(client: FlaskClient, media_type: str) -> None:
    body = b'{"model": "dall-e-2", "prompt": "x", "size": "256x256"}'
    response = client.post(PATH, data=body, headers=BEARER, content_type=media_type)
    assert response.status_code == 201


def test_a_response_says_what_it_is_and_how_long(generate: Generate) -> None:
    response = generate(size="256x256")
    assert response.content_type == "application/json"
    assert response.content_length == len(response.data)


def test_the_mock_says_that_it_is_well_and_what_it_serves(make_client: MakeClient) -> None:
    response = make_client(contracts=(CREDITS,)).get("/healthz")
    assert response.status_code == 200
    assert response.json == {"status": "ok", "contracts": [CREDITS, *DEFAULTS[1:]]}


def test_no_url_is_built_from_a_rule(app: Flask) -> None:
    with app.test_request_context(), pytest.raises(NotImplementedError):
        url_for("/healthz")

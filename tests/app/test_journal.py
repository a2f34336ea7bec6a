"""The journal: what it keeps, how it is asked, and that no key is ever in it."""

from __future__ import annotations

import io
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from mockserver.app.factory import STATE
from mockserver.app.tenants import tenant_id
from mockserver.images import Image
from mockserver.strict_json import JSON
from tests.http import BEARER, PATH, PINNED, Generate, MakeClient

EVERY_STORE = True


REQUESTS = "/__admin/requests"
SMALL = "256x256"


def entries(client: FlaskClient, **query: JSON) -> list[dict[str, Any]]:
    response = client.get(REQUESTS, query_string=query)
    assert response.status_code == 200, response.data
    found: list[dict[str, Any]] = response.get_json()["requests"]
    return found


def post(client: FlaskClient, path: str, **body: JSON) -> dict[str, Any]:
    response = client.post(f"{REQUESTS}/{path}", json=body)
    assert response.status_code == 200, response.data
    found: dict[str, Any] = response.get_json()
    return found


def test_an_entry_tells_the_whole_of_a_request(generate: Generate) -> None:
    before = time.time()
    response = generate(size=SMALL, n=2, quality="hd")
    (entry,) = entries(generate.client)
    assert entry["id"] == response.headers["X-Request-Id"]
    at = datetime.fromisoformat(entry["time"]).timestamp()
    assert before - 0.01 <= at <= time.time(), "the journal rounds to milliseconds"
    assert entry["tenant"] == tenant_id("mock-key")
    assert (entry["method"], entry["path"]) == ("POST", PATH)
    assert (entry["contract"], entry["status"]) == (PINNED, 201)
    assert entry["fields"]["n"] == 2
    assert (entry["fault"], entry["variation"], entry["message"]) == (None, None, None)
    assert entry["duration_ms"] >= 0
    assert [image["width"] for image in entry["images"]] == [256, 256]
    assert all(len(image["sha256"]) == 64 for image in entry["images"])
    assert entry["images"][0]["name"] != entry["images"][1]["name"]


def test_what_was_let_through_is_a_finding_all_the_same(generate: Generate) -> None:
    generate(size=SMALL, quality="hd", n=10, response_format="b64_json")
    (entry,) = entries(generate.client)
    rules = {finding["pointer"]: finding["rule"] for finding in entry["findings"]}
    assert rules == {
        "/request/body/quality": "unread",
        "/request/body/n": "near-limit",
        "/request/body/response_format": "no-effect",
    }


def test_what_was_refused_is_a_finding_with_its_message(generate: Generate) -> None:
    generate(size="1x1")
    (entry,) = entries(generate.client)
    assert entry["status"] == 400
    assert [finding["level"] for finding in entry["findings"]] == ["documented"]
    assert entry["message"].startswith("Body validation error!\nsize: Invalid enum value.")


def test_what_was_no_json_is_kept_without_fields(generate: Generate) -> None:
    headers = {**BEARER, "Content-Type": "application/json"}
    generate.client.post(PATH, data=b"{", headers=headers)
    (entry,) = entries(generate.client)
    assert (entry["fields"], entry["contract"], entry["findings"]) == (None, PINNED, [])


def test_an_unknown_model_is_kept_without_a_contract(generate: Generate) -> None:
    generate(model="dall-e-9")
    (entry,) = entries(generate.client, model="dall-e-9")
    assert (entry["contract"], entry["status"]) == (None, 400)


def test_a_wrong_path_is_kept_with_its_tenant(client: FlaskClient) -> None:
    client.post("/v1/images/generation", json={}, headers=BEARER)
    client.get("/favicon.ico")
    first, second = entries(client)
    assert (first["status"], first["tenant"]) == (404, tenant_id("mock-key"))
    assert (second["path"], second["tenant"]) == ("/favicon.ico", "-")


def test_a_download_is_kept_with_the_tenant_of_its_image(make_client: MakeClient) -> None:
    client = make_client(contracts=("dall-e-2@2026-01-16",))
    client.get(Generate(client)(size=SMALL).get_json()["data"][0]["url"])
    (entry,) = entries(client, method="GET")
    assert (entry["tenant"], entry["status"]) == (tenant_id("mock-key"), 200)


def test_questions_about_the_mock_are_not_kept(client: FlaskClient) -> None:
    for path in ("/healthz", "/openapi.json", REQUESTS, "/__admin/nothing"):
        client.get(path, headers=BEARER)
    assert entries(client) == []


def test_the_oldest_entry_makes_room(make_client: MakeClient) -> None:
    client = make_client(journal=3)
    for i in range(5):
        Generate(client)(size=SMALL, prompt=f"Fox {i}")
    assert [entry["fields"]["prompt"] for entry in entries(client)] == ["Fox 2", "Fox 3", "Fox 4"]


def test_long_and_deep_fields_are_cut(generate: Generate) -> None:
    deep: JSON = "bottom"
    for _ in range(10):
        deep = [deep]
    more = {f"field {i}": i for i in range(100)}
    generate(size=SMALL, long="x" * 5000, deep=deep, many=list(range(100)), **{"n" * 300: 1})
    generate(size=SMALL, **more)
    first, second = entries(generate.client)
    assert first["fields"]["long"] == "x" * 4000 + "…"
    assert json.dumps(first["fields"]["deep"], ensure_ascii=False) == '[[["…"]]]'
    assert len(first["fields"]["many"]) == len(second["fields"]) == 50
    assert "n" * 100 + "…" in first["fields"]


def test_an_entry_has_the_headers_of_the_request_without_secrets(generate: Generate) -> None:
    sent = {
        "Idempotency-Key": "order-7",
        "X-Title": "caf\xe9",
        "Cookie": "session=planted-session-1",
        "X-Api-Key": "planted-api-key-1",
        "X-Long": "x" * 20_000,
    }
    generate.client.post(PATH, json=generate.body({"size": SMALL}), headers={**BEARER, **sent})
    (entry,) = entries(generate.client)
    headers = entry["headers"]
    assert (headers["idempotency-key"], headers["x-title"]) == ("order-7", "caf\xe9")
    assert headers["content-type"] == "application/json"
    assert headers["authorization"] == "Bearer [redacted]"
    assert headers["x-long"] == "x" * 400 + "…"
    assert "planted" not in json.dumps(entry)


def test_an_entry_is_small_whatever_was_sent(generate: Generate) -> None:
    wide: JSON = "x" * 40
    for _ in range(3):
        wide = [wide] * 50
    generate.client.post("/__admin/faults", json={"fault": "corrupted-image", "times": 2})
    generate(size=SMALL, n=10, wide=wide, many={f"n{i}": [[2**60] * 50] * 50 for i in range(50)})
    generate.client.post("/" + "p" * 60_000, json=[wide], headers=BEARER)
    for entry in entries(generate.client):
        assert len(json.dumps(entry, ensure_ascii=False)) < 100_000
    journal = generate.client.application.extensions[STATE].journal
    assert not any(
        isinstance(part, Image) for entry in journal.entries({}) for part in entry.images
    )


def populate(client: FlaskClient) -> None:
    generate = Generate(client)
    client.post("/__admin/faults", json={"status": 503})
    generate(size=SMALL, prompt="A red fox")
    generate(size=SMALL, prompt="A red hen")
    generate(prompt="A blue hen", model="dall-e-3")
    generate(size="1x1", prompt="A blue fox")
    Generate(client, headers={"Authorization": "Bearer mock-other"})(size=SMALL, prompt="An owl")
    client.get("/nowhere")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, [0, 1, 2, 3, 4, 5]),
        ({"tenant": tenant_id("mock-other")}, [4]),
        ({"tenant": "-"}, [5]),
        ({"method": "GET"}, [5]),
        ({"path": "/nowhere"}, [5]),
        ({"model": "dall-e-3"}, [2]),
        ({"prompt": "red"}, [0, 1]),
        ({"prompt": "A red hen"}, [1]),
        ({"prompt": "RED"}, []),
        ({"size": SMALL}, [0, 1, 4]),
        ({"size": "1024x1024"}, [2]),
        ({"contract": "dall-e-3@2026-01-16"}, [2]),
        ({"fault": "unavailable"}, [0]),
        ({"status": 400}, [3]),
        ({"status": 201, "prompt": "hen"}, [1]),
        ({"limit": 2}, [4, 5]),
        ({"limit": 1, "prompt": "red"}, [1]),
    ],
)
def test_requests_are_found_by_all_that_is_asked(
    client: FlaskClient, query: dict[str, JSON], found: list[int]
) -> None:
    populate(client)
    everything = [entry["id"] for entry in entries(client)]
    assert [everything.index(entry["id"]) for entry in entries(client, **query)] == found
    if "limit" not in query:
        count = client.get(f"{REQUESTS}/count", query_string=query).get_json()
        assert count == {"count": len(found)}


def test_one_request_is_shown_by_its_id(generate: Generate) -> None:
    refused = generate(size="1x1").get_json()
    entry = generate.client.get(f"{REQUESTS}/{refused['requestId']}").get_json()
    assert str(UUID(entry["id"])) == refused["requestId"]
    assert entry["status"] == 400
    missing = generate.client.get(f"{REQUESTS}/nothing")
    assert (missing.status_code, missing.get_json()["statusCode"]) == (404, 404)
    assert "received 'nothing'" in missing.get_json()["message"]


def test_requests_are_forgotten(client: FlaskClient) -> None:
    populate(client)
    other = {"tenant": tenant_id("mock-other")}
    assert client.delete(REQUESTS, query_string=other).get_json() == {"removed": 1}
    assert entries(client, **other) == []
    assert client.delete(REQUESTS).get_json() == {"removed": 5}
    assert entries(client) == []


def test_a_wait_ends_when_enough_have_come(client: FlaskClient) -> None:
    with ThreadPoolExecutor(1) as pool:
        body = {"count": 2, "timeout": 20, "prompt": "fox"}
        waiting = pool.submit(post, client.application.test_client(), "wait", **body)
        for prompt in ("A hen", "A fox", "Two foxes", "A fox"):
            Generate(client)(size=SMALL, prompt=prompt)
        found = waiting.result(10)
    assert found["arrived"] is True
    assert found["count"] >= 2


def test_a_wait_ends_when_the_time_is_over(client: FlaskClient) -> None:
    Generate(client)(size=SMALL)
    found = post(client, "wait", count=2, timeout=0.2)
    assert (found["arrived"], found["count"]) == (False, 1)
    assert post(client, "wait", timeout=0) == {**found, "arrived": True}


@pytest.mark.parametrize(
    ("expected", "verified"),
    [
        ({}, True),
        ({"at_least": 2}, True),
        ({"at_least": 3}, False),
        ({"at_most": 2}, True),
        ({"at_most": 1}, False),
        ({"exactly": 2}, True),
        ({"exactly": 1}, False),
        ({"exactly": 0}, False),
        ({"at_least": 1, "at_most": 2}, True),
        ({"at_least": 1, "at_most": 1}, False),
    ],
)
def test_a_number_is_verified(client: FlaskClient, expected: JSON, verified: bool) -> None:
    populate(client)
    found = post(client, "verify", prompt="red", **expected)
    assert (found["verified"], found["count"]) == (verified, 2)
    assert bool(found["nearest"]) is not verified


def test_the_nearest_misses_come_first_and_say_in_what_they_miss(client: FlaskClient) -> None:
    populate(client)
    found = post(client, "verify", prompt="red hen", size="512x512", status=201)
    assert (found["verified"], found["count"], len(found["nearest"])) == (False, 0, 3)
    nearest = found["nearest"][0]
    assert nearest["request"]["fields"]["prompt"] == "A red hen"
    assert nearest["misses"] == {"size": "expected '512x512', received '256x256'"}
    assert [len(miss["misses"]) for miss in found["nearest"]] == [1, 2, 3]


def test_a_missed_prompt_is_told_as_a_part(client: FlaskClient) -> None:
    populate(client)
    found = post(client, "verify", prompt="red goose", status=404)
    misses = [miss["misses"].get("prompt") for miss in found["nearest"]]
    assert "expected a prompt with 'red goose', received ''" in misses


def test_nothing_came_near_an_empty_journal(client: FlaskClient) -> None:
    assert post(client, "verify") == {"verified": False, "count": 0, "nearest": []}
    assert post(client, "verify", exactly=0)["verified"] is True


def test_parallel_requests_are_all_kept(client: FlaskClient) -> None:
    def ask(i: int) -> int:
        own = client.application.test_client()
        return Generate(own)(size=SMALL, prompt=f"Fox {i}").status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(100))) == {201}
    prompts = {entry["fields"]["prompt"] for entry in entries(client)}
    assert prompts == {f"Fox {i}" for i in range(100)}
    assert len(client.application.extensions[STATE].journal.entries({})) == 100


def test_no_image_is_kept_in_the_journal(generate: Generate) -> None:
    generate(n=3)
    shown = io.StringIO(generate.client.get(REQUESTS).get_data(as_text=True)).getvalue()
    assert len(shown) < 5000

"""What the admin API serves for the console; tests/console/ has the page."""

from __future__ import annotations

import io
import json
from base64 import b64decode
from typing import Any
from unittest.mock import Mock

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from PIL import Image

from mockserver.app.admin import console_operations
from mockserver.app.body_pieces import folded, kept_body
from mockserver.app.factory import STATE
from mockserver.app.tenants import tenant_id
from mockserver.images.inspect import inspect
from tests.http import LATEST, PINNED, Generate, MakeClient

EVERY_STORE = True

TENANT = tenant_id("mock-key")


def get(client: FlaskClient, path: str, **query: Any) -> Any:  # noqa: ANN401
    response = client.get(f"/__admin/{path}", query_string=query)
    assert response.status_code == 200, response.data
    return response.get_json()


def test_the_feed_goes_on_after_its_cursor(generate: Generate) -> None:
    for prompt in ("One", "Two", "Three"):
        generate(prompt=prompt, size="256x256")
    first = get(generate.client, "requests/feed", limit=2)
    assert [entry["prompt"] for entry in first["requests"]] == ["One", "Two"]
    rest = get(generate.client, "requests/feed", after=first["cursor"])
    assert [entry["prompt"] for entry in rest["requests"]] == ["Three"]
    nothing = get(generate.client, "requests/feed", after=rest["cursor"])
    assert nothing["requests"] == []
    assert (first["is_new"], rest["is_new"], nothing["is_new"]) == (True, False, False)


def test_the_feed_begins_anew_where_its_cursor_is_void(make_client: MakeClient) -> None:
    generate = Generate(make_client(journal=2))
    generate(prompt="One", n=0)
    cursor = get(generate.client, "requests/feed")["cursor"]
    for prompt in ("Two", "Three", "Four"):
        generate(prompt=prompt, n=0)
    for void in (cursor, "another-1", "none", f"{cursor}0", "²"):
        page = get(generate.client, "requests/feed", after=void)
        assert page["is_new"]
        assert [entry["prompt"] for entry in page["requests"]] == ["Three", "Four"]
    too_long = f"{page['cursor']}{'0' * 5000}"
    assert generate.client.get(f"/__admin/requests/feed?after={too_long}").status_code == 400
    generate.client.delete(f"/__admin/requests?tenant={TENANT}")
    after_removal = get(generate.client, "requests/feed", after=page["cursor"])
    assert (after_removal["is_new"], after_removal["requests"]) == (True, [])


def test_summaries_cut_long_texts(generate: Generate) -> None:
    generate.send({"model": "m" * 5000, "prompt": "p" * 5000})
    generate.send({"model": 7, "prompt": None})
    generate.send([])
    long, *odd = get(generate.client, "requests/feed")["requests"]
    assert max(len(str(value)) for value in long.values()) < 500
    assert {entry["prompt"] for entry in odd} == {None}


def test_a_response_is_kept_without_its_image(generate: Generate) -> None:
    sent = generate(prompt="A red fox", size="256x256")
    shown = get(generate.client, f"requests/{sent.headers['X-Request-Id']}/response")
    assert shown["headers"]["x-request-id"] == sent.headers["X-Request-Id"]
    kept, whole = json.loads(shown["body"]), sent.get_json()
    image = kept["output"]["choices"][0].pop("image_base64")
    start, _, more = image.partition("… (")
    base64 = whole["output"]["choices"][0].pop("image_base64")
    assert base64.startswith(start)
    assert more == f"{len(base64) - len(start)} more)"
    assert kept == whole


def test_a_refusal_is_kept_whole(generate: Generate) -> None:
    sent = generate(n=0)
    shown = get(generate.client, f"requests/{sent.headers['X-Request-Id']}/response")
    assert json.loads(shown["body"]) == sent.get_json()


def test_no_key_is_in_a_kept_response(generate: Generate) -> None:
    headers = {"Authorization": "Bearer mock-key-of-a-tenant", "Content-Type": "application/json"}
    body = json.dumps({"model": "dall-e-2", "prompt": "x", "size": "mock-key-of-a-tenant"})
    sent = generate.client.post("/v1/images/generations", data=body, headers=headers)
    assert b"mock-key-of-a-tenant" in sent.data
    shown = get(generate.client, f"requests/{sent.headers['X-Request-Id']}/response")
    assert "mock-key-of-a-tenant" not in json.dumps(shown)


def test_what_a_fault_joined_is_folded_and_what_is_long_is_cut() -> None:
    base64 = "iVBORw0KGgo" * 1000
    assert kept_body([f'{{"a": "{base64}", "b": 1}}'.encode()]) == (
        f'{{"a": "{base64[:32]}… ({len(base64) - 32} more)", "b": 1}}'
    )
    assert folded(f'"{base64}… (5 more)"') == f'"{base64[:32]}… ({len(base64) - 27} more)"'
    assert kept_body([b"\xff" * 30_000]).endswith("\ufffd…")
    link = f'"http://127.0.0.1:8000/generated/{base64}.png"'
    assert folded(link) == link


def image(client: FlaskClient, request_id: str, index: object = 0, **query: int) -> Any:  # noqa: ANN401
    return client.get(f"/__admin/requests/{request_id}/images/{index}", query_string=query)


def test_an_image_is_rendered_again(generate: Generate) -> None:
    sent = generate.response(size="512x512", n=2)
    (entry,) = get(generate.client, "requests", method="POST")["requests"]
    shown = image(generate.client, entry["id"], 1)
    assert (shown.mimetype, shown.status_code) == ("image/png", 200)
    assert shown.data == b64decode(sent["output"]["choices"][1]["image_base64"])
    assert inspect(shown.data).width == 512
    small = image(generate.client, entry["id"], 1, width=64)
    assert small.mimetype == "image/webp"
    assert Image.open(io.BytesIO(small.data)).size == (64, 64)


@pytest.mark.parametrize(("width", "made"), [(256, 1), (257, 2)])
def test_only_small_thumbnails_are_kept(
    generate: Generate, monkeypatch: pytest.MonkeyPatch, width: int, made: int
) -> None:
    making = Mock(return_value=b"small")
    monkeypatch.setattr(console_operations, "thumbnail", making)
    request_id = generate(size="512x512").headers["X-Request-Id"]
    shown = [image(generate.client, request_id, width=width).data for _ in range(2)]
    assert shown == [b"small"] * 2
    assert making.call_count == made


@pytest.mark.parametrize("model", ["flux/schnell", "dall-e-2"])
def test_a_damaged_image_is_shown_as_it_is(client: FlaskClient, model: str) -> None:
    client.post("/__admin/faults", json={"fault": "corrupted-image"})
    fields = {"output_format": "jpeg"} if model == "flux/schnell" else {"size": "256x256"}
    sent = Generate(client, model=model)(**fields)
    request_id = sent.headers["X-Request-Id"]
    whole, small = image(client, request_id), image(client, request_id, width=32)
    assert small.data == whole.data


def test_the_image_of_a_link_that_is_dead_is_still_shown(client: FlaskClient) -> None:
    client.post("/__admin/faults", json={"fault": "dead-link"})
    sent = Generate(client, model="dall-e-3")()
    assert image(client, sent.headers["X-Request-Id"]).status_code == 200


def test_an_image_that_can_no_longer_be_made_is_not_found(generate: Generate) -> None:
    request_id = generate(size="256x256").headers["X-Request-Id"]
    journal = generate.client.application.extensions[STATE].journal
    (entry,) = journal.entries({})
    recorded = entry.image_refs[0]._replace(contract="")
    journal.log.clear(None)
    journal.log.append(TENANT, entry._replace(image_refs=(recorded,)))
    refused = image(generate.client, request_id)
    assert refused.status_code == 404
    assert "start with --replay DIR" in refused.get_json()["message"]


def test_there_is_no_other_image(generate: Generate) -> None:
    request_id = generate(size="256x256").headers["X-Request-Id"]
    for index in (1, -1, "x", "²", "9" * 5000):
        refused = image(generate.client, request_id, index)
        assert refused.status_code == 404
        assert "Expected the index of one of 1 images" in refused.get_json()["message"]
    assert image(generate.client, "unknown").status_code == 404
    assert image(generate.client, request_id, width=10_000).status_code == 400


def test_tenants_are_listed_with_what_is_left(generate: Generate) -> None:
    generate.client.put("/__admin/limits", json={"rate": "10/minute", "concurrency": 2})
    generate.client.put("/__admin/credits", json={"balance": 240_000})
    generate(size="256x256")
    latest = LATEST["dall-e-2"]
    generate.client.put("/__admin/contracts", json={"tenant": TENANT, "contract": latest})
    (tenant,) = get(generate.client, "tenants")["tenants"]
    assert tenant.pop("seconds") > 50
    assert tenant == {
        "tenant": TENANT,
        "rate": "10/minute",
        "left": 9,
        "concurrency": 2,
        "inside": 0,
        "balance": 120_000,
        "faults": [],
        "contracts": [latest],
        "time": None,
    }


def test_of_many_tenants_the_latest_are_listed(client: FlaskClient) -> None:
    for i in range(103):
        client.get(f"/__admin/limits?tenant=t{i}")
    listed = get(client, "tenants")
    assert (listed["count"], len(listed["tenants"])) == (103, 100)
    assert listed["tenants"][0]["tenant"] == "t102"


def test_contracts_are_listed_and_shown(client: FlaskClient) -> None:
    listed = get(client, "contracts")
    assert listed["default"] == PINNED
    by_id = {each["contract"]: each for each in listed["contracts"]}
    assert by_id[PINNED]["served"]
    assert not by_id["dall-e-2@2026-01-16"]["served"]
    shown = get(client, "contracts/schemas", contract=PINNED)
    assert (shown["method"], shown["path"]) == ("POST", "/v1/images/generations")
    assert Draft202012Validator(shown["request"]).is_valid({"model": "dall-e-2", "prompt": "x"})
    assert not Draft202012Validator(shown["request"]).is_valid({"model": "dall-e-2", "prompt": ""})


def test_two_contracts_are_compared(client: FlaskClient) -> None:
    ids = {"old": "dall-e-2@2025-11-20", "new": "dall-e-2@2026-01-16"}
    compared = get(client, "contracts/diff", **ids)
    assert compared["counts"] == {"breaking": 1, "unclear": 0, "compatible": 1}
    refused = client.get("/__admin/contracts/diff?old=dall-e-9&new=dall-e-2")
    assert refused.status_code == 400
    assert client.get("/__admin/contracts/diff").status_code == 400


def test_reading_the_admin_api_is_not_logged(
    make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "mockserver.access")
    client = make_client(access_log=True)
    client.get("/__admin/requests/feed")
    assert caplog.text == ""
    client.post("/__admin/reset")
    assert "POST /__admin/reset 200" in caplog.text

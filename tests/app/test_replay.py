"""Recorded responses are replayed: the same bodies, with their images served by the mock."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mockserver.app.state import State
from mockserver.contracts import Exchange, Request, Response
from mockserver.errors import RecordingError, SettingsError
from mockserver.recording import Recorder
from mockserver.settings import Settings
from mockserver.strict_json import JSON
from tests.http import BEARER, PATH, PINNED, FrozenClock, Generate, MakeClient
from tests.process import banner, started
from tests.recording.test_recording import images

LINKS = "dall-e-2@2026-01-16"
FOX = {"model": "dall-e-2", "prompt": "A red fox"}


def post(client: FlaskClient, body: JSON, **headers: str) -> TestResponse:
    return client.post(PATH, json=body, headers={**BEARER, **headers})


def record(
    folder: Path, sent: JSON, status: int, received: JSON, *, path: str = PATH, **headers: str
) -> None:
    """Record an exchange."""
    request = Request("POST", path, {**BEARER, "Content-Type": "application/json"}, _json(sent))
    response = Response(status, {"Content-Type": "application/json", **headers}, _json(received))
    Recorder(folder).write(Exchange(request, response))


def _json(value: JSON) -> bytes:
    return json.dumps(value).encode()


@pytest.fixture
def exchange(make_client: MakeClient) -> Exchange:
    generate = Generate(make_client(contracts=(LINKS,), seed=3))
    return generate.exchange(**FOX, n=2, size="256x256")


@pytest.fixture
def replaying(exchange: Exchange, make_client: MakeClient, tmp_path: Path) -> FlaskClient:
    Recorder(tmp_path).write(exchange, LINKS)
    return make_client(replay=str(tmp_path))


def test_the_recorded_response_is_replayed_whatever_the_contract(
    replaying: FlaskClient, exchange: Exchange
) -> None:
    reply = post(replaying, json.loads(exchange.request.body))
    assert (reply.status_code, reply.headers["X-Mock-Recording"]) == (200, "0001-200.json")
    known = json.loads(exchange.response.body)
    assert reply.json is not None
    assert {**reply.json, "data": []} == {**known, "data": []}


def test_its_links_lead_to_the_recorded_images(replaying: FlaskClient, exchange: Exchange) -> None:
    reply = post(replaying, json.loads(exchange.request.body))
    assert reply.json is not None
    downloads = [replaying.get(item["url"]) for item in reply.json["data"]]
    assert sorted(image.data for image in downloads) == images(exchange)
    assert {image.mimetype for image in downloads} == {"image/png"}
    assert reply.json["data"][0]["url"].startswith("http://localhost/generated/")


def test_base64_is_replayed_byte_for_byte(make_client: MakeClient, tmp_path: Path) -> None:
    recording = Generate(make_client(seed=3)).exchange(**FOX, n=2)
    Recorder(tmp_path).write(recording)
    reply = post(make_client(replay=str(tmp_path)), {**FOX, "n": 2})
    assert reply.json == json.loads(recording.response.body)


def test_explicit_defaults_make_no_difference(make_client: MakeClient, tmp_path: Path) -> None:
    record(tmp_path, FOX, 200, {"was": "recorded"})
    client = make_client(replay=str(tmp_path))
    for more in ({}, {"n": 1}, {"size": "1024x1024", "response_format": "url"}):
        assert post(client, {**FOX, **more}).json == {"was": "recorded"}


def test_an_unrecorded_request_is_answered_from_the_contract(replaying: FlaskClient) -> None:
    reply = post(replaying, FOX)
    assert reply.status_code == 201
    assert "X-Mock-Recording" not in reply.headers


def test_an_unrecorded_request_gets_404_with_replay_only(
    make_client: MakeClient, tmp_path: Path
) -> None:
    record(tmp_path, FOX, 200, {})
    record(tmp_path, {**FOX, "n": 2, "size": "256x256"}, 200, {})
    reply = post(make_client(replay=str(tmp_path), replay_only=True), {**FOX, "n": 3})
    assert reply.status_code == 404
    assert reply.json is not None
    assert reply.json["message"] == (
        "Not Found\nNot recorded: of 2 recorded requests, the nearest differs in "
        "n (expected 1, received 3)."
    )


def test_several_responses_are_replayed_in_turn_and_then_the_last_again(
    make_client: MakeClient, tmp_path: Path
) -> None:
    for status in (503, 429, 201):
        record(tmp_path, FOX, status, {"statusCode": status})
    client = make_client(replay=str(tmp_path))
    assert [post(client, FOX).status_code for _ in range(4)] == [503, 429, 201, 201]
    other = post(client, FOX, Authorization="Bearer another")
    assert other.status_code == 503, "the turn is each tenant's own"


def test_a_reset_starts_again_with_the_first_response(
    make_client: MakeClient, tmp_path: Path
) -> None:
    for status in (503, 201):
        record(tmp_path, FOX, status, {})
    client = make_client(replay=str(tmp_path))
    assert [post(client, FOX).status_code for _ in range(2)] == [503, 201]
    client.post("/__admin/reset", json={})
    assert post(client, FOX).status_code == 503


def test_the_response_to_an_invalid_request_is_replayed(
    make_client: MakeClient, tmp_path: Path
) -> None:
    record(tmp_path, {**FOX, "size": "7x7"}, 200, {"data": []})
    assert post(make_client(replay=str(tmp_path)), {**FOX, "size": "7x7"}).status_code == 200


@pytest.mark.parametrize(("path", "status"), [("/v2/images", 200), (PATH, 401)])
def test_other_paths_and_refused_keys_are_not_replayed(
    path: str, status: int, make_client: MakeClient, tmp_path: Path
) -> None:
    record(tmp_path, FOX, status, {}, path=path)
    assert post(make_client(replay=str(tmp_path)), FOX).status_code == 201


def test_a_body_that_is_no_json_is_replayed(make_client: MakeClient, tmp_path: Path) -> None:
    request = Request("POST", PATH, {"Content-Type": "application/json"}, _json(FOX))
    page = Response(502, {"Content-Type": "text/html; charset=utf-8"}, b"<h1>Bad gateway</h1>")
    Recorder(tmp_path).write(Exchange(request, page))
    reply = post(make_client(replay=str(tmp_path)), FOX)
    assert (reply.status_code, reply.mimetype, reply.data) == (502, "text/html", page.body)


def test_headers_are_replayed_except_those_of_a_connection_or_a_secret(
    make_client: MakeClient, tmp_path: Path
) -> None:
    headers = {"Retry-After": "7", "Server": "nginx", "Set-Cookie": "a=b", "X-Mock-Fault": "1"}
    record(tmp_path, FOX, 429, {}, **headers)
    received = post(make_client(replay=str(tmp_path)), FOX).headers
    assert received["Retry-After"] == "7"
    assert not {"Server", "Set-Cookie", "X-Mock-Fault"} & set(received.keys())


def test_a_link_that_was_dead_is_replayed_dead(make_client: MakeClient, tmp_path: Path) -> None:
    link = "https://images.test/1.png"
    request = Request("POST", PATH, {"Content-Type": "application/json"}, _json(FOX))
    response = Response(200, {"Content-Type": "application/json"}, _json({"data": [{"url": link}]}))
    Recorder(tmp_path).write(Exchange(request, response, {link: "nothing download within 30 s"}))
    client = make_client(replay=str(tmp_path))
    reply = post(client, FOX)
    assert reply.json is not None
    assert client.get(reply.json["data"][0]["url"]).status_code == 404


@pytest.mark.parametrize(
    ("fault", "status"), [("dead-link", 404), ("expired-link", 403), ("corrupted-image", 200)]
)
def test_image_faults_apply_to_recorded_images(
    fault: str, status: int, replaying: FlaskClient, exchange: Exchange
) -> None:
    body = json.loads(exchange.request.body)
    reply = post(replaying, body, Prefer=f"fault={fault}")
    assert reply.json is not None
    download = replaying.get(reply.json["data"][0]["url"])
    assert download.status_code == status
    assert download.data not in images(exchange)


def test_a_fault_comes_before_a_recorded_response(replaying: FlaskClient) -> None:
    assert post(replaying, FOX, Prefer="code=503").status_code == 503


def test_recorded_images_are_paid_for(
    exchange: Exchange, make_client: MakeClient, tmp_path: Path
) -> None:
    Recorder(tmp_path).write(exchange, LINKS)
    client = make_client(replay=str(tmp_path), credits=250_000)
    body = json.loads(exchange.request.body)
    assert [post(client, body).status_code for _ in range(2)] == [200, 403]


def test_the_journal_names_the_recording(replaying: FlaskClient, exchange: Exchange) -> None:
    post(replaying, json.loads(exchange.request.body))
    (entry,) = (replaying.get("/__admin/requests").json or {})["requests"]
    assert entry["recording"] == "0001-200.json"
    digests = {sha256(file).hexdigest() for file in images(exchange)}
    assert {image["sha256"] for image in entry["images"]} == digests


def test_a_link_of_a_recording_needs_the_recording(
    replaying: FlaskClient, exchange: Exchange, client: FlaskClient
) -> None:
    reply = post(replaying, json.loads(exchange.request.body))
    assert reply.json is not None
    download = client.get(reply.json["data"][0]["url"])
    assert download.status_code == 404
    assert download.json is not None
    assert "start with --replay DIR" in download.json["message"]


def test_invalid_replay_settings_fail_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"found no \.json file"):
        State(Settings(replay=str(tmp_path)), FrozenClock())
    with pytest.raises(SettingsError, match="--replay-only needs --replay DIR"):
        State(Settings(replay_only=True), FrozenClock())


def test_the_banner_shows_what_is_replayed(exchange: Exchange, tmp_path: Path) -> None:
    Recorder(tmp_path).write(exchange, PINNED)
    with started("--replay", str(tmp_path), "--replay-only") as process:
        text = banner(process)[1]
    assert f"replay       1 recorded response from {tmp_path}; 404 to everything else" in text

"""Recorded responses are replayed: the same bodies, with their images served by the mock."""

from __future__ import annotations

import hmac
import json
import os
import struct
import zlib
from base64 import urlsafe_b64encode
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mockserver.app.signed_urls import ImageRef, Links
from mockserver.app.state import State
from mockserver.cli.banner import show
from mockserver.contracts import Exchange, Request, Response, default_catalog
from mockserver.errors import RecordingError, SettingsError
from mockserver.recording.writer import Recorder
from mockserver.settings import Settings
from mockserver.strict_json import JSON
from tests.http import BEARER, NOW, PATH, PINNED, FrozenClock, Generate, MakeClient, load
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


def test_no_recorded_text_is_in_a_404_which_any_web_page_can_read(
    make_client: MakeClient, tmp_path: Path
) -> None:
    record(tmp_path, {**FOX, "user": "me", "tags": ["private"]}, 200, {})
    client = make_client(replay=str(tmp_path), replay_only=True)
    reply = post(client, {"model": "dall-e-2", "prompt": "?", "n": 2}, Origin="https://a.test")
    assert reply.json is not None
    assert reply.json["message"].endswith(
        "the nearest differs in n (expected 1, received 2), prompt, tags, user."
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


@pytest.mark.parametrize("status", [204, 304])
def test_a_response_without_a_body_has_no_length(
    status: int, make_client: MakeClient, tmp_path: Path
) -> None:
    request = Request("POST", PATH, {"Content-Type": "application/json"}, _json(FOX))
    Recorder(tmp_path).write(Exchange(request, Response(status, {}, b"")))
    reply = post(make_client(replay=str(tmp_path)), FOX)
    assert (reply.status_code, reply.headers.get("Content-Length")) == (status, None)


def test_a_redirect_is_replayed_with_an_encoded_location(
    make_client: MakeClient, tmp_path: Path
) -> None:
    record(tmp_path, FOX, 302, {}, Location="/a b")
    reply = post(make_client(replay=str(tmp_path)), FOX)
    assert (reply.status_code, reply.headers["Location"]) == (302, "/a%20b")


def test_headers_are_replayed_except_those_of_a_connection_or_a_secret(
    make_client: MakeClient, tmp_path: Path
) -> None:
    headers = {"Retry-After": "7", "Server": "nginx", "Set-Cookie": "a=b", "X-Mock-Fault": "1"}
    record(tmp_path, FOX, 429, {}, **headers)
    received = post(make_client(replay=str(tmp_path)), FOX).headers
    assert received["Retry-After"] == "7"
    assert not {"Server", "Set-Cookie", "X-Mock-Fault"} & set(received.keys())


@pytest.mark.parametrize(("speed", "seconds"), [(0, 0), (1, 4.5), (10, 0.45)])
def test_a_recorded_duration_is_replayed(
    speed: float, seconds: float, make_client: MakeClient, tmp_path: Path, waits: list[float]
) -> None:
    request = Request("POST", PATH, {"Content-Type": "application/json"}, _json(FOX))
    response = Response(200, {"Content-Type": "application/json"}, b"{}", seconds=4.5)
    Recorder(tmp_path).write(Exchange(request, response))
    post(make_client(replay=str(tmp_path), replay_speed=speed), FOX)
    assert sum(waits) == pytest.approx(seconds)


def test_the_headers_of_the_contract_are_recorded_and_replayed_without_secrets(
    make_client: MakeClient, tmp_path: Path
) -> None:
    contract = default_catalog().with_headers("on").load(LINKS)
    client = make_client(contracts=(LINKS,), headers="on")
    exchange = Generate(client).exchange(**FOX)
    headers = {**exchange.response.headers, "set-cookie": "a=b", "x-other": "c"}
    response = replace(exchange.response, headers=headers)
    Recorder(tmp_path).write(
        replace(exchange, response=response), documented=contract.documented_headers
    )
    received = post(make_client(replay=str(tmp_path)), json.loads(exchange.request.body)).headers
    documented = [name for name in contract.documented_headers if name in headers]
    assert "x-inference-id" in documented
    assert [received[name] for name in documented] == [headers[name] for name in documented]
    assert not {"Set-Cookie", "X-Other"} & set(received.keys())


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


@pytest.mark.parametrize("name", ["../secret.txt", "/etc/passwd", "link.png", "other.png", ""])
def test_a_link_names_an_image_of_a_recording_even_when_its_secret_is_known(
    name: str, exchange: Exchange, make_client: MakeClient, tmp_path: Path
) -> None:
    folder = tmp_path / "recorded"
    Recorder(folder).write(exchange, LINKS)
    (tmp_path / "secret.txt").write_text("planted")
    (folder / "other.png").write_text("planted")
    (folder / "link.png").symlink_to(tmp_path / "secret.txt")
    client = make_client(replay=str(folder), url_secret="known-secret")
    links = Links("known-secret", 3600)
    assert client.get(links.write(ImageRef("", "", 0, "0001-200-0.png", 0, 0), NOW)).data
    forged = client.get(links.write(ImageRef("", "", 0, name, 0, 0), NOW))
    assert (forged.status_code, b"planted" in forged.data) == (404, False)


@pytest.mark.parametrize(
    "forged",
    [
        {"width": 60_000, "height": 60_000},
        {"width": -1, "height": -1},
        {"media_type": "text/html"},
        {"width": "1"},
        {"contract": "\u2603"},
        {"name": ["a"]},
        {"delay": None},
    ],
    ids=str,
)
def test_a_forged_link_gets_403(forged: dict[str, JSON], make_client: MakeClient) -> None:
    client = make_client(url_secret="known-secret")
    image_ref = ImageRef(PINNED, "0" * 64, 0, "t-rex", 256, 256)._replace(**forged)
    token = urlsafe_b64encode(json.dumps(image_ref).encode()).decode().rstrip("=")
    for signed in (token, "W10", "MQ", "e30", "x"):
        query = {"st": "", "se": "2099-01-01T00:00:00Z", "sp": "r"}
        text = " ".join([signed, *query.values()]).encode()
        signature = hmac.digest(b"known-secret", text, "sha256")
        query["sig"] = urlsafe_b64encode(signature).decode().rstrip("=")
        assert client.get(f"/generated/{signed}.png", query_string=query).status_code == 403


def png(width: int, height: int) -> bytes:
    """The head of a PNG file that states a size."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n\0\0\0\r" + head + zlib.crc32(head).to_bytes(4)


def hostile(folder: Path, **response: JSON) -> Path:
    """Write a recording of FOX and an image of 60000x60000 by hand."""
    folder.mkdir(exist_ok=True)
    (folder / "image.png").write_bytes(png(60000, 60000))
    images = response.pop("images", {})
    recording = {
        "request": {"url": PATH, "body": FOX},
        "response": {"status": 200, "body": {"data": [{"b64_json": "x"}]}, **response},
        "images": {pointer: {"file": name} for pointer, name in images.items()},
    }
    file = folder / "bad.json"
    file.write_text(json.dumps(recording))
    return file


def nested(depth: int) -> JSON:
    value: JSON = 1
    for _ in range(depth):
        value = [value]
    return value


IN_BODY = "/data/0/b64_json"


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        ({"status": 100}, "bad.json#/response/status: 100 is less than"),
        ({"status": 1000}, "bad.json#/response/status: 1000 is greater than"),
        ({"body": nested(500)}, "bad.json: Expected at most 128 levels of nesting"),
        ({"images": {IN_BODY: "none.png"}}, "none.png: cannot be read: No such file"),
        ({"images": {IN_BODY: "link.png"}}, "link.png: expected a regular file in this folder"),
        ({"images": {IN_BODY: "pipe"}}, "pipe: expected a regular file in this folder"),
        ({"images": {IN_BODY: "large.png"}}, "large.png: expected at most 67108864 bytes"),
        ({"images": {IN_BODY: "loop"}}, "loop: cannot be read: "),
        ({"images": {IN_BODY: "../x"}}, "bad.json#/images/~1data~10~1b64_json/file"),
    ],
    ids=str,
)
def test_an_invalid_recording_is_named_and_left_out(
    response: dict[str, JSON],
    reason: str,
    make_client: MakeClient,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    hostile(tmp_path, **response)
    (tmp_path / "link.png").symlink_to("/etc/passwd")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "large.png").open("wb") as large:
        large.truncate(600_000_000)
    record(tmp_path, FOX, 200, {"was": "recorded"})
    assert post(make_client(replay=str(tmp_path)), FOX).json == {"was": "recorded"}
    (message,) = caplog.messages
    assert message.startswith(f"left out: {tmp_path}/")
    assert reason in message


def test_a_recording_that_is_a_link_out_of_the_folder_or_no_file_is_left_out(
    make_client: MakeClient, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "recorded"
    record(folder, FOX, 200, {"was": "recorded"})
    outside = hostile(tmp_path / "outside")
    (folder / "a.json").symlink_to(outside)
    os.mkfifo(folder / "b.json")
    (folder / "c.json").mkdir()
    (folder / "d.json").touch()
    (folder / "inside.json").symlink_to(folder / "0001-200.json")
    assert post(make_client(replay=str(folder)), FOX).json == {"was": "recorded"}
    assert [message.split("/")[-1][:6] for message in caplog.messages] == [
        *("a.json", "b.json", "c.json", "d.json")
    ]


def test_a_folder_without_a_valid_recording_fails_at_the_start(tmp_path: Path) -> None:
    hostile(tmp_path, status=100)
    with pytest.raises(RecordingError, match="no recorded exchange there is valid"):
        State(Settings(replay=str(tmp_path)), FrozenClock())


@pytest.mark.parametrize(
    ("response", "name", "headers"),
    [
        ({"status": 999}, "bad.json", {}),
        ({"headers": {"X-Odd": "\u2603", "X-Next": "1"}}, "bad.json", {"X-Next": "1"}),
        ({"headers": {"X-Odd": "a\r\nX-Next: 2", "X Odd": "b", "": "c"}}, "bad.json", {}),
        ({"headers": {"Content-Type": "text/html\r\nX-Odd: 1"}}, "bad.json", {}),
        ({"headers": {"Content-Length": "abc"}}, "bad.json", {"Content-Length": "29"}),
        ({"images": {IN_BODY: "image.png"}}, "bad.json", {}),
        ({}, "\u2603 \n.json", {"X-Mock-Recording": "%E2%98%83%20%0A.json"}),
        ({}, "\udcff.json", {"X-Mock-Recording": "%FF.json"}),
    ],
    ids=str,
)
def test_an_odd_recording_is_replayed_without_what_cannot_be_sent(
    response: dict[str, JSON],
    name: str,
    headers: dict[str, str],
    make_client: MakeClient,
    tmp_path: Path,
) -> None:
    hostile(tmp_path, **response).rename(tmp_path / name)
    client = make_client(replay=str(tmp_path))
    reply = post(client, FOX)
    assert reply.status_code == response.get("status", 200)
    assert {name: reply.headers.get(name) for name in headers} == headers
    assert "X-Odd" not in reply.headers
    (entry,) = (client.get("/__admin/requests").json or {})["requests"]
    assert entry["recording"] == reply.headers["X-Mock-Recording"]


def test_invalid_replay_settings_fail_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"found no \.json or \.har file"):
        State(Settings(replay=str(tmp_path)), FrozenClock())
    with pytest.raises(SettingsError, match="--replay-only needs --replay DIR"):
        State(Settings(replay_only=True), FrozenClock())


def test_the_start_tells_what_is_replayed(
    exchange: Exchange, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Recorder(tmp_path).write(exchange, PINNED)
    settings = Settings(replay=str(tmp_path), replay_only=True)
    state = State(settings, FrozenClock())
    show(("127.0.0.1", 8000), [load(PINNED)], settings, state.replay)
    told = f"replay       1 recorded response from {tmp_path}; 404 to everything else"
    assert told in capsys.readouterr().out

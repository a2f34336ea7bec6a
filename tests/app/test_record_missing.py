"""What is not recorded is sent to the upstream once, within a budget, and recorded."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mockserver.app.replay import Replay
from mockserver.app.state import State
from mockserver.errors import MockserverError, SettingsError
from mockserver.recording.writer import Recorder
from mockserver.server import base_url
from mockserver.settings import Settings
from mockserver.strict_json import JSON
from mockserver.testing.mock_server import MockServer
from tests.app.test_proxy import raw_server
from tests.http import BEARER, PATH, FrozenClock, MakeClient

KEY = "planted-key-0123456789"
FOX = {"model": "dall-e-2", "prompt": "A red fox", "size": "256x256"}
LINKS = "dall-e-2@2026-01-16"


@pytest.fixture
def upstream(monkeypatch: pytest.MonkeyPatch) -> Iterator[MockServer]:
    """A stand-in for the paid API, which accepts one key."""
    monkeypatch.setenv("AIMLAPI_KEY", KEY)
    with MockServer(LINKS, api_keys=(KEY,), headers="on") as mock:
        yield mock


@pytest.fixture
def start(make_client: MakeClient, tmp_path: Path) -> Callable[..., FlaskClient]:
    """Starts a mock that records what is missing in a folder."""

    def start(url: str, **settings: JSON) -> FlaskClient:
        folder = str(tmp_path / "recorded")
        return make_client(replay=folder, record_missing=True, upstream=url, **settings)

    return start


def post(client: FlaskClient, body: JSON = FOX, **headers: str) -> TestResponse:
    return client.post(PATH, json=body, headers={**BEARER, **headers})


def sources(client: FlaskClient) -> list[JSON]:
    entries = (client.get("/__admin/requests").json or {})["requests"]
    return [entry["source"] for entry in entries if entry["path"] == PATH]


def files(folder: Path) -> list[str]:
    return sorted(file.name for file in (folder / "recorded").iterdir())


def test_a_missing_response_is_bought_once_and_then_replayed(
    upstream: MockServer, start: Callable[..., FlaskClient], make_client: MakeClient, tmp_path: Path
) -> None:
    body = {**FOX, "prompt": "A fox with the token sk-abcdefghijkl0123"}
    client = start(upstream.url)
    first, second = post(client, body), post(client, {**body, "n": 1})
    later = post(make_client(replay=str(tmp_path / "recorded"), replay_only=True), body)
    assert first.json == second.json == later.json
    assert first.headers["X-Inference-Id"] == later.headers["X-Inference-Id"]
    assert [each.headers["X-Mock-Recording"] for each in (first, later)] == ["0001-200.json"] * 2
    assert sources(client) == ["bought", "recorded"]
    assert upstream.count(path=PATH) == 1
    assert files(tmp_path) == ["0001-200-0.png", "0001-200.json"]


def test_the_images_behind_links_are_recorded(
    upstream: MockServer, start: Callable[..., FlaskClient], tmp_path: Path
) -> None:
    client = start(upstream.url)
    link = (post(client).json or {})["data"][0]["url"]
    assert link.startswith("http://localhost/generated/")
    assert client.get(link).data == (tmp_path / "recorded" / "0001-200-0.png").read_bytes()


def test_the_key_is_sent_to_the_upstream_and_written_nowhere(
    upstream: MockServer,
    start: Callable[..., FlaskClient],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = start(upstream.url, access_log=True)
    caplog.set_level("DEBUG")
    post(client, {**FOX, "prompt": f"A fox with {KEY}"})
    written = b"".join(file.read_bytes() for file in (tmp_path / "recorded").iterdir())
    shown = client.get("/__admin/requests").text + client.get("/__admin/settings").text
    assert KEY not in written.decode("latin-1") + shown + caplog.text
    assert sources(client) == ["bought"]


def test_equal_requests_at_the_same_time_are_bought_once(
    upstream: MockServer, start: Callable[..., FlaskClient]
) -> None:
    upstream.everybody().fail("delay", seconds=0.3)
    app = start(upstream.url).application
    with ThreadPoolExecutor(6) as threads:
        responses = list(threads.map(lambda _: post(app.test_client()), range(6)))
    assert {response.status_code for response in responses} == {200}
    assert sorted(sources(app.test_client())) == ["bought", *["recorded"] * 5]
    assert upstream.count(path=PATH) == 1


def test_what_is_bought_between_the_search_and_the_purchase_is_not_bought_again(
    upstream: MockServer, start: Callable[..., FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = start(upstream.url)
    post(client)
    search, searches = Replay._next, count()  # noqa: SLF001
    monkeypatch.setattr(Replay, "_next", lambda *each: search(*each) if next(searches) else None)
    assert post(client).status_code == 200
    assert sources(client) == ["bought", "recorded"]
    assert upstream.count(path=PATH) == 1


@pytest.mark.parametrize(("over_budget", "status"), [("403", 403), ("images", 201)])
def test_a_request_over_the_budget_is_not_sent(
    over_budget: str, status: int, upstream: MockServer, start: Callable[..., FlaskClient]
) -> None:
    client = start(upstream.url, max_images=3, over_budget=over_budget)
    assert [post(client, {**FOX, "n": n}).status_code for n in (2, 2)] == [200, 200]
    over = post(client, {**FOX, "n": 3})
    assert over.status_code == status
    if status == 403:
        reason = "Not recorded, and left out by --max-images 3: it costs 3 images, 1 are left."
        assert (over.json or {})["message"].endswith(reason)
    assert sources(client)[-1] == ("fixture" if status == 201 else None)
    assert upstream.count(path=PATH) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"model": "dall-e-2"},
        {"model": "topaz-labs/sharpen", "mode": "Standard", "image_url": "https://a.test/1.png"},
        [],
    ],
    ids=str,
)
def test_nothing_is_sent_when_nothing_is_left_of_the_budget(
    body: JSON, upstream: MockServer, start: Callable[..., FlaskClient]
) -> None:
    assert post(start(upstream.url, max_images=0), body).status_code == 403
    assert upstream.count(path=PATH) == 0


@pytest.mark.parametrize("status", [400, 429, 503])
def test_an_error_is_passed_on_and_neither_recorded_nor_paid_for(
    status: int, upstream: MockServer, start: Callable[..., FlaskClient], tmp_path: Path
) -> None:
    message = f"not with {KEY}"
    upstream.everybody().fail(status, message=message, headers={"Retry-After": "7"})
    client = start(upstream.url, max_images=1)
    refused = post(client)
    assert (refused.status_code, refused.headers["Retry-After"]) == (status, "7")
    assert (refused.json or {})["message"] == "not with [redacted]"
    assert files(tmp_path) == []
    assert post(client).status_code == 200
    assert sources(client) == ["upstream", "bought"]


def test_an_upstream_that_does_not_listen_costs_nothing(
    start: Callable[..., FlaskClient],
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        gone = base_url(free.getsockname())
    client = start(gone, max_images=1)
    assert [post(client).status_code for _ in range(2)] == [502, 502]


@pytest.mark.parametrize(
    "response",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\n{}",
    ],
    ids=["nothing", "broken off", "unknown coding"],
)
def test_a_response_that_is_lost_may_have_been_paid_for(
    response: bytes, start: Callable[..., FlaskClient]
) -> None:
    with raw_server(response) as (url, _):
        client = start(url, max_images=1)
        assert [post(client).status_code for _ in range(2)] == [502, 403]


def test_an_error_that_repeats_the_key_is_passed_on_without_it(
    start: Callable[..., FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIMLAPI_KEY", KEY)
    head = f"HTTP/1.1 400 Bad Request\r\nX-Sent: Bearer {KEY}\r\nSet-Cookie: a={KEY}\r\n"
    body = f'{{"message": "No model for {KEY}"}}'
    response = f"{head}Retry-After: 2\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    with raw_server(response.encode()) as (url, received):
        refused = post(start(url))
    assert KEY.encode() in received
    assert refused.text == '{"message": "No model for [redacted]"}'
    assert refused.headers["Retry-After"] == "2"
    assert KEY not in str(refused.headers)


def test_a_response_that_cannot_be_written_is_passed_on(
    upstream: MockServer,
    start: Callable[..., FlaskClient],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object) -> None:
        raise SettingsError("cannot record into it: No space left on device")

    monkeypatch.setattr(Recorder, "write", fail)
    client = start(upstream.url)
    passed_on = post(client)
    assert passed_on.status_code == 200
    assert (passed_on.json or {})["data"][0]["url"].startswith(upstream.url)
    assert "X-Mock-Recording" not in passed_on.headers
    assert "No space left on device" in caplog.text


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"record_missing": True}, "--record-missing needs --replay DIR"),
        ({"replay": "{}", "record_missing": True}, "needs --upstream live|URL"),
        ({"upstream": "live"}, "--upstream needs --record-missing"),
        (
            {"replay": "{}", "record_missing": True, "replay_only": True, "upstream": "live"},
            "expected either --record-missing or --replay-only",
        ),
        (
            {"replay": "{}", "record_missing": True, "upstream": "live"},
            "--upstream live needs the API key in AIMLAPI_KEY",
        ),
        (
            {"replay": "{}", "record_missing": True, "upstream": "ftp://a.test"},
            "--upstream: expected live or a base URL",
        ),
        (
            {"replay": "{}/file", "record_missing": True, "upstream": "http://a.test"},
            "cannot record into",
        ),
        ({"over_budget": "404"}, "over_budget: expected 403 or images, received '404'"),
    ],
)
def test_invalid_settings_fail_at_the_start(
    settings: dict[str, JSON], problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AIMLAPI_KEY", "AIML_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "file").touch()
    if "replay" in settings:
        settings = {**settings, "replay": settings["replay"].format(tmp_path)}
    with pytest.raises(MockserverError) as raised:
        State(Settings(**settings), FrozenClock())
    assert problem in str(raised.value)

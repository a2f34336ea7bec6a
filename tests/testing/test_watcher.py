"""The watcher holds what a client sends and receives to the contract, and changes nothing."""

from __future__ import annotations

import asyncio
import gzip
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from threading import Event, Thread
from typing import Any

import httpx
import openai
import pytest
import requests

from mockserver.errors import SettingsError
from mockserver.strict_json import JSON
from mockserver.testing import watch, watcher
from mockserver.testing.mock_server import MockServer
from mockserver.testing.watcher import Observation
from tests.process import ROOT

LINKS = "dall-e-2@2026-01-16"
OTHER = "dall-e-2@2025-08-19"
FOX = {"model": "dall-e-2", "prompt": "A red fox", "size": "256x256"}
KEY = "planted-key-0123456789"
URL = "https://api.aimlapi.com/v1/images/generations"
HEADERS = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}


@pytest.fixture(scope="module")
def mock() -> Iterator[MockServer]:
    with MockServer(LINKS) as server:
        yield server


Post = Callable[[MockServer, Callable[[Any], None]], bytes]
"""Sends a request with a client that is passed to a function first, and returns the body."""


def _request(mock: MockServer) -> dict[str, Any]:
    url = f"{mock.base_url}/images/generations"
    return {"method": "POST", "url": url, "json": FOX, "headers": HEADERS, "timeout": 10}


def by_httpx(mock: MockServer, wrap: Callable[[Any], None]) -> bytes:
    with httpx.Client() as client:
        wrap(client)
        return client.request(**_request(mock)).content


def by_async_httpx(mock: MockServer, wrap: Callable[[Any], None]) -> bytes:
    async def send() -> bytes:
        async with httpx.AsyncClient() as client:
            wrap(client)
            return (await client.request(**_request(mock))).content

    return asyncio.run(send())


def by_requests(mock: MockServer, wrap: Callable[[Any], None]) -> bytes:
    with requests.Session() as session:
        wrap(session)
        return session.request(**_request(mock)).content


def by_openai(mock: MockServer, wrap: Callable[[Any], None]) -> bytes:
    fox: JSON = FOX
    with openai.OpenAI(base_url=mock.base_url, api_key=KEY) as client:
        wrap(client)
        response = client.images.with_raw_response.generate(**fox)
        return bytes(response.content)


def by_async_openai(mock: MockServer, wrap: Callable[[Any], None]) -> bytes:
    fox: JSON = FOX

    async def send() -> bytes:
        async with openai.AsyncOpenAI(base_url=mock.base_url, api_key=KEY) as client:
            wrap(client)
            response = await client.images.with_raw_response.generate(**fox)
            return bytes(response.content)

    return asyncio.run(send())


CLIENTS = [by_httpx, by_async_httpx, by_requests, by_openai, by_async_openai]


@pytest.mark.parametrize(("contract", "broken"), [(LINKS, 0), (OTHER, 1)])
@pytest.mark.parametrize("post", CLIENTS)
def test_what_breaks_the_contract_is_reported(
    post: Post, contract: str, broken: int, mock: MockServer
) -> None:
    found: list[Observation] = []
    watchers = []
    body = post(
        mock, lambda client: watchers.append(watch(client, found.append, contract=contract))
    )
    watchers[0].close()
    assert body.startswith(b'{"')
    assert watchers[0].counts == {
        "checked": 1,
        "with_findings": broken,
        "dropped": 0,
        "skipped": 0,
    }
    for observation in found:
        assert (observation.contract, observation.status) == (OTHER, 200)
        assert "documented /response/status: expected 201, received 200" in str(observation)
    assert len(found) == broken


def canned(
    content: bytes = b"{}", headers: Mapping[str, str] = {}
) -> Callable[[httpx.Request], httpx.Response]:
    known = {"content-type": "application/json", **headers}

    def respond(_: httpx.Request) -> httpx.Response:
        return httpx.Response(201, headers=known, stream=httpx.ByteStream(content))

    return respond


def client_of(respond: Callable[[httpx.Request], httpx.Response]) -> httpx.Client:
    return httpx.Client(transport=httpx.MockTransport(respond), headers=HEADERS)


def test_the_model_chooses_the_contract_and_the_logger_hears_of_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with client_of(canned()) as client, watch(client, logging.getLogger("mine")) as watching:
        client.post(URL, json={"model": "openai/gpt-image-1", "prompt": f"A {KEY}", "n": 99})
        assert watching.wait()
        client.post(URL, json={"model": "no-such-model", "prompt": "A fox"})
        client.post(URL, content=b"x", headers={"Content-Encoding": "gzip"})
    assert watching.counts["skipped"] == 2
    (message,) = caplog.messages
    assert message.startswith(f"POST {URL} 201 does not keep openai/gpt-image-1@")
    assert caplog.records[0].name == "mine"
    assert KEY not in message


def test_secrets_are_not_reported(caplog: pytest.LogCaptureFixture) -> None:
    with client_of(canned()) as client, watch(client):
        client.post(f"{URL}?sig=planted", json={**FOX, "size": KEY})
    (message,) = caplog.messages
    assert "/request/body/size" in message
    assert "planted" not in message


@pytest.mark.parametrize(
    "content", [b'{"a": 1}', gzip.compress(b'{"a": 1}')], ids=["plain", "compressed"]
)
def test_a_body_is_checked_as_the_library_decodes_it(content: bytes) -> None:
    found: list[Observation] = []
    coding = {"content-encoding": "gzip"} if content.startswith(b"\x1f") else {}
    with (
        client_of(canned(content, coding)) as client,
        watch(client, found.append, contract=OTHER),
    ):
        assert client.post(URL, json=FOX).json() == {"a": 1}
    assert not any(finding.rule == "json" for finding in found[0].findings)


def test_a_response_that_was_made_with_its_content_is_checked() -> None:
    with client_of(lambda _: httpx.Response(201, json={})) as client, watch(client) as watching:
        client.post(URL, json=FOX)
    assert watching.counts["checked"] == 1


def test_only_what_is_read_of_a_stream_is_checked(mock: MockServer) -> None:
    request = _request(mock)
    with requests.Session() as session, watch(session, contract=LINKS) as watching:
        session.request(**request, stream=True).close()
        with session.request(**request, stream=True) as response:
            parts = list(response.iter_content(100))
            with pytest.raises(requests.exceptions.StreamConsumedError):
                response.iter_content(100)
    with httpx.Client() as client, watch(client, contract=LINKS) as watching_httpx:
        with client.stream(**request):
            pass
        with client.stream(**request) as streamed:
            read = streamed.read()
    assert len(b"".join(parts)) == len(read)
    assert watching.counts["checked"] == watching_httpx.counts["checked"] == 1


@pytest.mark.parametrize(
    ("method", "url", "content_type"),
    [
        ("GET", URL, "application/json"),
        ("POST", "https://a.test/", "application/json"),
        ("POST", URL, "text/event-stream"),
    ],
)
def test_other_requests_and_event_streams_are_not_watched(
    method: str, url: str, content_type: str
) -> None:
    respond = canned(headers={"content-type": content_type})
    with client_of(respond) as client, watch(client) as watching:
        client.request(method, url)
    assert watching.counts["checked"] == 0


def test_a_sample_is_checked() -> None:
    with client_of(canned()) as client, watch(client, sample=0) as watching:
        client.post(URL, json=FOX)
    assert watching.counts["checked"] == 0


@pytest.mark.parametrize(("limit", "most"), [("_MAX_ITEMS", 1), ("_MAX_BYTES", 100)])
def test_too_much_is_dropped_and_counted(
    limit: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher, limit, most)
    begun, go_on = Event(), Event()

    def report(_: Observation) -> None:
        begun.set()
        go_on.wait(10)

    with client_of(canned()) as client, watch(client, report) as watching:
        client.post(URL, json=FOX)
        assert begun.wait(10)
        client.post(URL, json=FOX)
        assert not watching.wait(0)
        go_on.set()
    assert (watching.counts["checked"], watching.counts["dropped"]) == (1, 1)


def test_only_the_first_of_those_that_wait_is_delayed(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = Event(), Event()

    def report(_: Observation) -> None:
        begun.set()
        go_on.wait(10)

    with client_of(canned()) as client, watch(client, report) as watching:
        client.post(URL, json=FOX)
        assert begun.wait(10)
        monkeypatch.setattr(watcher, "_PAUSE_SECONDS", 3600)
        for _ in range(2):
            client.post(URL, json=FOX)
        go_on.set()
        assert watching.wait(10)


@pytest.mark.parametrize("error", [RuntimeError, SystemExit, pytest.fail.Exception])
def test_a_report_that_fails_is_logged_and_the_next_one_is_made(
    error: type[BaseException], caplog: pytest.LogCaptureFixture
) -> None:
    def report(_: Observation) -> None:
        raise error("planted")

    with client_of(canned()) as client, watch(client, report) as watching:
        for _ in range(2):
            client.post(URL, json=FOX)
    assert watching.counts["with_findings"] == 2
    assert caplog.messages == ["an exchange cannot be checked or reported"] * 2


@pytest.mark.parametrize(
    "place", ["mockserver.testing.watcher.capture_httpx", "mockserver.testing.watcher.Thread"]
)
def test_a_failure_of_the_watcher_is_not_the_users(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(place, fail)
    with client_of(canned()) as client, watch(client) as watching:
        assert client.post(URL, json=FOX).json() == {}
        assert watching.counts["checked"] == 0


def test_a_body_that_can_be_read_only_once_is_left_to_requests(mock: MockServer) -> None:
    def parts() -> Iterator[bytes]:
        yield b"{}"

    with requests.Session() as session, watch(session) as watching:
        url = f"{mock.base_url}/images/generations"
        response = session.post(url, data=parts(), headers=HEADERS, timeout=10)
    assert response.status_code == 400
    assert watching.counts["checked"] == 0


def test_after_close_nothing_is_watched_and_the_client_is_as_before() -> None:
    with client_of(canned()) as client:
        watching = watch(client)
        assert len(client.event_hooks["response"]) == 1
        watching.close()
        watching.close()
        assert client.event_hooks["response"] == []
        client.post(URL, json=FOX)
    assert watching.counts["checked"] == 0


def test_what_is_read_after_close_is_dropped() -> None:
    with client_of(canned()) as client:
        watching = watch(client)
        with client.stream("POST", URL, json=FOX) as response:
            watching.close()
            response.read()
    assert watching.counts["dropped"] == 1


def test_a_new_thread_is_started_where_a_fork_has_ended_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with client_of(canned()) as client, watch(client) as watching:
        # A fork leaves the value, not the thread.
        monkeypatch.setattr(watching._checker, "_thread", Thread())  # noqa: SLF001
        client.post(URL, json=FOX)
    assert watching.counts["checked"] == 1


def test_what_waits_is_checked_at_the_end_of_the_process() -> None:
    program = """
import httpx
from mockserver.testing import watch
respond = lambda _: httpx.Response(201, json={})
client = httpx.Client(transport=httpx.MockTransport(respond))
watch(client)
client.post("https://api.aimlapi.com/v1/images/generations", json={"model": "dall-e-2"})
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ended.stderr.startswith(
        "POST https://api.aimlapi.com/v1/images/generations 201 does not"
    )


@pytest.mark.parametrize(
    ("client", "options", "error"),
    [
        (object(), {}, TypeError),
        (requests, {}, TypeError),
        (requests.Session(), {"report": "warn"}, TypeError),
        (requests.Session(), {"sample": 7}, ValueError),
        (requests.Session(), {"contract": "dall-e-2@1999-01-01"}, SettingsError),
    ],
)
def test_wrong_arguments_are_an_error_at_once(
    client: object, options: dict[str, JSON], error: type[Exception]
) -> None:
    with pytest.raises(error):
        watch(client, **options)

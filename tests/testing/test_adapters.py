"""Each client library, without a socket, sees what it would see over one."""

from __future__ import annotations

import asyncio
import builtins
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import anyio
import httpx
import httpx2
import openai
import pytest
import requests

import mockserver
from mockserver.contracts import Exchange, Request, Response
from mockserver.errors import MockserverError
from mockserver.optional_deps import extra
from mockserver.strict_json import JSON
from mockserver.testing.admin_client import AdminClient
from tests.http import PATH, PINNED, load

LATER = "dall-e-2@2026-01-16"
ORIGIN = "https://api.aimlapi.com"
URL = ORIGIN + PATH
HEADERS = {"Authorization": "Bearer mock-key"}
BODY = {"model": "dall-e-2", "prompt": "A red fox"}
IMPATIENT = 0.15
"""Seconds that a client waits; a fault in the same test takes much longer."""

Ask = Callable[..., Any]
"""Asks for images, or for ``url``; gives the library's response."""


@contextmanager
def with_requests(**settings: JSON) -> Iterator[tuple[AdminClient, Ask]]:
    def ask(url: str = "", timeout: float = 10) -> requests.Response:
        if url:
            return requests.get(url, timeout=timeout)
        return requests.post(URL, json=BODY, headers=HEADERS, timeout=timeout)

    with mockserver.intercept_requests(**settings) as api:
        yield api, ask


def with_httpx(library: ModuleType) -> Any:  # noqa: ANN401
    @contextmanager
    def made(**settings: JSON) -> Iterator[tuple[AdminClient, Ask]]:
        transport = mockserver.httpx_transport(**settings)
        with library.Client(transport=transport) as client:

            def ask(url: str = "", timeout: float = 10) -> Any:  # noqa: ANN401
                if url:
                    return client.get(url, timeout=timeout)
                return client.post(URL, json=BODY, headers=HEADERS, timeout=timeout)

            yield transport.api, ask

    return made


def with_async_httpx(library: ModuleType) -> Any:  # noqa: ANN401
    @contextmanager
    def made(**settings: JSON) -> Iterator[tuple[AdminClient, Ask]]:
        transport = mockserver.async_httpx_transport(**settings)

        async def send(url: str, timeout: float) -> Any:  # noqa: ANN401
            async with library.AsyncClient(transport=transport, timeout=timeout) as client:
                if url:
                    return await client.get(url)
                return await client.post(URL, json=BODY, headers=HEADERS)

        yield transport.api, lambda url="", timeout=10: asyncio.run(send(url, timeout))

    return made


LIBRARIES = {
    "requests": with_requests,
    "httpx": with_httpx(httpx),
    "httpx2": with_httpx(httpx2),
    "httpx async": with_async_httpx(httpx),
    "httpx2 async": with_async_httpx(httpx2),
}


@pytest.fixture(params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def raised(library: str, of_requests: str, of_httpx: str) -> type[Exception]:
    """The exception that a library is to raise, by its name in each family."""
    family = library.partition(" ")[0]
    name = of_requests if family == "requests" else of_httpx
    module = requests.exceptions if family == "requests" else sys.modules[family]
    found: type[Exception] = getattr(module, name)
    return found


def test_a_response_is_the_documented_one(library: str) -> None:
    with LIBRARIES[library]() as (api, ask):
        response = ask()
        assert response.status_code == 201
        assert response.headers["Content-Type"] == "application/json"
        about = {**HEADERS, "Content-Type": "application/json"}
        sent = Request("POST", PATH, about, json.dumps(BODY).encode())
        came = Response(response.status_code, dict(response.headers), response.content)
        assert not load(PINNED).findings(Exchange(sent, came))
        assert response.headers["X-Request-Id"] == api.requests[0].id


def test_a_link_leads_to_its_image(library: str) -> None:
    with LIBRARIES[library](contract=LATER) as (api, ask):
        link = ask().json()["data"][0]["url"]
        assert link.startswith(f"{ORIGIN}/generated/")
        image = ask(link)
        assert image.headers["Content-Type"] == "image/png"
        assert image.content.startswith(b"\x89PNG")
        assert len(image.content) == int(image.headers["Content-Length"])
        assert len(api.downloads) == 1


def test_a_body_that_is_cut_short_is_an_error(library: str) -> None:
    error = raised(library, "ChunkedEncodingError", "RemoteProtocolError")
    with LIBRARIES[library]() as (api, ask):
        api.fail("truncated-body")
        with pytest.raises(error):
            ask()
        assert ask().status_code == 201
        assert [asked.fault for asked in api.requests] == ["truncated-body", None]


def test_a_client_gives_up_on_a_response_that_hangs(library: str) -> None:
    error = raised(library, "ReadTimeout", "ReadTimeout")
    with LIBRARIES[library]() as (api, ask):
        api.fail("hang")
        with pytest.raises(error, match=r"timed out|^$"):
            ask(timeout=IMPATIENT)
        assert ask().status_code == 201


def test_a_client_gives_up_on_a_body_that_drips(library: str) -> None:
    error = raised(library, "ConnectionError", "ReadTimeout")
    with LIBRARIES[library]() as (api, ask):
        api.fail("slow-drip", seconds=100)
        with pytest.raises(error):
            ask(timeout=IMPATIENT)


@pytest.mark.parametrize(
    ("fault", "of_httpx", "words"),
    [
        ("close-connection", "RemoteProtocolError", "disconnected|closed connection without resp"),
        ("reset-connection", "ReadError", "Connection reset by peer"),
    ],
)
def test_a_connection_that_ends_is_the_librarys_own_error(
    library: str, fault: str, of_httpx: str, words: str
) -> None:
    with LIBRARIES[library]() as (api, ask):
        api.fail(fault)
        with pytest.raises(raised(library, "ConnectionError", of_httpx), match=words):
            ask()
        assert [(asked.status, asked.fault) for asked in api.requests] == [(444, fault)]


def test_a_client_that_gives_up_ends_its_request(library: str) -> None:
    with LIBRARIES[library](concurrency=1) as (api, ask):
        for count in (1, 2):
            api.fail("delay", seconds=100)
            with pytest.raises(raised(library, "ReadTimeout", "ReadTimeout")):
                ask(timeout=IMPATIENT)
            api.wait(count, status=499)
        assert ask().status_code == 201
        assert [asked.status for asked in api.requests] == [499, 499, 201]


def test_a_body_that_drips_arrives_whole_for_the_patient(library: str) -> None:
    with LIBRARIES[library]() as (api, ask):
        api.fail("slow-drip", seconds=0.1)
        assert ask().json()["output"]["choices"]


def test_a_delay_within_the_timeout_is_waited_for(library: str) -> None:
    with LIBRARIES[library]() as (api, ask):
        api.fail("delay", seconds=0.05)
        assert ask().status_code == 201


def test_a_gateways_page_arrives_as_it_is(library: str) -> None:
    with LIBRARIES[library]() as (api, ask):
        api.fail("html-page")
        response = ask()
        assert (response.status_code, response.headers["Content-Type"]) == (
            502,
            "text/html; charset=utf-8",
        )
        assert "<h1>502 Bad Gateway</h1>" in response.text


def test_malformed_json_is_left_malformed(library: str) -> None:
    with LIBRARIES[library]() as (api, ask):
        api.fail("malformed-json")
        with pytest.raises(ValueError, match="Expecting"):
            ask().json()


def test_an_api_error_keeps_its_headers(library: str) -> None:
    with LIBRARIES[library]() as (api, ask):
        api.fail(429, headers={"Retry-After": "3"})
        response = ask()
        assert (response.status_code, response.headers["Retry-After"]) == (429, "3")


def test_control_can_be_for_one_key(library: str) -> None:
    with LIBRARIES[library](key="mock-key") as (api, ask):
        api.use_contract(LATER)
        assert ask().status_code == 200
    with LIBRARIES[library](key="mock-another") as (api, ask):
        api.fail(500, times="always")
        assert ask().status_code == 201
        assert not api.requests


def test_what_was_asked_can_be_known_when_the_client_has_closed(library: str) -> None:
    with LIBRARIES[library]() as (api, ask):
        ask()
    api.assert_requested(prompt="red fox", times=1)


def test_links_begin_with_the_address_that_is_answered_for() -> None:
    with mockserver.intercept_requests(LATER, public_url="https://images.test") as api:
        response = requests.post(
            f"https://images.test{PATH}", json=BODY, headers=HEADERS, timeout=5
        )
        link = response.json()["data"][0]["url"]
        assert link.startswith("https://images.test/generated/")
        assert requests.get(link, timeout=5).status_code == 200
        assert len(api.downloads) == 1


def test_requests_to_other_addresses_are_refused_unless_let_through() -> None:
    elsewhere = ("https://elsewhere.test/", f"{ORIGIN}.elsewhere.test/")
    for url in elsewhere:
        with (
            mockserver.intercept_requests(),
            pytest.raises(requests.ConnectionError, match="match"),
        ):
            requests.get(url, timeout=5)
    with mockserver.MockServer() as served, mockserver.intercept_requests(passthrough=[served.url]):
        assert requests.get(f"{served.url}/healthz", timeout=5).json()["status"] == "ok"


def test_the_inner_one_of_two_interceptions_answers() -> None:
    with mockserver.intercept_requests() as outer:
        with mockserver.intercept_requests() as inner:
            requests.post(URL, json={"prompt": "inner"}, headers=HEADERS, timeout=10)
        requests.post(URL, json={"prompt": "outer"}, headers=HEADERS, timeout=10)
    assert [request.prompt for request in inner.requests] == ["inner"]
    assert [request.prompt for request in outer.requests] == ["outer"]


def test_a_proxy_in_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with mockserver.intercept_requests():
        assert requests.post(URL, json=BODY, headers=HEADERS, timeout=5).status_code == 201
    with httpx.Client(transport=mockserver.httpx_transport()) as client:
        assert client.post(URL, json=BODY, headers=HEADERS).status_code == 201


def test_requests_takes_every_kind_of_body_and_timeout() -> None:
    headers = {**HEADERS, "Content-Type": "application/json"}
    with mockserver.intercept_requests() as api:
        for body in (json.dumps(BODY), json.dumps(BODY).encode()):
            assert requests.post(URL, data=body, headers=headers, timeout=(1, 5)).ok
        assert requests.post(URL, headers=headers, timeout=None).status_code == 400
        assert requests.head(f"{ORIGIN}/healthz", timeout=5).text == ""
        api.fail("hang")
        with pytest.raises(requests.ReadTimeout):
            requests.post(URL, json=BODY, headers=HEADERS, timeout=(5, IMPATIENT))


def test_requests_can_read_a_response_bit_by_bit() -> None:
    with mockserver.intercept_requests():
        response = requests.post(URL, json=BODY, headers=HEADERS, timeout=5, stream=True)
        pieces = list(response.iter_content(10_000))
        assert len(pieces) > 10
        assert json.loads(b"".join(pieces))["model"] == "dall-e-2"


def test_httpx_is_not_misled_by_the_length_of_a_body_that_is_not_sent() -> None:
    with httpx.Client(transport=mockserver.httpx_transport()) as client:
        response = client.head(f"{ORIGIN}/healthz")
        assert (response.status_code, response.content) == (200, b"")
        assert int(response.headers["Content-Length"]) > 0


def test_a_task_that_is_cancelled_leaves_nothing_waiting() -> None:
    transport = mockserver.async_httpx_transport()
    transport.api.fail("hang")

    async def cancel() -> None:
        async with httpx.AsyncClient(transport=transport, timeout=None) as client:
            task = asyncio.create_task(client.post(URL, json=BODY, headers=HEADERS))
            await asyncio.sleep(IMPATIENT)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(cancel())


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_waiting_requests_leave_the_threads_of_the_user_alone(library: ModuleType) -> None:
    transport = mockserver.async_httpx_transport()
    transport.api.fail("hang", times="always")

    async def wait_and_work() -> None:
        async with library.AsyncClient(transport=transport, timeout=None) as client:
            # More than the threads of either pool, which are 40 and at most 32.
            asked = (client.post(URL, json=BODY, headers=HEADERS) for _ in range(60))
            tasks = [asyncio.create_task(each) for each in asked]
            async with asyncio.timeout(30):
                while transport.api.faults[0]["used"] < len(tasks):
                    await asyncio.sleep(0.01)
            assert await anyio.to_thread.run_sync(lambda: "anyio") == "anyio"
            assert await asyncio.to_thread(lambda: "asyncio") == "asyncio"
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            assert {type(result) for result in results} == {asyncio.CancelledError}

    asyncio.run(wait_and_work())


def test_many_tasks_at_once_are_all_answered() -> None:
    transport = mockserver.async_httpx_transport()

    async def draw() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=transport) as client:
            asked = (client.post(URL, json=BODY, headers=HEADERS) for _ in range(20))
            return await asyncio.gather(*asked)

    assert {response.status_code for response in asyncio.run(draw())} == {201}
    assert transport.api.count() == 20


@pytest.fixture(params=["httpx", "httpx2"])
def sdk_client(request: pytest.FixtureRequest) -> Any:  # noqa: ANN401
    """Makes the HTTP client that the OpenAI SDK is given: of either library."""
    return httpx.Client if request.param == "httpx" else openai.DefaultHttpxClient


@pytest.mark.parametrize(
    ("what", "error"),
    [
        ("truncated-body", openai.APIConnectionError),
        ("hang", openai.APITimeoutError),
        ("slow-drip", openai.APITimeoutError),
        ("html-page", openai.InternalServerError),
        ("malformed-json", json.JSONDecodeError),
        (429, openai.RateLimitError),
        (401, openai.AuthenticationError),
        (403, openai.PermissionDeniedError),
    ],
)
def test_the_openai_sdk_raises_its_own_errors(
    sdk_client: Any,  # noqa: ANN401
    what: int | str,
    error: type[Exception],
) -> None:
    transport = mockserver.httpx_transport(LATER)
    transport.api.fail(what, **({"seconds": 100} if what == "slow-drip" else {}))
    with sdk_client(transport=transport) as http_client:
        sdk = openai.OpenAI(
            api_key="mock-key",
            base_url=f"{ORIGIN}/v1",
            http_client=http_client,
            max_retries=0,
            timeout=IMPATIENT if what in {"hang", "slow-drip"} else 10,
        )
        with pytest.raises(error):
            sdk.images.generate(model="dall-e-2", prompt="A red fox")
        assert (
            sdk.with_options(timeout=10).images.generate(model="dall-e-2", prompt="A red fox").data
        )


def test_the_openai_sdk_tries_again_as_it_is_told() -> None:
    transport = mockserver.httpx_transport(LATER)
    transport.api.fail(429, times=2, headers={"retry-after-ms": "1"})
    with openai.DefaultHttpxClient(transport=transport) as http_client:
        sdk = openai.OpenAI(api_key="mock-key", base_url=f"{ORIGIN}/v1", http_client=http_client)
        assert sdk.images.generate(model="dall-e-2", prompt="A red fox").data
    assert [asked.status for asked in transport.api.requests] == [429, 429, 200]


@pytest.mark.parametrize("name", ["intercept_requests", "httpx_transport", "async_httpx_transport"])
def test_a_missing_extra_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = {"requests", "anyio"}
    for module in missing:
        monkeypatch.setitem(sys.modules, module, None)
    feature = name.removeprefix("async_")
    command = rf"{feature} needs \w+: pip install '(\.|aimlapi-mockserver)\[(requests|httpx)\]'"
    with pytest.raises(MockserverError, match=command):
        getattr(mockserver, name)().__enter__()


def test_what_an_extra_itself_misses_is_not_hidden() -> None:
    assert extra("builtins", "any", "a test") is builtins

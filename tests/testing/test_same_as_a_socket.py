"""The adapters against a real socket: a client library sees the same through both."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from types import ModuleType
from typing import Any

import httpx
import httpx2
import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

import mockserver
from mockserver.testing.admin_client import AdminClient
from mockserver.testing.mock_server import MockServer
from tests.http import PATH

KEY = "mock-key"
BODY = json.dumps({"model": "dall-e-2", "prompt": "A red fox", "size": "256x256"}).encode()
HEADERS = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
CLOCK = "2026-01-16T12:00:00Z"
IMPATIENT = 0.5
"""Seconds that a client waits for what never comes, and that are enough for what does."""
VOLATILE = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b0x[0-9a-f]+|\d{4}-\d\d-\d\dT[\d:.]+Z")
"""Request ids, addresses of objects, and times."""

Seen = list[Any]
"""What a client and the journal know at the end."""


def generator() -> Iterator[bytes]:
    yield BODY[:10]
    yield BODY[10:]


async def async_generator() -> AsyncIterator[bytes]:
    for part in generator():
        yield part


def failing_generator() -> Iterator[bytes]:
    yield BODY[:10]
    raise LookupError("the source of the body fails")


@dataclass(frozen=True)
class Case:
    """One request; ``body`` makes a new body for each library."""

    body: Callable[[], Any] = lambda: BODY
    method: str = "POST"
    path: str = PATH
    headers: Any = field(default_factory=lambda: HEADERS)
    options: dict[str, Any] = field(default_factory=dict)
    faults: tuple[dict[str, Any], ...] = ()
    timeout: Any = 10.0


def fault(what: int | str, **options: Any) -> tuple[dict[str, Any], ...]:  # noqa: ANN401
    return ({"what": what, **options},)


CASES = {
    "bytes": Case(),
    "text": Case(BODY.decode),
    "text that is not ASCII": Case(lambda: BODY.decode().replace("fox", "füchsin")),
    "bytearray": Case(lambda: bytearray(BODY)),
    "a generator": Case(generator),
    "an async generator": Case(async_generator),
    "a generator that fails": Case(failing_generator),
    "a file": Case(lambda: io.BytesIO(BODY)),
    "a text file": Case(lambda: io.StringIO(BODY.decode())),
    "a file read in part": Case(lambda: seek(io.BytesIO(b"skipped" + BODY), 7)),
    "a list of parts": Case(lambda: [BODY[:10], BODY[10:]]),
    "an empty body": Case(lambda: b""),
    "no body": Case(lambda: None),
    "an empty generator": Case(lambda: iter(())),
    "a generator with a length": Case(
        generator, headers={**HEADERS, "Content-Length": str(len(BODY))}, timeout=IMPATIENT
    ),
    "a multipart form": Case(lambda: None, options={"files": {"image": ("a.png", b"\x89PNG")}}),
    "a form": Case(lambda: None, options={"data": {"model": "dall-e-2", "prompt": "A red fox"}}),
    "gzip": Case(lambda: gzip.compress(BODY), headers={**HEADERS, "Content-Encoding": "gzip"}),
    "expect": Case(headers={**HEADERS, "Expect": "100-continue"}),
    "not JSON": Case(lambda: b"{"),
    "a large body": Case(lambda: json.dumps({"prompt": "x" * 3_000_000}).encode()),
    "GET": Case(lambda: None, method="GET", path="/healthz"),
    "HEAD": Case(lambda: None, method="HEAD", path="/healthz"),
    "HEAD of the endpoint": Case(lambda: None, method="HEAD"),
    "OPTIONS": Case(lambda: None, method="OPTIONS"),
    "PUT": Case(method="PUT"),
    "DELETE": Case(lambda: None, method="DELETE"),
    "PATCH": Case(method="PATCH"),
    "a lower-case method": Case(method="post"),
    "an unknown method": Case(lambda: None, method="BREW"),
    "a trailing slash": Case(path=f"{PATH}/"),
    "a doubled slash": Case(path=f"/{PATH}"),
    "a query": Case(path=f"{PATH}?a=1&a=2&b=%20x+y"),
    "an empty query": Case(path=f"{PATH}?"),
    "a fragment": Case(path=f"{PATH}#top"),
    "percent-encoding": Case(path="/v1/images%2Fgenerations"),
    "a percent-encoded letter": Case(path="/v1/%69mages/generations"),
    "a path that is not ASCII": Case(path="/v1/bilder/füchse?q=ü"),
    "dot segments": Case(path="/v1/../v1/images/./generations"),
    "the root": Case(lambda: None, method="GET", path=""),
    "headers in another case": Case(headers={n.lower(): v for n, v in HEADERS.items()}),
    "a header that is not ASCII": Case(headers={**HEADERS, "X-Title": "f\xfcchse".encode()}),
    "a header with spaces": Case(headers={**HEADERS, "X-Title": "a  b"}),
    "a header with an underscore": Case(headers={**HEADERS, "X_Title": "a"}),
    "an empty header": Case(headers={**HEADERS, "X-Title": ""}),
    "a header of two lines": Case(headers={**HEADERS, "X-Title": "a\r\nX-Other: b"}),
    "a long header": Case(headers={**HEADERS, "X-Title": "a" * 70_000}),
    "the same header twice": Case(headers=[*HEADERS.items(), ("X-Title", "a"), ("X-Title", "b")]),
    "a client that closes": Case(headers={**HEADERS, "Connection": "close"}),
    "no key": Case(headers={"Content-Type": "application/json"}),
    "credentials": Case(headers={}, options={"auth": ("user", "password")}),
    "a wrong type of body": Case(lambda: 7),
    "a refusal": Case(faults=fault(429, headers={"Retry-After": "3"})),
    "a fault with duplicate headers": Case(faults=fault(503, headers={"Set-Cookie": "a=1"})),
    "a page": Case(faults=fault("html-page")),
    "malformed JSON": Case(faults=fault("malformed-json")),
    "a truncated body": Case(faults=fault("truncated-body")),
    "a closed connection": Case(faults=fault("close-connection")),
    "a reset connection": Case(faults=fault("reset-connection")),
    "a slow body": Case(faults=fault("slow-drip", seconds=0.05)),
    "a body that is too slow": Case(faults=fault("slow-drip", seconds=100), timeout=IMPATIENT),
    "a hang": Case(faults=fault("hang"), timeout=IMPATIENT),
    "a delay": Case(faults=fault("delay", seconds=0.05)),
    "no timeout": Case(timeout=None),
    "a timeout for each phase": Case(faults=fault("hang"), timeout=(5, IMPATIENT)),
}


def seek(file: io.BytesIO, offset: int) -> io.BytesIO:
    file.seek(offset)
    return file


def ask_requests(url: str, case: Case, _: Any) -> Any:  # noqa: ANN401
    with requests.Session() as session:
        options = {"data": case.body(), "headers": dict(case.headers), **case.options}
        return session.request(case.method, url, timeout=case.timeout, **options)


def ask_httpx(library: ModuleType, url: str, case: Case, transport: Any) -> Any:  # noqa: ANN401
    timeout = timeout_of(library, case)
    with library.Client(transport=transport, timeout=timeout, verify=False) as client:
        options = {"content": case.body(), "headers": case.headers, **case.options}
        return client.request(case.method, url, **options)


def ask_async_httpx(library: ModuleType, url: str, case: Case, transport: Any) -> Any:  # noqa: ANN401
    async def send() -> Any:  # noqa: ANN401
        timeout = timeout_of(library, case)
        async with library.AsyncClient(
            transport=transport, timeout=timeout, verify=False
        ) as client:
            options = {"content": case.body(), "headers": case.headers, **case.options}
            return await client.request(case.method, url, **options)

    return asyncio.run(send())


def timeout_of(library: ModuleType, case: Case) -> Any:  # noqa: ANN401
    if not isinstance(case.timeout, tuple):
        return case.timeout
    return library.Timeout(case.timeout[0], read=case.timeout[1])


ALWAYS_RUN = ("requests", "httpx2 async")

LIBRARIES: dict[str, Callable[[str, Case, Any], Any]] = {
    "requests": ask_requests,
    "httpx": partial(ask_httpx, httpx),
    "httpx async": partial(ask_async_httpx, httpx),
    "httpx2 async": partial(ask_async_httpx, httpx2),
}


@pytest.fixture(scope="module")
def mocks() -> Iterator[tuple[MockServer, Any]]:
    """A mock behind a socket, and a transport of httpx, at the same address."""
    with MockServer() as served:
        yield served, mockserver.httpx_transport(key=KEY, public_url=served.url)


@pytest.fixture
def url(mocks: tuple[MockServer, Any]) -> str:
    return mocks[0].url


See = Callable[[AdminClient, Any], Seen]
Both = Callable[[str, See], tuple[Seen, Seen]]
"""What is seen over a socket and in process, with an admin client and a transport."""


@pytest.fixture
def both(mocks: tuple[MockServer, Any]) -> Both:
    served, transport = mocks

    def both(library: str, see: See) -> tuple[Seen, Seen]:
        expected = see(prepared(served.with_key(KEY)), None)
        if library != "requests":
            return expected, see(prepared(transport.api), transport)
        with mockserver.intercept_requests(key=KEY, public_url=served.url) as api:
            return expected, see(prepared(api), None)

    return both


def prepared(api: AdminClient) -> AdminClient:
    api.reset()
    api.set_clock(CLOCK)
    return api


def seen(api: AdminClient, case: Case, ask: Callable[[], Any]) -> Seen:
    for each in case.faults:
        api.fail(**each)
    try:
        came = described(ask())
    except Exception as error:  # noqa: BLE001 - whatever the library raises
        came = errors(error)
    hangs = sum(each.get("times", 1) for each in case.faults if each["what"] == "hang")
    if hangs:
        api.wait(hangs, status=499)
    return [came, journal(api)]


def described(response: Any) -> Seen:  # noqa: ANN401
    headers = {
        name.lower(): VOLATILE.sub("…", value)
        for name, value in response.headers.items()
        if name.lower() != "date"
    }
    reason = getattr(response, "reason", None) or response.reason_phrase
    return [response.status_code, reason, headers, VOLATILE.sub("…", response.text)]


def errors(error: BaseException) -> Seen:
    """The class of an error, and its text where the library wrote it."""
    is_async_reset = str(error) == "" or "reset by peer" in str(error)
    return [type(error), "" if is_async_reset else VOLATILE.sub("…", str(error))]


def journal(api: AdminClient) -> Seen:
    entries = [
        (each.status, each.fault, each.prompt, sorted(each.headers.items()))
        for each in api.requests
    ]
    return sorted(entries, key=str)  # a request that the client left may end after its next one


@pytest.mark.parametrize(
    "library",
    [
        pytest.param(name, marks=() if name in ALWAYS_RUN else pytest.mark.nightly)
        for name in LIBRARIES
    ],
)
@pytest.mark.parametrize("name", CASES)
def test_a_request_has_the_same_result(library: str, name: str, url: str, both: Both) -> None:
    case, ask = CASES[name], LIBRARIES[library]

    def see(api: AdminClient, transport: Any) -> Seen:  # noqa: ANN401
        return seen(api, case, lambda: ask(url + case.path, case, transport))

    expected, received = both(library, see)
    assert received == expected


RETRY_POLICIES: dict[str, tuple[dict[str, Any], tuple[dict[str, Any], ...]]] = {
    "none": ({"total": 0}, fault(503, times=2)),
    "statuses": ({"status_forcelist": [503]}, fault(503, times=2)),
    "too few": ({"total": 1, "status_forcelist": [503]}, fault(503, times=2)),
    "the last response": (
        {"total": 1, "status_forcelist": [503], "raise_on_status": False},
        fault(503, times=2),
    ),
    "another status": ({"status_forcelist": [500]}, fault(503)),
    "Retry-After": ({}, fault(429, times=2, headers={"Retry-After": "3"})),
    "Retry-After that is ignored": (
        {"respect_retry_after_header": False, "status_forcelist": [429], "backoff_factor": 1},
        fault(429, times=3, headers={"Retry-After": "3"}),
    ),
    "other methods": ({"allowed_methods": ["GET"], "status_forcelist": [503]}, fault(503)),
    "a hang": ({"total": 1}, fault("hang")),
    "hangs": ({"total": 1}, fault("hang", times=2)),
    "reads are not tried again": ({"total": 1, "read": 0}, fault("hang")),
    "a closed connection": ({"backoff_factor": 1}, fault("close-connection", times=2)),
    "a reset connection": ({}, fault("reset-connection", times=2)),
    "a truncated body": ({}, fault("truncated-body")),
    "a kind each": (
        {"total": 3, "status_forcelist": [503]},
        (*fault(503), *fault("close-connection"), *fault("reset-connection")),
    ),
}


@pytest.mark.parametrize(
    ("name", "body"),
    [
        (name, body)
        for name, (_, faults) in RETRY_POLICIES.items()
        for body in (["a file"] if "hang" in str(faults) else ["bytes", "a file", "a generator"])
    ],
)
def test_requests_retries_in_the_same_way(
    name: str, body: str, url: str, both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy, faults = RETRY_POLICIES[name]
    retry = Retry(**{"total": 5, "allowed_methods": None, **policy})
    case = Case(CASES[body].body, faults=faults, timeout=IMPATIENT if "hang" in str(faults) else 10)

    def ask() -> requests.Response:
        with requests.Session() as session:
            session.mount("http://", HTTPAdapter(max_retries=retry))
            return session.post(url + PATH, case.body(), headers=HEADERS, timeout=case.timeout)

    def see(api: AdminClient, _: object) -> Seen:
        slept: list[float] = []
        monkeypatch.setattr(time, "sleep", slept.append)
        return [seen(api, case, ask), slept]

    expected, received = both("requests", see)
    assert received == expected


def post(session: Any, url: str, **options: Any) -> Any:  # noqa: ANN401
    name = "data" if isinstance(session, requests.Session) else "content"
    return session.post(url + PATH, headers=HEADERS, timeout=10, **{name: BODY}, **options)


def several(session: Any, url: str, _: AdminClient) -> Seen:  # noqa: ANN401
    return [described(post(session, url)) for _ in range(3)]


def cookies(session: Any, url: str, api: AdminClient) -> Seen:  # noqa: ANN401
    api.fail(503, headers={"Set-Cookie": "session=abc; Path=/"})
    return [post(session, url).status_code, post(session, url).status_code, dict(session.cookies)]


def in_the_reach_of_faults(session: Any, url: str, api: AdminClient) -> Seen:  # noqa: ANN401
    api.fail("truncated-body", after=1)
    results = []
    for _ in range(3):
        try:
            results += described(post(session, url))
        except Exception as error:  # noqa: BLE001 - whatever the library raises
            results += errors(error)
    return results


def closed_early(session: Any, url: str, api: AdminClient) -> Seen:  # noqa: ANN401
    api.fail("slow-drip", seconds=100)
    if isinstance(session, requests.Session):
        with post(session, url, stream=True) as response:
            first = next(response.iter_content(1))
    else:
        with session.stream("POST", url + PATH, content=BODY, headers=HEADERS) as response:
            first = next(response.iter_raw(1))
    return [first, described(post(session, url))]


def raw(session: Any, url: str, _: AdminClient) -> Seen:  # noqa: ANN401
    if not isinstance(session, requests.Session):
        with session.stream("GET", f"{url}/healthz") as response:
            return [len(part) for part in response.iter_raw(7)]
    with session.get(f"{url}/healthz", stream=True, timeout=10) as response:
        file = response.raw
        seen = [file.status, file.reason, file.version, file.read(7), file.read(), file.read()]
    with session.get(f"{url}/healthz", stream=True, timeout=10) as response:
        return [*seen, response.raw.data, list(response.iter_lines())]


def at_once(session: Any, url: str, api: AdminClient) -> Seen:  # noqa: ANN401
    api.fail("delay", seconds=0.05, times=8)
    with ThreadPoolExecutor(8) as threads:
        return [each.status_code for each in threads.map(lambda _: post(session, url), range(8))]


SESSIONS: dict[str, Any] = {
    "requests": requests.Session,
    "httpx": httpx.Client,
    "httpx2": httpx2.Client,
}


@pytest.mark.parametrize(
    "use", [several, cookies, in_the_reach_of_faults, closed_early, raw, at_once]
)
@pytest.mark.parametrize("library", SESSIONS)
def test_a_session_has_the_same_results(library: str, use: Any, url: str, both: Both) -> None:  # noqa: ANN401
    def see(api: AdminClient, transport: Any) -> Seen:  # noqa: ANN401
        options = {"transport": transport} if transport else {}
        with SESSIONS[library](**options) as session:
            return [use(session, url, api), journal(api)]

    expected, received = both(library, see)
    assert received == expected

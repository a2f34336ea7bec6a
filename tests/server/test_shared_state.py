"""One state for all processes of two servers, which share a Redis."""

from __future__ import annotations

import os
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path
from threading import Event
from time import sleep

import pytest
import requests

from mockserver.app.tenants import tenant_id
from tests.http import PATH
from tests.process import gunicorn

pytestmark = pytest.mark.slow

COST = 120_000
TOKEN = "mock-admin-token"
BODY = {"model": "dall-e-2", "prompt": "A red fox", "size": "256x256"}
SIZES = [(200, 20), pytest.param(1000, 100, marks=pytest.mark.nightly)]
"""How many requests are sent at once, and how many of them are to be let through."""


@pytest.fixture(scope="module")
def servers(redis_origin: str) -> Iterator[list[tuple[str, subprocess.Popen[str]]]]:
    """Two servers of two processes each."""
    variables = {
        "MOCKSERVER_STORE": f"{redis_origin}/1",
        "MOCKSERVER_ADMIN_TOKEN": TOKEN,
        "MOCKSERVER_JOURNAL": "2000",
    }
    options = ("--preload", "--threads", "8")
    with gunicorn(*options, **variables) as first, gunicorn(*options, **variables) as second:
        yield [first, second]


@pytest.fixture
def origins(servers: list[tuple[str, subprocess.Popen[str]]]) -> list[str]:
    return [origin for origin, _ in servers]


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    """A key that no other test has."""
    return f"mock-{request.node.name}"


def admin(origin: str, key: str) -> Callable[..., requests.Response]:
    """Returns a function that calls the admin API for the tenant of a key, on a new connection."""

    def call(method: str, path: str, **arguments: object) -> requests.Response:
        where = "params" if method in {"GET", "DELETE"} else "json"
        response = requests.request(
            method,
            f"{origin}/__admin/{path}",
            headers={"Authorization": f"Bearer {TOKEN}"},
            timeout=30,
            **{where: {"tenant": tenant_id(key), **arguments}},  # type: ignore[arg-type]
        )
        assert response.ok, response.text
        return response

    return call


def post(origin: str, key: str, **headers: str) -> int:
    """The status of one request, on a new connection, which any process may take."""
    sent = {"Authorization": f"Bearer {key}", **headers}
    return requests.post(origin + PATH, json=BODY, headers=sent, timeout=60).status_code


def statuses(origins: list[str], key: str, count: int) -> Counter[int]:
    """The statuses of so many parallel requests to both servers."""
    with ThreadPoolExecutor(24) as pool:
        turns = (origin for origin, _ in zip(cycle(origins), range(count), strict=False))
        return Counter(pool.map(lambda origin: post(origin, key), turns))


def test_a_fault_happens_twice_over_all_processes(origins: list[str], key: str) -> None:
    admin(origins[0], key)("POST", "faults", status=503, times=2)
    assert statuses(origins, key, 40) == {503: 2, 201: 38}
    (fault,) = admin(origins[1], key)("GET", "faults").json()["faults"]
    assert fault["used"] == 2


@pytest.mark.parametrize(("sent", "most"), SIZES)
def test_a_rate_limit_admits_exactly_so_many(
    origins: list[str], key: str, sent: int, most: int
) -> None:
    admin(origins[0], key)("PUT", "limits", rate=f"{most}/hour")
    assert statuses(origins, key, sent) == {201: most, 429: sent - most}
    assert admin(origins[1], key)("GET", "limits").json()["left"] == 0


@pytest.mark.parametrize(("sent", "most"), SIZES)
def test_credits_are_never_overspent(origins: list[str], key: str, sent: int, most: int) -> None:
    admin(origins[1], key)("PUT", "credits", balance=most * COST + 1)
    assert statuses(origins, key, sent) == {201: most, 403: sent - most}
    assert admin(origins[0], key)("GET", "credits").json() == {"balance": 1}


def test_every_process_shows_the_same_journal_in_order(origins: list[str], key: str) -> None:
    for origin, i in zip(cycle(origins), range(12), strict=False):
        sent = {"Authorization": f"Bearer {key}"}
        requests.post(origin + PATH, json={**BODY, "prompt": f"{i}"}, headers=sent, timeout=30)
    for origin in origins * 2:
        entries = admin(origin, key)("GET", "requests").json()["requests"]
        assert [entry["fields"]["prompt"] for entry in entries] == [str(i) for i in range(12)]
    assert admin(origins[0], key)("DELETE", "requests").json() == {"removed": 12}
    assert admin(origins[1], key)("GET", "requests/count").json() == {"count": 0}


def test_a_reset_ends_what_waits_in_another_process(origins: list[str], key: str) -> None:
    first, second = (admin(origin, key) for origin in origins)
    with ThreadPoolExecutor(4) as pool:
        hanging = [pool.submit(post, origin, key, Prefer="fault=hang") for origin in origins * 2]
        while first("GET", "limits").json()["inside"] < 4:
            sleep(0.01)
        second("POST", "reset")
        assert {each.result(30) for each in hanging} == {504}


def workers(process: subprocess.Popen[str]) -> list[int]:
    """The processes that a server has started."""
    file = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return [int(pid) for pid in file.read_text().split()]


def test_a_killed_process_takes_only_its_own_requests(
    servers: list[tuple[str, subprocess.Popen[str]]], key: str
) -> None:
    origins = [origin for origin, _ in servers]
    admin(origins[0], key)("PUT", "limits", concurrency=30, rate="10000/hour")
    killed, failed, done = Event(), 0, Counter[int]()

    def ask(origin: str) -> None:
        nonlocal failed
        while not (killed.is_set() and sum(done.values()) > 100):
            try:
                done[post(origin, key)] += 1
            except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
                failed += 1

    with ThreadPoolExecutor(8) as pool:
        asking = [pool.submit(ask, origin) for origin in origins * 4]
        while sum(done.values()) < 50:
            sleep(0.01)
        os.kill(workers(servers[0][1])[0], signal.SIGKILL)
        killed.set()
        for each in asking:
            each.result(60)
    assert done.keys() == {201}
    assert failed <= 8, "each client had one request at a time"
    used = 10000 - admin(origins[1], key)("GET", "limits").json()["left"]
    assert sum(done.values()) <= used <= sum(done.values()) + failed


@pytest.mark.nightly
def test_what_a_killed_process_held_is_returned(
    servers: list[tuple[str, subprocess.Popen[str]]], key: str
) -> None:
    origin, process = servers[0]
    call = admin(origin, key)
    call("PUT", "limits", concurrency=2)
    with ThreadPoolExecutor(2) as pool:
        hanging = [pool.submit(post, origin, key, Prefer="fault=hang") for _ in range(2)]
        while call("GET", "limits").json()["inside"] < 2:
            sleep(0.01)
        for pid in workers(process):
            os.kill(pid, signal.SIGKILL)
        for each in hanging:
            assert isinstance(each.exception(30), requests.ConnectionError)
        assert post(servers[1][0], key) == 429
        while post(servers[1][0], key) == 429:
            sleep(0.5)
        assert call("GET", "limits").json()["inside"] == 0

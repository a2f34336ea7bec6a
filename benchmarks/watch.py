"""What ``mockserver.testing.watch`` adds to a call.

A transport in memory responds at once, so the calls measure the client and the watcher alone. Calls
with and without the watcher alternate, and each waits until the one before is checked. The check
begins 20 ms later, on a thread of its own. Python runs one thread at a time, so it delays the rest.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from io import BytesIO
from statistics import median, quantiles

import httpx
import requests
from requests.adapters import BaseAdapter

from mockserver.testing import watch

Client = httpx.Client | requests.Session

_URL = "https://api.aimlapi.com/v1/images/generations"
_REQUEST = {"model": "dall-e-2", "prompt": "a hedgehog"}
_HEADERS = {"Authorization": "Bearer mock-key", "Content-Type": "application/json"}
_CALLS = 300
_SIZES = (1_000, 100_000, 2_000_000)


def main(arguments: Sequence[str]) -> None:
    """Measure clients of httpx and requests with responses of three sizes."""
    argparse.ArgumentParser("python -m benchmarks watch", description=__doc__).parse_args(arguments)
    print("library     response   median added   95 % add less than   check, on its thread")
    for size in _SIZES:
        body = json.dumps({"data": [{"b64_json": "A" * size}]}).encode()
        for name, make in (("httpx", _httpx_client), ("requests", _requests_session)):
            added, checks = _measure(make(body), make(body))
            most = quantiles(added, n=20)[-1]
            figures = f"{median(added):9.3f} ms  {most:15.3f} ms  {median(checks):19.3f} ms"
            print(f"{name:8}  {size:8} B  {figures}")


def _measure(plain: Client, watched: Client) -> tuple[list[float], list[float]]:
    """Return by how much each of some calls is slower with the watcher, and how long checks take.

    All in milliseconds.
    """
    added, checks = [], []
    with watch(watched, lambda _: None) as watcher:
        for client in (plain, watched):
            _milliseconds(client)
        for _ in range(_CALLS):
            _milliseconds(plain)  # both are measured right after such a call
            took = _milliseconds(watched)
            begun = time.perf_counter()
            watcher.wait()
            checks.append((time.perf_counter() - begun) * 1000)
            _milliseconds(plain)
            added.append(took - _milliseconds(plain))
    return added, checks


def _milliseconds(client: Client) -> float:
    """Return the processor time of a call on this thread, which other work hardly changes."""
    begun = time.thread_time()
    assert client.post(_URL, json=_REQUEST, headers=_HEADERS).content
    return (time.thread_time() - begun) * 1000


def _httpx_client(body: bytes) -> httpx.Client:
    headers = {"content-type": "application/json"}

    def respond(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers=headers, stream=httpx.ByteStream(body))

    return httpx.Client(transport=httpx.MockTransport(respond))


def _requests_session(body: bytes) -> requests.Session:
    session = requests.Session()
    session.mount("https://", _Canned(body))
    return session


class _Canned(BaseAdapter):
    def __init__(self, body: bytes) -> None:
        super().__init__()
        self._body = body

    def send(self, request: requests.PreparedRequest, **_: object) -> requests.Response:  # type: ignore[override]
        response = requests.Response()
        response.status_code, response.request, response.raw = 200, request, BytesIO(self._body)
        response.headers["content-type"] = "application/json"
        return response

    def close(self) -> None:
        """Nothing is open."""

"""A client that sends requests of every kind: valid, invalid, with faults, and aborted ones."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections import Counter
from collections.abc import Callable
from random import Random
from urllib.parse import urlsplit

from benchmarks.client import body, head
from benchmarks.servers import HEADERS, PATH

UNEXPECTED = "unexpected "
"""Begins a result that no request of the mix may have."""

_TENANTS = 10_000
_TIMEOUT_SECONDS = 60
_FAULTS = {
    "internal": 500,
    "bad-gateway": 502,
    "rate-limited": 429,
    "problem-json": 403,
    "delay; seconds=0.01": 200,
    "malformed-json": 200,
    "drop-field; pointer=/created": 200,
    "corrupted-image": 200,
}
"""The status that a client gets by each."""

_CUTS = ("truncated-body", "close-connection", "reset-connection")
"""Faults by which a client gets no whole response."""


class MixedClient:
    """One of several clients, each with requests of all tenants in turn.

    :param number: which of the clients it is.
    :param clients: how many there are.
    """

    def __init__(self, address: tuple[str, int], number: int, clients: int) -> None:
        self._address = address
        self._connection = http.client.HTTPConnection(*address, timeout=_TIMEOUT_SECONDS)
        self._random = Random(number)
        self._number = number
        self._clients = clients
        self._link = "/generated/unknown.png"

    def run(self, count: int, end: float) -> Counter[str]:
        """Send requests until so many are sent, or until a time, and return the results.

        :param end: in seconds of ``time.monotonic``.
        """
        results: Counter[str] = Counter()
        while results.total() < count and time.monotonic() < end:
            results[self._result(self._random.choice(_MIX))] += 1
        self._connection.close()
        return results

    def visit_tenants(self) -> None:
        """Ask for the balance of each tenant, so that the mock holds all of them from the start."""
        for number in range(self._number, _TENANTS, self._clients):
            self._connection.request("GET", "/v1/billing/balance", headers=_headers(number))
            self._connection.getresponse().read()

    def _result(self, send: Callable[[MixedClient], str]) -> str:
        try:
            return send(self)
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            return f"{UNEXPECTED}{type(error).__name__}"

    def link(self) -> str:
        """Request an image as a link."""
        return self._post(200, self._body(response_format="url"))

    def image(self) -> str:
        """Request one small image."""
        return self._post(200, self._body())

    def images(self) -> str:
        """Request several large images."""
        return self._post(200, self._body(size="1024x1024", n=self._random.randrange(1, 4)))

    def download(self) -> str:
        """Download the image of the last link; before the first, by an invalid one."""
        self._connection.request("GET", self._link, headers=HEADERS)
        response = self._connection.getresponse()
        response.read()
        return str(response.status) if response.status in {200, 403} else _wrong(response)

    def invalid(self) -> str:
        """Send a body that breaks the contract, or that is no JSON."""
        prompt = self._prompt()
        wrong_fields = self._body(n="many", more=[[prompt]] * 20)
        wrong_json = (b"{" + prompt.encode(), b"[" * self._random.randrange(1, 1100))
        return self._post(400, self._random.choice((wrong_fields, *wrong_json)))

    def without_key(self) -> str:
        """Send no key."""
        return self._post(401, self._body(), Authorization="")

    def fault(self) -> str:
        """Request a fault that leaves the response whole."""
        fault, status = self._random.choice(list(_FAULTS.items()))
        return self._post(status, self._body(), Prefer=f"fault={fault}")

    def cut(self) -> str:
        """Request a fault of the connection."""
        try:
            self._post(200, self._body(), Prefer=f"fault={self._random.choice(_CUTS)}")
        except (ConnectionError, http.client.HTTPException):
            self._connection.close()
            return "cut"
        return f"{UNEXPECTED}whole response"

    def abort(self) -> str:
        """Leave within the request, before the response, within it, or while it hangs."""
        content = self._body(size="1024x1024", n=3)
        prefer = self._random.choice(({}, {"Prefer": "fault=hang"}))
        whole = head("POST", PATH, content, self._headers() | prefer) + content
        length = self._random.choice((20, len(whole) - 20, len(whole)))
        with socket.create_connection(self._address, _TIMEOUT_SECONDS) as client:
            client.sendall(whole[:length])
            if length == len(whole) and not prefer:
                client.recv(self._random.randrange(1, 100_000))
        return "aborted"

    def _headers(self) -> dict[str, str]:
        """Return the headers of a request, each time for the next tenant."""
        self._number += self._clients
        return _headers(self._number)

    def _prompt(self) -> str:
        return "x" * self._random.randrange(1, 1000)

    def _body(self, **fields: object) -> bytes:
        return body(**{"prompt": self._prompt(), "size": "256x256", **fields})

    def _post(self, expected: int, content: bytes, **headers: str) -> str:
        self._connection.request("POST", PATH, content, self._headers() | headers)
        response = self._connection.getresponse()
        received = response.read()
        if response.status != expected:
            return _wrong(response)
        if received.startswith(b'{"data": [{"url"'):
            link = urlsplit(json.loads(received)["data"][0]["url"])
            self._link = f"{link.path}?{link.query}"
        return str(response.status)


def _headers(tenant: int) -> dict[str, str]:
    return HEADERS | {"Authorization": f"Bearer mock-tenant-{tenant % _TENANTS}"}


def _wrong(response: http.client.HTTPResponse) -> str:
    return f"{UNEXPECTED}{response.status}"


_MIX = (
    *(MixedClient.link, MixedClient.link, MixedClient.download, MixedClient.image),
    *(MixedClient.invalid, MixedClient.invalid, MixedClient.without_key),
    *(MixedClient.fault, MixedClient.fault, MixedClient.cut, MixedClient.abort),
)

"""``python -m benchmarks.hostile``: what hostile and slow clients cost the mock.

Each case runs against a mock of its own. The table has the mock's memory before and after, and the
longest that ``/healthz`` and the admin API took meanwhile.
"""

from __future__ import annotations

import argparse
import http.client
import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from random import Random
from urllib.parse import urlsplit

from benchmarks.servers import PATH, started_mock
from benchmarks.usage import megabytes

__all__ = ["main"]

_KINDS = 6
_CLIENTS = 4
_BODY_FAULTS = (
    "",
    "truncated-body",
    "malformed-json",
    "drop-field",
    "corrupted-image",
    "slow-drip",
)


@dataclass(frozen=True)
class _Case:
    """A case: its name, how many clients or requests it has, and what they do.

    :ivar run: takes the server's address and the number; the clients stay while it is suspended.
    """

    name: str
    number: int
    run: Callable[[tuple[str, int], int], Iterator[None]]


def main() -> None:
    """Run the cases, and print a line for each."""
    options = _parser().parse_args()
    scale = 0.05 if options.quick else options.scale
    print(f"{'case':32} {'clients':>8} {'MB before':>9} {'MB after':>9} {'slowest':>8}")
    for case in _cases():
        if options.only in case.name:
            _measure(case, max(1, int(case.number * scale)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hostile", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a twentieth of the clients")
    parser.add_argument("--scale", type=float, default=1, help="the factor of all numbers")
    parser.add_argument("--only", default="", help="the cases whose names contain this text")
    return parser


def _cases() -> list[_Case]:
    unread = [
        _Case(f"never read, {fault or 'no fault'}", 300, partial(_never_read, fault))
        for fault in _BODY_FAULTS
    ]
    return [
        _Case("mixed requests", 200_000, _mixed),
        _Case("idle connections", 2000, _idle),
        _Case("slow clients", 500, _slow),
        *unread,
        _Case("hanging, connected", 1000, partial(_hanging, leave=False)),
        _Case("hanging, abandoned", 1000, partial(_hanging, leave=True)),
    ]


def _measure(case: _Case, number: int) -> None:
    with started_mock() as server:
        parts = urlsplit(server.url)
        address = (parts.hostname or "", parts.port or 0)
        _call(address, "POST", PATH, _body(n=10))  # reads the images
        cause = case.run(address, number)
        next(cause)
        _probe(address)
        before = megabytes(server.pid)
        next(cause)
        slowest = max(_probe(address) for _ in range(5))
        after = megabytes(server.pid)
        print(f"{case.name:32} {number:8} {before:9.0f} {after:9.0f} {slowest:6.2f} s", flush=True)
        next(cause, None)


def _probe(address: tuple[str, int]) -> float:
    """Return the longest of three calls that must always be answered, in seconds."""
    longest = 0.0
    for method, path in (("GET", "/healthz"), ("GET", "/__admin/requests/count"), ("POST", PATH)):
        begin = time.monotonic()
        status = _call(address, method, path, _body(n=1) if method == "POST" else b"")
        longest = max(longest, time.monotonic() - begin)
        if status not in {200, 201}:
            raise SystemExit(f"benchmarks: {method} {path} got {status}")
    return longest


def _body(**fields: object) -> bytes:
    wanted = {"model": "dall-e-2", "prompt": "A fox", "response_format": "b64_json", **fields}
    return json.dumps({"size": "1024x1024", **wanted}).encode()


def _head(method: str, path: str, body: bytes, *headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *headers]
    lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    if not any(line.startswith("Authorization") for line in lines):
        lines.append("Authorization: Bearer mock-key")
    return "\r\n".join([*lines, "", ""]).encode()


def _call(address: tuple[str, int], method: str, path: str, body: bytes) -> int:
    connection = http.client.HTTPConnection(*address, timeout=60)
    headers = {"Authorization": "Bearer mock-key", "Content-Type": "application/json"}
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status


@contextmanager
def _crowd(address: tuple[str, int], number: int, sent: bytes) -> Iterator[list[socket.socket]]:
    """Connect clients that send the same bytes, and let them stay."""
    with ExitStack() as stack:
        clients = [stack.enter_context(socket.socket()) for _ in range(number)]
        for client in clients:
            client.settimeout(60)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(address)
            client.sendall(sent)
        yield clients


def _mixed(address: tuple[str, int], number: int) -> Iterator[None]:
    """Send valid, invalid and failing requests of many tenants, half of them before the figure."""
    for part in range(2):
        with ThreadPoolExecutor(_CLIENTS) as pool:
            shares = [(address, number // 2 // _CLIENTS, part * _CLIENTS + i) for i in range(4)]
            list(pool.map(_send_mixed, *zip(*shares, strict=True)))
        yield


def _send_mixed(address: tuple[str, int], number: int, seed: int) -> None:
    random = Random(seed)
    connection = http.client.HTTPConnection(*address, timeout=60)
    for i in range(number):
        prompt = "x" * random.randrange(1, 1000)
        bodies = (
            _body(prompt=prompt, size="256x256", response_format="url"),
            _body(prompt=prompt, size="256x256"),
            _body(prompt=prompt * 5),
            _body(prompt=prompt, n="many", more=[[prompt]] * 20),
            b"{" + prompt.encode(),
            b"[" * random.randrange(1, 1100),
        )
        headers = {
            "Authorization": f"Bearer mock-tenant-{random.randrange(12_000)}",
            "Content-Type": "application/json",
            "Prefer": random.choice(("", "fault=internal", "fault=malformed-json")),
        }
        connection.request("POST", PATH, bodies[i % _KINDS], headers)
        response = connection.getresponse()
        response.read()
        if response.status >= 500 and "Preference-Applied" not in response.headers:
            raise SystemExit(f"benchmarks: {response.status} for {bodies[i % _KINDS][:100]!r}")


def _idle(address: tuple[str, int], number: int) -> Iterator[None]:
    yield
    with _crowd(address, number, b""):
        yield


def _slow(address: tuple[str, int], number: int) -> Iterator[None]:
    """Half of the clients do not finish the head of their request, half not its body."""
    yield
    head = _head("POST", PATH, b"x" * 500_000)
    with (
        _crowd(address, number // 2, head[:-2]),
        _crowd(address, number // 2, head + b"x" * 400_000),
    ):
        yield


def _never_read(fault: str, address: tuple[str, int], number: int) -> Iterator[None]:
    yield
    body = _body(n=10)
    options = {"drop-field": "; pointer=/created", "slow-drip": "; seconds=5"}.get(fault, "")
    prefer = f"Prefer: fault={fault}{options}" if fault else "X-None: 1"
    with _crowd(address, number, _head("POST", PATH, body, prefer) + body):
        time.sleep(8 if fault == "slow-drip" else 3)
        yield


def _hanging(address: tuple[str, int], number: int, *, leave: bool) -> Iterator[None]:
    yield
    body = _body(n=1)
    with _crowd(address, number, _head("POST", PATH, body, "Prefer: fault=hang") + body) as clients:
        if leave:
            for client in clients:
                client.close()
        yield
        begin = time.monotonic()
        _call(address, "POST", "/__admin/reset", b"")
        print(f"{'':32} reset took {time.monotonic() - begin:.2f} s")


if __name__ == "__main__":
    main()

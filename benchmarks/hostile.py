"""What hostile and slow clients cost the mock.

Each case runs against a mock of its own. The table has the mock's memory before and after, and the
longest that ``/healthz`` and the admin API took meanwhile.
"""

from __future__ import annotations

import argparse
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial

from benchmarks.client import body, call, head
from benchmarks.servers import HEADERS, PATH, started_mock
from benchmarks.usage import megabytes

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
    """A case: its name, how many clients it has, and what they do.

    :ivar run: takes the server's address and the number; the clients stay while it is suspended.
    """

    name: str
    number: int
    run: Callable[[tuple[str, int], int], Iterator[None]]


def main(arguments: Sequence[str]) -> None:
    """Run the cases, and print a line for each."""
    options = _parser().parse_args(arguments)
    scale = 0.05 if options.quick else options.scale
    print(f"{'case':32} {'clients':>8} {'MB before':>9} {'MB after':>9} {'slowest':>8}")
    for case in _cases():
        if options.only in case.name:
            _measure(case, max(1, int(case.number * scale)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks hostile", description=__doc__)
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
        _Case("idle connections", 2000, _idle),
        _Case("slow clients", 500, _slow),
        *unread,
        _Case("hanging, connected", 1000, partial(_hanging, leave=False)),
        _Case("hanging, abandoned", 1000, partial(_hanging, leave=True)),
    ]


def _measure(case: _Case, number: int) -> None:
    with started_mock() as server:
        cause = case.run(server.address, number)
        next(cause)
        _probe(server.address)
        before = megabytes(server.pid)
        next(cause)
        slowest = max(_probe(server.address) for _ in range(5))
        after = megabytes(server.pid)
        print(f"{case.name:32} {number:8} {before:9.0f} {after:9.0f} {slowest:6.2f} s", flush=True)
        next(cause, None)


def _probe(address: tuple[str, int]) -> float:
    """Return the longest of three calls that must always get a response, in seconds."""
    longest = 0.0
    for method, path in (("GET", "/healthz"), ("GET", "/__admin/requests/count"), ("POST", PATH)):
        begin = time.monotonic()
        status = call(address, method, path, body(n=1) if method == "POST" else b"")
        longest = max(longest, time.monotonic() - begin)
        if status not in {200, 201}:
            raise SystemExit(f"benchmarks: {method} {path} got {status}")
    return longest


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


def _idle(address: tuple[str, int], number: int) -> Iterator[None]:
    yield
    with _crowd(address, number, b""):
        yield


def _slow(address: tuple[str, int], number: int) -> Iterator[None]:
    """Half of the clients do not finish the head of their request, half not its body."""
    yield
    start = head("POST", PATH, b"x" * 500_000)
    with (
        _crowd(address, number // 2, start[:-2]),
        _crowd(address, number // 2, start + b"x" * 400_000),
    ):
        yield


def _never_read(fault: str, address: tuple[str, int], number: int) -> Iterator[None]:
    yield
    content = body(n=10)
    options = {"drop-field": "; pointer=/created", "slow-drip": "; seconds=5"}.get(fault, "")
    prefer = {"Prefer": f"fault={fault}{options}"} if fault else {}
    with _crowd(address, number, head("POST", PATH, content, HEADERS | prefer) + content):
        time.sleep(8 if fault == "slow-drip" else 3)
        yield


def _hanging(address: tuple[str, int], number: int, *, leave: bool) -> Iterator[None]:
    yield
    content = body(n=1)
    hang = HEADERS | {"Prefer": "fault=hang"}
    with _crowd(address, number, head("POST", PATH, content, hang) + content) as clients:
        if leave:
            for client in clients:
                client.close()
        yield
        begin = time.monotonic()
        call(address, "POST", "/__admin/reset", b"")
        print(f"{'':32} reset took {time.monotonic() - begin:.2f} s")

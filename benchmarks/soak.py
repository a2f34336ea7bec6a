"""Mixed requests for a long time: memory, descriptors and threads must stay as they are.

Valid and invalid requests, faults, downloads of links and aborted connections of 10,000 tenants.
The exit code is 1 when the last half of the run grew, leaked descriptors, or had an error that was
not requested.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from math import inf

from benchmarks import usage
from benchmarks.mixed import UNEXPECTED, MixedClient
from benchmarks.servers import BenchmarkError, Server, started_mock

_CLIENTS = 4
_PARTS = 20
_SETTLE_SECONDS = 0.6
_MOST_GROWTH = 0.02
_WARM_UP = 50_000
"""So many requests go before a short run: until then the heap grows by a percent or more a minute,
although no object stays."""


@dataclass(frozen=True)
class State:
    """What the mock holds while no request runs.

    :ivar rss: its memory in MB; a page that other processes share counts in full.
    :ivar pss: the same, but such a page counts in part.
    """

    rss: float
    pss: float
    files: int
    threads: int


def main(arguments: Sequence[str]) -> None:
    """Run the soak, print a line for each twentieth and the verdict."""
    options = _parser().parse_args(arguments)
    with started_mock() as server:
        if not usage.is_known(server.pid):
            raise BenchmarkError("the soak reads /proc, which this system does not have")
        states, results = _run(server, options.requests, options.minutes)
    found = failures(states[_PARTS // 2 - 1], states[-1], results)
    print("\n".join(found) or "passed")
    if found:
        sys.exit(1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks soak", description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--minutes", type=float, help="end after this time instead")
    return parser


def _run(server: Server, requests: int, minutes: float | None) -> tuple[list[State], Counter[str]]:
    """Send all requests, and return the state after each part, and how often each result was."""
    clients = [MixedClient(server.address, number, _CLIENTS) for number in range(_CLIENTS)]
    count = requests // _PARTS // _CLIENTS if minutes is None else sys.maxsize
    results: Counter[str] = Counter()
    states = []
    with ThreadPoolExecutor(_CLIENTS) as pool:

        def send(most: int, end: float = inf) -> None:
            for each in pool.map(MixedClient.run, clients, repeat(most), repeat(end)):
                results.update(each)

        list(pool.map(MixedClient.visit_tenants, clients))
        if minutes:
            send(_WARM_UP // _CLIENTS)
        begin = time.monotonic()
        for part in range(1, _PARTS + 1):
            end = begin + minutes * 60 * part / _PARTS if minutes else inf
            send(count, end)
            time.sleep(_SETTLE_SECONDS)
            states.append(_state(server.pid))
            seconds = time.monotonic() - begin
            print(_progress(part / _PARTS, seconds, states[-1], results), flush=True)
    return states, results


def _state(pid: int) -> State:
    return State(
        rss=usage.resident_megabytes(pid),
        pss=usage.megabytes(pid),
        files=usage.open_files(pid),
        threads=usage.threads(pid),
    )


def _progress(done: float, seconds: float, state: State, results: Counter[str]) -> str:
    counts = ", ".join(f"{result} {count:,}" for result, count in sorted(results.items()))
    return (
        f"{done:4.0%} {seconds:6.0f} s  {results.total():9,} requests  "
        f"RSS {state.rss:6.1f} MB  PSS {state.pss:6.1f} MB  "
        f"{state.files} files  {state.threads} threads  {counts}"
    )


def failures(half: State, last: State, results: Counter[str]) -> list[str]:
    """Return what did not stay as it was in the last half; the first half fills the caches."""
    growth = last.rss / half.rss - 1
    print(f"last half: RSS {growth:+.1%}, {last.files - half.files:+d} files")
    found = [f"{count} times {name}" for name, count in results.items() if UNEXPECTED in name]
    if growth >= _MOST_GROWTH:
        found.append(f"the memory grew by {growth:.1%}, at most {_MOST_GROWTH:.0%} is allowed")
    if last.files > half.files:
        found.append(f"{last.files - half.files} descriptors leaked")
    return found

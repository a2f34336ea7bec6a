"""The load figures: the mock, nginx and named peers, measured in turns."""

from __future__ import annotations

import argparse
import json
import tempfile
import urllib.request
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from benchmarks.servers import (
    BenchmarkError,
    Server,
    require_programs,
    started_mock,
    started_nginx,
    started_peer,
)
from benchmarks.wrk import HEADERS, Figures, measure, write_script

__all__ = ["run"]

SIZES = {"100k": (1, "256x256"), "2m": (1, "1024x1024"), "19m": (10, "1024x1024")}
"""The responses that are measured: the number of images and their size."""

Results = dict[str, list[Figures]]


def run(options: argparse.Namespace) -> None:
    """Measure all servers, and print a table for each size."""
    require_programs("nginx", "wrk")
    requests = {size: _request(*SIZES[size]) for size in _chosen(options.sizes)}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        mock = stack.enter_context(started_mock())
        bodies = {size: _response_to(mock, request) for size, request in requests.items()}
        nginx = stack.enter_context(started_nginx(folder, bodies))
        peers = [stack.enter_context(started_peer(peer)) for peer in options.peer]
        for size, request in requests.items():
            script = write_script(folder / f"{size}.lua", request)
            results = _rounds([mock, nginx, *peers], size, script, options)
            _print_table(len(bodies[size]), results, options)


def _chosen(sizes: str) -> list[str]:
    chosen = sizes.split(",")
    if unknown := set(chosen) - set(SIZES):
        raise BenchmarkError(f"expected sizes among {', '.join(SIZES)}, received {unknown.pop()!r}")
    return chosen


def _request(n: int, size: str) -> bytes:
    fields = {"model": "dall-e-2", "prompt": "a hedgehog", "n": n, "size": size}
    return json.dumps({**fields, "response_format": "b64_json"}).encode()


def _response_to(mock: Server, body: bytes) -> bytes:
    request = urllib.request.Request(mock.url, body, HEADERS)
    with urllib.request.urlopen(request, timeout=20) as response:
        return bytes(response.read())


def _rounds(
    servers: Sequence[Server], size: str, script: Path, options: argparse.Namespace
) -> Results:
    """Measure in turns, so that a machine that gets slower does so for all servers."""
    results: Results = {server.name: [] for server in servers}
    for number in range(options.rounds):
        for server in servers if number % 2 else reversed(servers):
            figures = measure(
                server,
                size,
                script,
                seconds=options.seconds,
                connections=options.connections,
            )
            results[server.name].append(figures)
    return results


def _print_table(length: int, results: Results, options: argparse.Namespace) -> None:
    print(f"\n{length:,} bytes, {options.connections} connections, {options.rounds} rounds")
    print(_line("", "requests/s", "min..max", "of nginx", "min..max", "CPU ms", "MB"))
    for name, figures in results.items():
        rates = [figure.rate for figure in figures]
        ratios = [rate / nginx.rate for rate, nginx in zip(rates, results["nginx"], strict=True)]
        cpu = median(figure.cpu for figure in figures)
        memory = max(figure.memory for figure in figures)
        rate, rates_range = f"{median(rates):,.0f}", f"{min(rates):,.0f}..{max(rates):,.0f}"
        ratio, ratios_range = f"{median(ratios):.2f}", f"{min(ratios):.2f}..{max(ratios):.2f}"
        cells = (rate, rates_range, ratio, ratios_range, f"{cpu:.2f}", f"{memory:.0f}")
        print(_line(name, *cells), flush=True)


def _line(name: str, *cells: str) -> str:
    widths = (10, 17, 10, 12, 8, 6)
    return f"{name:12}" + "".join(map(str.rjust, cells, widths))

"""The load figures: the mock and its peers, measured in turns at several sizes of the response.

Other commands: `python -m benchmarks start|cost|soak|hostile|watch`; each has `--help`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks import figures
from benchmarks.peers import KINDS, MOCK, SIZES, Kind, Sample, installed, running, sample
from benchmarks.plot import draw
from benchmarks.servers import BenchmarkError
from benchmarks.wrk import Measurement, measure, require_wrk, write_script

_QUICK_SIZE = "100k"


def main(arguments: Sequence[str]) -> None:
    """Measure all servers that are installed; print the tables, and write JSON and the plots."""
    options = _parser().parse_args(arguments)
    if options.quick:
        options.rounds, options.seconds, options.sizes = 1, 1, options.sizes or _QUICK_SIZE
    require_wrk()
    kinds = _installed(options.only)
    written = figures.about(kinds, options)
    for each in map(sample, (options.sizes or ",".join(SIZES)).split(",")):
        load = _measured(kinds, each, options)
        print(figures.load_table(each, load), flush=True)
        written["load"][each.name] = figures.as_json(each, load)
        figures.write(written, options.into)
    draw(written, options.into)
    print(f"\nThe figures and plots are in {options.into}.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="a second each, of one size")
    parser.add_argument("--rounds", type=int, default=5, help="how often each server is measured")
    parser.add_argument("--seconds", type=int, default=3, help="the length of each measurement")
    parser.add_argument(
        "--connections", type=int, default=8, help="how many connections wrk keeps open"
    )
    parser.add_argument(
        "--sizes",
        help=f"the sizes of the responses, of {','.join(SIZES)}; with --quick {_QUICK_SIZE}",
    )
    names = ",".join(kind.name for kind in KINDS)
    parser.add_argument("--only", default=names, help="the servers, of %(default)s")
    parser.add_argument(
        "--into",
        type=Path,
        default=Path("build/benchmarks"),
        metavar="DIR",
        help="the folder for figures.json and the plots, %(default)s",
    )
    return parser


def _installed(names: str) -> list[Kind]:
    """Return the chosen servers that are installed, and say how to install the others."""
    chosen = {MOCK, *names.split(",")}
    if unknown := chosen - {kind.name for kind in KINDS}:
        raise BenchmarkError(f"unknown: {', '.join(sorted(unknown))}")
    return installed([kind for kind in KINDS if kind.name in chosen])


def _measured(
    kinds: Iterable[Kind], each: Sample, options: argparse.Namespace
) -> dict[str, list[Measurement]]:
    """Measure in turns, so that a machine that gets slower does so for all servers.

    The first round only warms the servers up; the quick mode has no time for it.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        script = write_script(folder / "wrk.lua", each.request)
        servers = []
        for kind in kinds:
            try:
                servers.append(stack.enter_context(running(kind, each)))
            except BenchmarkError as error:
                print(f"{each.name}: left out: {error}", file=sys.stderr)
        results: dict[str, list[Measurement]] = {server.name: [] for server in servers}
        load = {"seconds": options.seconds, "connections": options.connections}
        for number in range(options.rounds + (not options.quick)):
            for server in servers[:: 1 if number % 2 else -1]:
                try:
                    results[server.name].append(measure(server, script, **load))
                except BenchmarkError as error:
                    if server.name == MOCK:
                        raise
                    print(f"{each.name}: left out: {error}", file=sys.stderr)
                    servers.remove(server)
                    del results[server.name]
    return {name: measured[-options.rounds :] for name, measured in results.items()}

"""The time from a server's command to its first whole response, beside the import of Flask."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence

from benchmarks.figures import start_table
from benchmarks.peers import KINDS, installed, running, sample
from benchmarks.servers import process

__all__ = ["main"]


def main(arguments: Sequence[str]) -> None:
    """Measure all servers that are installed in turns, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks start", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args(arguments).rounds
    kinds, response = installed(KINDS), sample("1k")
    seconds: dict[str, list[float]] = {}
    for _ in range(rounds + 1):  # the first round fills the disk caches
        for kind in kinds:
            with running(kind, response) as server:
                seconds.setdefault(kind.name, []).append(server.start)
        seconds.setdefault("python -c 'import flask'", []).append(_seconds_to_import_flask())
    print(start_table({name: times[1:] for name, times in seconds.items()}))


def _seconds_to_import_flask() -> float:
    begun = time.perf_counter()
    with process([sys.executable, "-c", "import flask"], subprocess.DEVNULL) as running:
        running.wait()
        return time.perf_counter() - begun

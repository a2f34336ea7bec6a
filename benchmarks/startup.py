"""The time and processor time from a server's command to its first whole response.

The last row is the import of Flask, with which each round compares the servers.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence

from benchmarks.figures import IMPORT_FLASK, Start, start_table
from benchmarks.peers import KINDS, installed, running, sample
from benchmarks.servers import process
from benchmarks.usage import cpu_seconds


def main(arguments: Sequence[str]) -> None:
    """Measure all servers that are installed in turns, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks start", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args(arguments).rounds
    kinds, response = installed(KINDS), sample("1k")
    starts: dict[str, list[Start]] = {}
    for _ in range(rounds + 1):  # the first round fills the disk caches
        for kind in kinds:
            with running(kind, response) as server:
                start = Start(server.start, cpu_seconds(server.pid))
                starts.setdefault(kind.name, []).append(start)
        starts.setdefault(IMPORT_FLASK, []).append(_import_of_flask())
    print(start_table({name: measured[1:] for name, measured in starts.items()}))


def _import_of_flask() -> Start:
    begun, before = time.perf_counter(), os.times()
    with process([sys.executable, "-c", "import flask"], subprocess.DEVNULL) as running:
        running.wait()
        seconds, after = time.perf_counter() - begun, os.times()
    cpu = after.children_user + after.children_system
    return Start(seconds, cpu - before.children_user - before.children_system)

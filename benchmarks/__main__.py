"""``python -m benchmarks``: the load figures; ``python -m benchmarks start``: the time to start."""

from __future__ import annotations

import argparse
import sys

from benchmarks import load, startup
from benchmarks.servers import BenchmarkError


def main() -> None:
    """Measure what the arguments name, and print the figures."""
    options = parser().parse_args()
    try:
        if options.what == "start":
            startup.run(options.rounds)
        else:
            load.run(options)
    except BenchmarkError as error:
        sys.exit(f"benchmarks: {error}")


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    options.add_argument("what", nargs="?", choices=["load", "start"], default="load")
    options.add_argument("--rounds", type=int, default=5, help="how often each server is measured")
    options.add_argument("--seconds", type=int, default=3, help="the length of each measurement")
    options.add_argument(
        "--connections", type=int, default=8, help="how many connections wrk keeps open"
    )
    options.add_argument(
        "--sizes", default="100k,2m,19m", help="the sizes of the responses, separated by commas"
    )
    options.add_argument(
        "--peer",
        action="append",
        default=[],
        metavar="NAME=COMMAND",
        help="another server to measure; {port} in its command becomes the port to listen on",
    )
    return options


if __name__ == "__main__":
    main()

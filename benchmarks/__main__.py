"""``python -m benchmarks``: the load figures; ``python -m benchmarks start``: the time to start."""

from __future__ import annotations

import argparse
import sys

from benchmarks import load, startup
from benchmarks.contestants import BenchmarkError


def main() -> None:
    """Take the figures that the arguments ask for, and print them."""
    options = parser().parse_args()
    try:
        if options.what == "start":
            startup.run(options.rounds)
        else:
            load.run(options)
    except BenchmarkError as error:
        sys.exit(f"benchmarks: {error}")


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    made.add_argument("what", nargs="?", choices=["load", "start"], default="load")
    made.add_argument("--rounds", type=int, default=5, help="times that everyone is measured")
    made.add_argument("--seconds", type=int, default=3, help="of each measurement")
    made.add_argument("--connections", type=int, default=8, help="kept open by wrk")
    made.add_argument("--sizes", default="100k,2m,19m", help="which answers, parted by commas")
    made.add_argument(
        "--peer",
        action="append",
        default=[],
        metavar="NAME=COMMAND",
        help="measure another server too; {port} in its command stands for where it must listen",
    )
    return made


if __name__ == "__main__":
    main()

"""``python -m benchmarks``: the load figures; ``python -m benchmarks COMMAND``: another figure."""

from __future__ import annotations

import sys

from benchmarks import cost, hostile, load, soak, startup
from benchmarks.servers import BenchmarkError

COMMANDS = {
    "load": load.main,
    "start": startup.main,
    "cost": cost.main,
    "soak": soak.main,
    "hostile": hostile.main,
}


def main(arguments: list[str]) -> None:
    """Run the command that the first argument names, else the load figures."""
    name = arguments[0] if arguments and arguments[0] in COMMANDS else "load"
    try:
        COMMANDS[name](arguments[arguments[:1] == [name] :])
    except BenchmarkError as error:
        sys.exit(f"benchmarks: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])

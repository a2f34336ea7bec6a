"""``python -m benchmarks``: the load figures; ``python -m benchmarks COMMAND``: another figure."""

from __future__ import annotations

import sys
from importlib import import_module

from benchmarks.servers import BenchmarkError

COMMANDS = {
    "load": "load",
    "start": "startup",
    "cost": "cost",
    "soak": "soak",
    "hostile": "hostile",
    "watch": "watch",
}
"""The module of each command; one is imported alone, since they need different packages."""


def main(arguments: list[str]) -> None:
    """Run the command that the first argument names, else the load figures."""
    name = arguments[0] if arguments and arguments[0] in COMMANDS else "load"
    try:
        import_module(f"benchmarks.{COMMANDS[name]}").main(arguments[arguments[:1] == [name] :])
    except BenchmarkError as error:
        sys.exit(f"benchmarks: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])

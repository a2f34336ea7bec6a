"""The figures as tables for people, and as JSON for the plots and for comparisons."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks.peers import MOCK, Kind, Sample
from benchmarks.wrk import Measurement

IMPORT_FLASK = "python -c 'import flask'"
"""The row with which the starts are compared."""

_START_COLUMNS = ("start", "ms", "of Flask's", "CPU ms", "of Flask's CPU")
_LOAD_COLUMNS = ("CPU µs", "of the mock's", "requests/s", "p50 ms", "p99 ms", "MB", "start ms")


class Start(NamedTuple):
    """What a start takes, in seconds: of time, and of the processor's."""

    seconds: float
    cpu: float


def start_table(starts: Mapping[str, Sequence[Start]]) -> str:
    """Return the table of the times to the first response, and of their ratios to Flask's import.

    Each cell has the median, the least and the most; a ratio is that of one round.
    """
    rows = []
    for name, measured in starts.items():
        rounds = list(zip(measured, starts[IMPORT_FLASK], strict=True))
        cells = (
            _spread([one.seconds * 1000 for one in measured]),
            _spread([one.seconds / flask.seconds for one, flask in rounds], 2),
            _spread([one.cpu * 1000 for one in measured]),
            _spread([one.cpu / flask.cpu for one, flask in rounds], 2),
        )
        rows.append((name, *cells))
    return _table(_START_COLUMNS, rows)


def load_table(sample: Sample, load: Mapping[str, Sequence[Measurement]]) -> str:
    """Return the table of one size: of each figure the median, the least and the most."""
    rows = []
    for name, measured in load.items():
        ratios = [one.cpu / mock.cpu for one, mock in zip(measured, load[MOCK], strict=True)]
        cells = (
            _spread([one.cpu for one in measured]),
            _spread(ratios, 2),
            _spread([one.rate for one in measured]),
            _spread([one.p50 for one in measured], 1),
            _spread([one.p99 for one in measured], 1),
            f"{max(one.memory for one in measured):.0f}",
            f"{measured[0].start * 1000:,.0f}",
        )
        rows.append((name, *cells))
    return _table((f"{len(sample.response):,} bytes", *_LOAD_COLUMNS), rows)


def _spread(values: Sequence[float], digits: int = 0) -> str:
    middle = f"{median(values):,.{digits}f}"
    if len(values) == 1:
        return middle
    return f"{middle} ({min(values):,.{digits}f}..{max(values):,.{digits}f})"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown, its columns aligned."""
    columns = zip(head, *rows, strict=True)
    widths = [max(map(len, column)) for column in columns]
    rule = ["-" * width for width in widths]
    lines = [
        " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        for line in (head, rule, *rows)
    ]
    return "\n".join(["", *(f"| {line} |" for line in lines)])


def about(kinds: Sequence[Kind], options: Namespace) -> dict[str, Any]:
    """Return what the figures depend on, with room for them in ``load``."""
    names = ("rounds", "seconds", "connections")
    return {
        "machine": _machine(),
        "versions": {kind.name: kind.version() for kind in kinds},
        "settings": {name: getattr(options, name) for name in names},
        "load": {},
    }


def as_json(sample: Sample, load: Mapping[str, Sequence[Measurement]]) -> dict[str, Any]:
    """Return the figures of one size, with a value for each round."""
    servers = {name: [asdict(one) for one in measured] for name, measured in load.items()}
    return {
        "bytes": len(sample.response),
        "servers": {
            name: {figure: [round(row[figure], 3) for row in rows] for figure in rows[0]}
            for name, rows in servers.items()
        },
    }


def write(figures: Mapping[str, Any], folder: Path) -> None:
    """Write the figures into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "figures.json"
    text = json.dumps(figures, indent=1)
    # One line for each list of numbers.
    file.write_text(re.sub(r"\n\s+(?=[-\d]|\])", " ", text) + "\n")


def _machine() -> dict[str, object]:
    return {
        "date": datetime.now(UTC).isoformat(timespec="minutes"),
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load average": [round(load, 1) for load in os.getloadavg()],
        "python": platform.python_version(),
        "node": _version("node", "--version"),
        "java": _version("java", "-version"),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    found = info.exists() and re.search(r"model name\s*: (.*)", info.read_text())
    return found[1] if found else platform.processor()


def _version(program: str, option: str) -> str | None:
    if not shutil.which(program):
        return None
    done = subprocess.run([program, option], capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).splitlines()[0]

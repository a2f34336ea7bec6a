"""The memory and processor time of a tree of processes; NaN where there is no ``/proc``."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def is_known(pid: int) -> bool:
    """Return whether the system tells about processes in ``/proc``."""
    return Path(f"/proc/{pid}/smaps_rollup").exists()


def megabytes(pid: int) -> float:
    """Return the memory of a process and all below it, in MB of a million bytes.

    A page that several processes share counts once (``Pss`` in proc(5)).
    """
    return _sum_over_tree(pid, partial(_memory, "Pss"))


def resident_megabytes(pid: int) -> float:
    """Return the same, but a page that several processes share counts for each."""
    return _sum_over_tree(pid, partial(_memory, "Rss"))


def open_files(pid: int) -> int:
    """Return the number of descriptors of a process."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def threads(pid: int) -> int:
    """Return the number of threads of a process."""
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process and all below it, in seconds."""
    return _sum_over_tree(pid, _cpu)


def _sum_over_tree(pid: int, of_one: Callable[[Path], float]) -> float:
    try:
        return sum(of_one(Path("/proc") / str(each)) for each in _tree(pid))
    except OSError:
        return math.nan


def _tree(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(below for child in children for below in _tree(int(child)))]


def _memory(name: str, process: Path) -> float:
    found = re.search(rf"^{name}:\s+(\d+) kB", (process / "smaps_rollup").read_text(), re.M)
    return int(found[1]) * 1024 / 1e6 if found else 0.0


def _cpu(process: Path) -> float:
    # After the command's name in brackets: state is the first field, user time the twelfth.
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS

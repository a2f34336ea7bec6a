"""The memory of a tree of processes."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["tree_megabytes"]


def tree_megabytes(pid: int) -> float:
    """Sum up the proportional set size of a process and all below it, in MB of a million bytes.

    Pages that several processes share count once in all (``Pss`` in proc(5)). Not a number where
    the system does not tell.
    """
    try:
        return sum(map(_megabytes, _tree(pid)))
    except OSError:
        return float("nan")


def _tree(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(below for child in children for below in _tree(int(child)))]


def _megabytes(pid: int) -> float:
    found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)
    return int(found[1]) * 1024 / 1e6 if found else 0.0

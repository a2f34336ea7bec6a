"""How long things take: ``200ms``, ``2.5``, ``100ms..2s``."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from typing import TypeAlias

from mockserver.errors import SettingsError

__all__ = ["Duration", "parse_duration"]

Duration: TypeAlias = Callable[[Random], float]
"""Draws a number of seconds."""

_ONE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|)\s*", re.ASCII)
_LONGEST = 3600.0


def parse_duration(text: str | float) -> Duration:
    """Read a duration: seconds as a number, with a unit (``200ms``), or a range (``100ms..2s``).

    :raises SettingsError: when it is neither, or longer than an hour.
    """
    low, parted, high = text.partition("..") if isinstance(text, str) else (text, "", "")
    first = _seconds(low, text)
    last = _seconds(high, text) if parted else first
    if last < first:
        raise SettingsError(f"expected a range from short to long, received {text!r}")
    return lambda random: random.uniform(first, last)


def _seconds(part: str | float, whole: str | float) -> float:
    seconds = _read(part) if isinstance(part, str) else part
    if not 0 <= seconds <= _LONGEST:
        raise SettingsError(
            f"expected a duration such as 200ms, 2.5s or 100ms..2s, received {whole!r}"
        )
    return seconds


def _read(part: str) -> float:
    found = _ONE.fullmatch(part)
    return float(found[1]) / (1000 if found[2] == "ms" else 1) if found else -1

"""Durations such as ``200ms``, ``2.5`` and ``100ms..2s``, and the latency of a response."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from typing import TypeAlias

from mockserver.contracts import ImageRequest
from mockserver.errors import SettingsError

Duration: TypeAlias = Callable[[Random], float]
"""Draws a number of seconds."""

Latency: TypeAlias = Callable[[ImageRequest, Random], float]
"""Draws how long a request for images takes, in seconds."""

REALISTIC = "realistic"

_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|)\s*", re.ASCII)
_LONGEST_SECONDS = 3600.0

_BASE = 3.0
"""The median seconds of a first image of 1024 x 1024. Project-defined, as all figures here."""

_EACH_MORE = 0.25
"""The part of a first image's time that each further one adds."""

_SPREAD = 0.35
"""The standard deviation of the time's logarithm: one in a hundred takes 2.3 times as long."""


def parse_duration(text: str | float) -> Duration:
    """Parse a duration: seconds as a number, with a unit (``200ms``), or a range (``100ms..2s``).

    :raises SettingsError: when it is neither, or longer than an hour.
    """
    low, dots, high = text.partition("..") if isinstance(text, str) else (text, "", "")
    shortest = _seconds(low, text)
    longest = _seconds(high, text) if dots else shortest
    if longest < shortest:
        raise SettingsError(f"expected a range from short to long, received {text!r}")
    if shortest == longest:
        return lambda _: shortest
    return lambda random: random.uniform(shortest, longest)


def _seconds(part: str | float, whole: str | float) -> float:
    if isinstance(part, str):
        found = _DURATION.fullmatch(part)
        seconds = float(found[1]) / (1000 if found[2] == "ms" else 1) if found else -1
    else:
        seconds = part
    if not 0 <= seconds <= _LONGEST_SECONDS:
        raise SettingsError(
            f"expected a duration such as 200ms, 2.5s or 100ms..2s, received {whole!r}"
        )
    return seconds


def parse_latency(text: str | None) -> Latency | None:
    """Parse a latency: ``realistic``, ``200ms`` or ``100ms..2s``; None takes no time.

    :raises SettingsError: when it is none of these.
    """
    if text is None:
        return None
    if text == REALISTIC:
        return _realistic
    duration = parse_duration(text)
    return lambda _, random: duration(random)


def _realistic(image_request: ImageRequest, random: Random) -> float:
    """Draw seconds with a long tail, growing with the images' number and size."""
    size = 0.5 + 0.5 * (image_request.width * image_request.height) / (1024 * 1024)
    number = 1 + _EACH_MORE * (image_request.count - 1)
    return _BASE * size * number * random.lognormvariate(0, _SPREAD)

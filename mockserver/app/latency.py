"""How long an image takes: as told, or as an image service takes."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TypeAlias

from mockserver.app.duration import parse_duration
from mockserver.contracts import ImageRequest

__all__ = ["Latency", "parse_latency"]

Latency: TypeAlias = Callable[[ImageRequest, Random], float]
"""Draws how long an order takes, in seconds."""

REALISTIC = "realistic"

_BASE = 3.0
"""Seconds that half of the first images of 1024 x 1024 take. Ours, as all figures here."""

_EACH_MORE = 0.25
"""The part of a first image's time that each further one adds."""

_SPREAD = 0.35
"""The standard deviation of the time's logarithm: one in a hundred takes 2.3 times as long."""


def parse_latency(text: str | None) -> Latency | None:
    """Read a latency: ``realistic``, ``200ms`` or ``100ms..2s``; None takes no time.

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

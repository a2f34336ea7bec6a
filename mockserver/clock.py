"""The clocks: dates follow a clock that a test has frozen; waiting and measuring never do."""

from __future__ import annotations

import time
from functools import partial

# freezegun and time-machine replace time.monotonic, but not this. Windows does not have it.
_gettime = getattr(time, "clock_gettime", None)

monotonic = partial(_gettime, time.CLOCK_MONOTONIC) if _gettime else time.monotonic
"""Return seconds from any start, for the time between two moments."""


def now() -> float:
    """Return seconds since 1970-01-01 UTC, by whatever stands for :func:`time.time` just now."""
    return time.time()

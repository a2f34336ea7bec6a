"""Arithmetic that gives the same bits on every machine.

Only operations that IEEE 754 rounds correctly are used (+ - * / sqrt, floor, comparisons), since
the sine or exponential of a maths library differs in the last bit from one processor to the next.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float64]
"""A number for each of many points."""

PI = 3.141592653589793


def clamp(value: Field, low: float = 0.0, high: float = 1.0) -> Field:
    """Hold `value` between `low` and `high`."""
    return np.minimum(np.maximum(value, low), high)


def smoothstep(low: float, high: float, value: Field) -> Field:
    """Rise from 0 at `low` to 1 at `high` with level ends; `low` may be the greater one."""
    t = clamp((value - low) / (high - low))
    return t * t * (3.0 - 2.0 * t)


def mix(low: Field | float, high: Field | float, share: Field | float) -> Field:
    """Go from `low` to `high` as `share` goes from 0 to 1."""
    return np.asarray(low + (high - low) * share)


def fraction(value: Field) -> Field:
    """What is left of `value` above the whole number below it."""
    return value - np.floor(value)


def sine(angle: Field) -> Field:
    """The sine of `angle` (radians), right to five digits."""
    turns = angle / (2.0 * PI)
    turns = turns - np.floor(turns + 0.5)
    folded = np.where(turns > 0.25, 0.5 - turns, np.where(turns < -0.25, -0.5 - turns, turns))
    a = folded * (2.0 * PI)
    s = a * a
    return a * (1.0 - s / 6.0 * (1.0 - s / 20.0 * (1.0 - s / 42.0 * (1.0 - s / 72.0))))


def cosine(angle: Field) -> Field:
    """The cosine of `angle` (radians), right to five digits."""
    return sine(angle + 0.5 * PI)


def decay(value: Field) -> Field:
    """About the exponential of minus `value`, for `value` of 0 and more."""
    s = np.minimum(value, 60.0) / 64.0
    small = 1.0 - s * (1.0 - s / 2.0 * (1.0 - s / 3.0 * (1.0 - s / 4.0 * (1.0 - s / 5.0))))
    return doubled_power(small, 6)


def doubled_power(value: Field, doublings: int) -> Field:
    """Raise `value` to the power of 2 to the `doublings`."""
    for _ in range(doublings):
        value = value * value
    return value


def bearing(y: Field, x: Field) -> Field:
    """The angle (radians, from minus pi to pi) of the direction (x, y), right to four digits.

    The coefficients are those of Abramowitz and Stegun (section 4.4).
    """
    steep = np.abs(y) > np.abs(x)
    ratio = np.where(steep, x, y) / np.where(steep, y, np.where(x == 0.0, 1.0, x))
    s = ratio * ratio
    arc = ratio * (0.9998660 - s * (0.3302995 - s * (0.1801410 - s * (0.0851330 - s * 0.0208351))))
    side = np.where(y < 0.0, -PI, PI)
    return np.where(steep, 0.5 * side - arc, np.where(x < 0.0, arc + side, arc))

"""Seeded noise from an integer hash: the same numbers on every machine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .arithmetic import Field
from .vec import Vec

Whole = NDArray[np.uint32]


def scrambled(x: Whole, y: Whole, z: Whole | None = None, seed: int = 0) -> Whole:
    """A 32 bit hash of a lattice point."""
    h = x * np.uint32(0x8DA6B343) ^ y * np.uint32(0xD8163841) ^ np.uint32(seed * 0x3C6EF35F % 2**32)
    if z is not None:
        h = h ^ z * np.uint32(0xCB1AB31F)
    h = (h ^ h >> np.uint32(16)) * np.uint32(0x5BD1F2A5)
    h = (h ^ h >> np.uint32(13)) * np.uint32(0x1F35B8C7)
    return h ^ h >> np.uint32(16)


def chance(x: Field, y: Field, seed: int) -> Field:
    """An even random number from 0 to 1 for each whole (x, y)."""
    return scrambled(_whole(x), _whole(y), seed=seed).astype(np.float64) / 4294967296.0


def perlin(x: Field, y: Field, seed: int) -> Field:
    """Gradient noise in the plane, about -0.7 to 0.7, one bump per unit."""
    left, low = np.floor(x), np.floor(y)
    u, v = x - left, y - low
    i, j = _whole(left), _whole(low)
    one = np.uint32(1)
    fade_u, fade_v = _fade(u), _fade(v)
    below = _between(_slope(i, j, u, v, seed), _slope(i + one, j, u - 1.0, v, seed), fade_u)
    above = _between(
        _slope(i, j + one, u, v - 1.0, seed),
        _slope(i + one, j + one, u - 1.0, v - 1.0, seed),
        fade_u,
    )
    return _between(below, above, fade_v)


def fractal(x: Field, y: Field, seed: int, octaves: int = 5, gain: float = 0.5) -> Field:
    """Layers of gradient noise, each twice as fine and `gain` as strong as the last."""
    total = np.zeros(np.broadcast_shapes(x.shape, y.shape))
    strength = 1.0
    for octave in range(octaves):
        total = total + perlin(x, y, seed + octave) * strength
        # A turn and a shift between the layers, lest their lattices line up and show.
        x, y = 1.6 * x + 1.2 * y + 13.7, 1.6 * y - 1.2 * x + 7.3
        strength *= gain
    return total


def ridged(x: Field, y: Field, seed: int, octaves: int = 6) -> Field:
    """Sharp crests and wide valleys, from 0 to about 2: the look of mountains."""
    total = np.zeros(np.broadcast_shapes(x.shape, y.shape))
    strength, weight = 1.0, np.ones(1)
    for octave in range(octaves):
        crest = 1.0 - np.abs(perlin(x, y, seed + octave)) * 1.6
        crest = crest * crest
        total = total + crest * weight * strength
        weight = np.minimum(np.maximum(crest * 1.3, 0.0), 1.0)
        x, y = 1.6 * x + 1.2 * y + 5.1, 1.6 * y - 1.2 * x + 9.4
        strength *= 0.5
    return total


def bumps_solid(p: Vec, seed: int) -> Field:
    """Value noise in space, from -1 to 1, one bump per unit."""
    low = Vec(np.floor(p.x), np.floor(p.y), np.floor(p.z))
    at = p - low
    u, v, w = _fade(at.x), _fade(at.y), _fade(at.z)
    i, j, k = _whole(low.x), _whole(low.y), _whole(low.z)
    one = np.uint32(1)
    front = _face(i, j, k, u, v, seed)
    return _between(front, _face(i, j, k + one, u, v, seed), w) / 2147483648.0 - 1.0


def fractal_solid(p: Vec, seed: int, octaves: int = 4, gain: float = 0.5) -> Field:
    """Layers of noise in space, each twice as fine and `gain` as strong as the last."""
    total = np.zeros(1)
    strength = 1.0
    for octave in range(octaves):
        total = total + bumps_solid(p, seed + octave) * strength
        p = Vec(1.6 * p.x + 1.2 * p.y, 1.6 * p.y - 1.2 * p.x, p.z * 2.0 + 4.3)
        strength *= gain
    return total


def cells(x: Field, y: Field, seed: int) -> tuple[Field, Field]:
    """The distances to the nearest and the second nearest of points strewn one per unit square."""
    left, low = np.floor(x), np.floor(y)
    first = np.full(np.broadcast_shapes(x.shape, y.shape), 9.0)
    second = first
    for i in (-1.0, 0.0, 1.0):
        for j in (-1.0, 0.0, 1.0):
            a, b = left + i, low + j
            dx, dy = a + chance(a, b, seed) - x, b + chance(a, b, seed + 1) - y
            near = np.sqrt(dx * dx + dy * dy)
            second = np.minimum(second, np.maximum(first, near))
            first = np.minimum(first, near)
    return first, second


def _whole(value: Field) -> Whole:
    return value.astype(np.int64).astype(np.uint32)


def _fade(t: Field) -> Field:
    return t * t * t * (t * (t * 6.0 - 15.0) + 10.0)


def _between(low: Field, high: Field, share: Field) -> Field:
    return low + (high - low) * share


def _slope(i: Whole, j: Whole, u: Field, v: Field, seed: int) -> Field:
    h = scrambled(i, j, seed=seed)
    across = (h & np.uint32(0xFFFF)).astype(np.float64) / 32768.0 - 1.0
    up = (h >> np.uint32(16)).astype(np.float64) / 32768.0 - 1.0
    return across * u + up * v


def _face(i: Whole, j: Whole, k: Whole, u: Field, v: Field, seed: int) -> Field:
    one = np.uint32(1)
    a, b = scrambled(i, j, k, seed), scrambled(i + one, j, k, seed)
    c, d = scrambled(i, j + one, k, seed), scrambled(i + one, j + one, k, seed)
    below = _between(a.astype(np.float64), b.astype(np.float64), u)
    return _between(below, _between(c.astype(np.float64), d.astype(np.float64), u), v)

"""From a scene (a colour for any point of the picture) to pixels, as film would take it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .arithmetic import Field, clamp
from .noise import chance
from .png import Pixels
from .vec import Vec

Scene = Callable[[Field, Field], Vec]
"""Linear light at points of the picture: x from -1 (left) to 1, y from -1 (bottom) to 1."""

SIDE = 1024
# Small enough for the work on one batch to stay in the processor's cache.
BATCH = 16384
# Where, within a pixel, an edge is looked at again.
SECOND_LOOK = ((-0.375, -0.125), (0.125, -0.375), (0.375, 0.125), (-0.125, 0.375))


def photograph(scene: Scene, seed: int, grain: float, side: int = SIDE) -> Pixels:
    """Take a picture of `scene`, `side` pixels high and wide; `grain` is in grey levels."""
    rows, columns = np.divmod(np.arange(side * side), side)
    x, y = columns.astype(np.float64), rows.astype(np.float64)
    screen = _look(scene, x, y, side)
    edges = _edges(screen, side)
    total = screen.take(edges)
    for dx, dy in SECOND_LOOK:
        total = total + _look(scene, x[edges] + dx, y[edges] + dy, side)
    screen.put(edges, total * (1.0 / (1 + len(SECOND_LOOK))))
    return _grained(screen, x, y, seed, grain).reshape(side, side, 3)


def shrunk(pixels: Pixels, factor: int) -> Pixels:
    """The picture with each square of `factor` by `factor` pixels averaged into one."""
    height, width, _ = pixels.shape
    squares = pixels.reshape(height // factor, factor, width // factor, factor, 3).astype(np.uint32)
    area = factor * factor
    means: Pixels = ((squares.sum(axis=(1, 3)) + area // 2) // area).astype(np.uint8)
    return means


def _look(scene: Scene, x: Field, y: Field, side: int) -> Vec:
    seen = Vec(np.zeros_like(x), np.zeros_like(x), np.zeros_like(x))
    for start in range(0, x.size, BATCH):
        batch = np.arange(start, min(start + BATCH, x.size))
        across = (x[batch] + 0.5) * (2.0 / side) - 1.0
        up = 1.0 - (y[batch] + 0.5) * (2.0 / side)
        seen.put(batch, _exposed(scene(across, up)))
    return seen


def _exposed(light: Vec) -> Vec:
    """Linear light on the screen's scale, the highlights rolled off, with a gamma of two."""
    return Vec(_film(light.x), _film(light.y), _film(light.z))


def _film(light: Field) -> Field:
    light = np.maximum(light, 0.0)
    rolled = light * (1.0 + light * 0.12) / (1.0 + light * 0.55)
    return np.sqrt(np.minimum(rolled * 1.1, 1.0))


def _edges(screen: Vec, side: int) -> NDArray[np.intp]:
    """The pixels that differ enough from a neighbour for a staircase to show."""
    grey = (screen.x + screen.y * 2.0 + screen.z).reshape(side, side)
    rough = np.zeros((side, side), dtype=np.bool_)
    down, right = np.abs(grey[1:] - grey[:-1]) > 0.12, np.abs(grey[:, 1:] - grey[:, :-1]) > 0.12
    rough[1:] |= down
    rough[:-1] |= down
    rough[:, 1:] |= right
    rough[:, :-1] |= right
    return np.flatnonzero(rough)


def _grained(screen: Vec, x: Field, y: Field, seed: int, grain: float) -> Pixels:
    shared = chance(x, y, seed) + chance(x, y, seed + 1) + chance(x, y, seed + 2) - 1.5
    parts = []
    for channel, part in enumerate((screen.x, screen.y, screen.z)):
        own = chance(x, y, seed + 3 + channel) - 0.5
        # Deep shadows and bare highlights hold less grain, as on film.
        strength = grain * (0.45 + 2.2 * part * (1.0 - part))
        parts.append(part * 255.0 + (shared * 2.0 + own * 1.2) * strength)
    levels = [np.floor(clamp(part, 0.0, 255.0) + 0.5).astype(np.uint8) for part in parts]
    return np.stack(levels, axis=-1)

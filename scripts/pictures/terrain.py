"""Land as a grid of heights, and the walk of a ray across it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .arithmetic import Field, clamp
from .vec import Vec

Height = Callable[[Field, Field], Field]
"""The height of the land at points (x, z)."""


@dataclass(frozen=True)
class Land:
    """Heights on a square grid of `count` by `count` posts from (left, back), `pitch` apart."""

    heights: Field
    left: float
    back: float
    pitch: float

    @staticmethod
    def surveyed(height: Height, left: float, back: float, width: float, count: int) -> Land:
        """Measure `height` once at every post."""
        pitch = width / (count - 1)
        posts = np.arange(count).astype(np.float64) * pitch
        x, z = posts + left, posts + back
        rows = [height(x, np.full(count, float(one))) for one in z]
        return Land(np.stack(rows), left, back, pitch)

    def height(self, x: Field, z: Field) -> Field:
        """The height between the posts; the border goes on for ever."""
        last = self.heights.shape[0] - 1.001
        u = np.minimum(np.maximum((x - self.left) / self.pitch, 0.0), last)
        v = np.minimum(np.maximum((z - self.back) / self.pitch, 0.0), last)
        low_u, low_v = np.floor(u), np.floor(v)
        i, j = low_u.astype(np.int64), low_v.astype(np.int64)
        u, v = u - low_u, v - low_v
        flat, corner = self.heights.reshape(-1), j * self.heights.shape[0] + i
        below = flat[corner] * (1.0 - u) + flat[corner + 1] * u
        corner = corner + self.heights.shape[0]
        above = flat[corner] * (1.0 - u) + flat[corner + 1] * u
        return np.asarray(below * (1.0 - v) + above * v)

    def normal(self, p: Vec, span: Field | float) -> Vec:
        """The unit direction straight up from the slope, taken over `span`."""
        span = np.asarray(span)
        east = self.height(p.x + span, p.z) - self.height(p.x - span, p.z)
        south = self.height(p.x, p.z + span) - self.height(p.x, p.z - span)
        return Vec(-east, 2.0 * span + np.zeros_like(east), -south).unit()

    def walk(self, origin: Vec, way: Vec, limit: float, steps: int = 220) -> Field:
        """How far each ray goes before it meets the land; infinite when it does not in `limit`."""
        count = way.x.size
        origin = origin.spread(count)
        reach, gone, before = np.full(count, np.inf), np.full(count, 0.02), np.zeros(count)
        active = np.arange(count)
        for _ in range(steps):
            if not active.size:
                break
            gap = self._gap(origin, way, gone, active)
            met = gap < 0.0
            reach[active[met]] = gone[active[met]]
            active, gap = active[~met], gap[~met]
            before[active] = gone[active]
            gone[active] += np.maximum(gap * 0.45, 0.0025 * gone[active] + 0.25 * self.pitch)
            active = active[gone[active] < limit]
        self._halve(origin, way, reach, before)
        return reach

    def shade(self, p: Vec, light: Vec, softness: float, limit: float) -> Field:
        """How much of a wide light each point sees over the land, from 0 to 1."""
        lit, gone = np.ones(p.x.size), np.full(p.x.size, 2.0 * self.pitch)
        active = np.arange(p.x.size)
        light = light.spread(p.x.size)
        for _ in range(60):
            if not active.size:
                break
            gap = self._gap(p, light, gone, active)
            lit[active] = np.minimum(lit[active], 0.5 + 0.5 * gap / (softness * gone[active]))
            gone[active] += np.maximum(gap * 0.5, 0.06 * gone[active] + 0.5 * self.pitch)
            active = active[(lit[active] > 0.0) & (gone[active] < limit)]
        return clamp(lit)

    def _gap(self, origin: Vec, way: Vec, gone: Field, active: NDArray[np.intp]) -> Field:
        p = origin.take(active) + way.take(active) * gone[active]
        return np.asarray(p.y - self.height(p.x, p.z))

    def _halve(self, origin: Vec, way: Vec, reach: Field, before: Field) -> None:
        """Close in on the crossing that lies between the last two steps."""
        met = np.flatnonzero(reach < np.inf)
        low, high = before[met], reach[met]
        for _ in range(7):
            middle = (low + high) * 0.5
            p = origin.take(met) + way.take(met) * middle
            under = p.y < self.height(p.x, p.z)
            low, high = np.where(under, low, middle), np.where(under, middle, high)
        reach[met] = high

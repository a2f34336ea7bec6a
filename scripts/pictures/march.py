"""Solids as signed distances, and the walk of a ray towards them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .arithmetic import Field, clamp
from .vec import Vec, vec

Solid = Callable[[Vec], Field]
"""The distance from a point to the surface, negative inside."""

HIT = 0.0012


@dataclass(frozen=True)
class Camera:
    """A pinhole at `eye` looking at `aim`; `zoom` is the distance over half the picture's width."""

    eye: Vec
    aim: Vec
    zoom: float

    def rays(self, x: Field, y: Field) -> Vec:
        """The unit directions through points of the picture."""
        ahead = (self.aim - self.eye).unit()
        right = ahead.cross(vec(0, 1, 0)).unit()
        up = right.cross(ahead)
        return (right * x + up * y + ahead * self.zoom).unit()


def bounded(solid: Solid, centre: Vec, radius: float, margin: float = 0.3) -> Solid:
    """`solid`, but only measured near the ball that holds it, which is much less work."""

    def distance(p: Vec) -> Field:
        far = (p - centre).length() - radius
        near = np.flatnonzero(far < margin)
        if near.size:
            far[near] = solid(p.take(near))
        return far

    return distance


def walk(solid: Solid, origin: Vec, way: Vec, limit: Field, steps: int = 90) -> Field:
    """How far each ray goes before it meets the solid; infinite when it does not within `limit`."""
    count = way.x.size
    origin = origin.spread(count)
    reach = np.full(count, np.inf)
    gone = np.zeros(count)
    active = np.arange(count)
    for _ in range(steps):
        if not active.size:
            break
        gap = solid(origin.take(active) + way.take(active) * gone[active])
        gone[active] += gap * 0.92
        met = gap < HIT
        reach[active[met]] = gone[active[met]]
        active = active[~met & (gone[active] < limit[active])]
    return reach


def normals(solid: Solid, p: Vec, span: float = 0.0015) -> Vec:
    """The unit directions straight out of the solid at points of its surface."""
    total = vec(0, 0, 0)
    for corner in (vec(1, -1, -1), vec(-1, -1, 1), vec(-1, 1, -1), vec(1, 1, 1)):
        total = total + corner * solid(p + corner * span)
    return total.unit()


def sunlight(solid: Solid, p: Vec, light: Vec, softness: float, reach: float) -> Field:
    """How much of a wide light each point sees, from 0 in full shadow to 1."""
    lit = np.ones(p.x.size)
    gone = np.full(p.x.size, 0.02)
    active = np.arange(p.x.size)
    for _ in range(40):
        if not active.size:
            break
        gap = solid(p.take(active) + light.take(active) * gone[active])
        lit[active] = np.minimum(lit[active], 0.5 + 0.5 * gap / (softness * gone[active]))
        gone[active] += np.minimum(np.maximum(np.abs(gap), 0.015), 0.4)
        active = active[(lit[active] > 0.0) & (gone[active] < reach)]
    lit = clamp(lit)
    return lit * lit * (3.0 - 2.0 * lit)


def openness(solid: Solid, p: Vec, normal: Vec, span: float = 0.09) -> Field:
    """How much of the sky's light reaches each point out of its nooks, from 0 to 1."""
    closed = np.zeros(p.x.size)
    weight = 1.0
    for step in range(1, 5):
        height = span * step
        closed += (height - solid(p + normal * height)) * weight
        weight *= 0.62
    return 1.0 / (1.0 + np.maximum(closed, 0.0) * (0.6 / span))


def nearest(distances: Sequence[Field]) -> tuple[Field, NDArray[np.intp]]:
    """The least of several distances, and which it is."""
    stack = np.stack(np.broadcast_arrays(*distances))
    return stack.min(axis=0), stack.argmin(axis=0)

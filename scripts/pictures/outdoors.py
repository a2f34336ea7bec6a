"""A view over open land with one solid thing, or several, on it or above it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .arithmetic import Field
from .march import Camera, Solid, walk
from .terrain import Land
from .vec import Vec

Glow = Callable[[Vec, Vec, Field], Vec]
"""The light that comes from points, seen along unit ways, from so far."""


@dataclass(frozen=True)
class Outdoors:
    """The camera, the sky, the land (surveyed on first use) and the solid, each with its light."""

    camera: Camera
    sky: Callable[[Vec], Vec]
    land: Callable[[], Land]
    land_glow: Glow
    solid: Solid
    solid_glow: Glow
    far: float

    def __call__(self, x: Field, y: Field) -> Vec:
        way = self.camera.rays(x, y)
        seen = self.sky(way).spread(x.size)
        gone = self.land().walk(self.camera.eye, way, self.far)
        self._put(seen, way, gone, self.land_glow)
        reach = walk(self.solid, self.camera.eye, way, np.minimum(gone, self.far))
        self._put(seen, way, reach, self.solid_glow)
        return seen

    def _put(self, seen: Vec, way: Vec, gone: Field, glow: Glow) -> None:
        met = np.flatnonzero(gone < np.inf)
        if met.size:
            way, gone = way.take(met), gone[met]
            seen.put(met, glow(self.camera.eye + way * gone, way, gone))

"""Solid things on level ground, in one key light and the light of the sky."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .arithmetic import Field, clamp, doubled_power
from .march import Camera, Solid, nearest, normals, openness, sunlight, walk
from .vec import Vec, vec


@dataclass(frozen=True)
class Surface:
    """What light finds at a point: its colour, its gloss, and how smooth that gloss is."""

    colour: Vec
    shine: Field | float = 0.04
    polish: int = 4
    normal: Vec | None = None
    mirror: Field | float = 0.0


Paint = Callable[[Vec, Vec], Surface]
"""The surface at points with given unit normals."""


@dataclass(frozen=True)
class Thing:
    """A solid and its paint."""

    solid: Solid
    paint: Paint


@dataclass(frozen=True)
class Light:
    """The key light (unit way to it, colour, softness of its shadows) and the fill around it."""

    way: Vec
    colour: Vec
    above: Vec
    below: Vec
    softness: float = 0.06
    reach: float = 6.0


@dataclass(frozen=True)
class Stage:
    """Everything to be seen: the things, the ground they stand on (y = 0), and the far backdrop."""

    camera: Camera
    things: tuple[Thing, ...]
    ground: Paint
    backdrop: Callable[[Vec], Vec]
    light: Light
    haze: Callable[[Vec, Vec, Field], Vec]

    def __call__(self, x: Field, y: Field) -> Vec:
        way = self.camera.rays(x, y)
        floor = np.where(way.y < -1e-4, -self.camera.eye.y / np.minimum(way.y, -1e-4), np.inf)
        reach = walk(self.solid, self.camera.eye, way, np.minimum(floor, 14.0))
        seen = self.backdrop(way).spread(x.size)
        on_floor = np.flatnonzero((reach == np.inf) & (floor < np.inf))
        self._lay_ground(seen, on_floor, way.take(on_floor), floor[on_floor])
        self._set_things(seen, reach, way)
        return seen

    def solid(self, p: Vec) -> Field:
        """The distance to the nearest of all things."""
        return nearest([thing.solid(p) for thing in self.things])[0]

    def _lay_ground(self, seen: Vec, chosen: NDArray[np.intp], way: Vec, floor: Field) -> None:
        if not chosen.size:
            return
        p = self.camera.eye + way * floor
        surface = self.ground(p, vec(0, 1, 0).spread(chosen.size))
        seen.put(chosen, self.haze(self._lit(p, surface, vec(0, 1, 0), way), way, floor))

    def _set_things(self, seen: Vec, reach: Field, way: Vec) -> None:
        met = np.flatnonzero(reach < np.inf)
        if not met.size:
            return
        p = self.camera.eye + way.take(met) * reach[met]
        owner = nearest([thing.solid(p) for thing in self.things])[1]
        normal = normals(self.solid, p)
        for number, thing in enumerate(self.things):
            mine = np.flatnonzero(owner == number)
            if mine.size:
                here, out = p.take(mine), normal.take(mine)
                surface = thing.paint(here, out)
                seen.put(met[mine], self._lit(here, surface, out, way.take(met[mine])))

    def _lit(self, p: Vec, surface: Surface, flat: Vec, way: Vec) -> Vec:
        """The light that `surface` sends back along `way`; `flat` is its normal without relief."""
        light, normal = self.light, surface.normal or flat
        flat = flat.spread(p.x.size)
        above = p + flat * 0.006
        seen = sunlight(self.solid, above, light.way.spread(p.x.size), light.softness, light.reach)
        # The flat normal ends the light softly where the relief alone would let it shine through.
        seen = seen * clamp(flat.dot(light.way) * 6.0)
        key = seen * clamp(normal.dot(light.way))
        open_ = openness(self.solid, p, flat)
        up = normal.y * 0.5 + 0.5
        fill = (light.above * up + light.below * (1.0 - up)) * open_
        matte = surface.colour.tinted(light.colour * key + fill)
        halfway = (light.way - way).unit()
        glint = doubled_power(clamp(normal.dot(halfway)), surface.polish) * seen
        facing = clamp(1.0 + normal.dot(way))
        fresnel = surface.mirror + (1.0 - surface.mirror) * doubled_power(facing, 2) * facing
        gloss = light.colour * (glint * surface.shine * float(2**surface.polish) * 0.04)
        if np.max(surface.mirror) > 0.0:
            gloss = gloss + self.backdrop(way.mirrored(normal)) * (fresnel * (0.4 + 0.6 * open_))
        return matte + gloss

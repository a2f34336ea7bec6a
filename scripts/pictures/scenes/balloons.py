"""Hot-air balloons over a patchwork of hills."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from ..arithmetic import (
    Field,
    bearing,
    clamp,
    decay,
    doubled_power,
    fraction,
    sine,
    smoothstep,
)
from ..march import Camera, bounded, nearest, normals
from ..noise import cells, chance, fractal, perlin, ridged
from ..outdoors import Outdoors
from ..solids import ball, box, limb, melted
from ..terrain import Land
from ..vec import Vec, choose, rgb, vec

SUN = vec(-0.66, 0.42, 0.30).unit()
CAMERA = Camera(eye=vec(0.0, 2.5, 6.0), aim=vec(0.0, 2.15, 0.0), zoom=1.9)


@dataclass(frozen=True)
class Balloon:
    """One balloon: where its envelope's middle is, its radius, its gores and its colours."""

    centre: Vec
    radius: float
    gores: int
    colours: tuple[int, int, int]
    banded: bool = False

    def distance(self, p: Vec) -> Field:
        """The envelope, the basket and the ropes; measured for a radius of 1, then sized."""
        q = (p - self.centre) * (1.0 / self.radius)
        envelope = melted(
            ball(q, vec(0, 0.05, 0), 1.0),
            limb(q, vec(0, -0.4, 0), vec(0, -1.28, 0), 0.72, 0.20),
            0.25,
        )
        envelope = np.maximum(envelope, -1.38 - q.y)
        # Each gore bulges between its seams.
        swell = sine(bearing(q.z, q.x) * (self.gores * 0.5))
        envelope = envelope + 0.03 - 0.045 * np.abs(swell) * clamp(1.2 - np.abs(q.y))
        basket = box(q, vec(0, -1.86, 0), vec(0.13, 0.11, 0.13), 0.03)
        f = Vec(np.abs(q.x), q.y, np.abs(q.z))
        ropes = limb(f, vec(0.12, -1.34, 0.12), vec(0.11, -1.78, 0.11), 0.012, 0.012)
        return np.minimum(envelope, np.minimum(basket, ropes)) * (self.radius * 0.9)

    def colour(self, p: Vec) -> Vec:
        q = (p - self.centre) * (1.0 / self.radius)
        first, second, third = (rgb(code) for code in self.colours)
        gore = turn = bearing(q.z, q.x) / 6.2831853 * self.gores
        if self.banded:
            turn = np.floor((q.y + 1.0) * 3.4) * 0.5 + 0.25
        cloth = choose(fraction(turn * 0.5) > 0.5, first, second)
        seam = 0.6 + 0.4 * smoothstep(0.5, 0.46, np.abs(fraction(gore) - 0.5))
        ring = np.abs(q.y) < 0.17
        cloth = choose(ring & (not self.banded), third, cloth)
        cloth = choose(q.y < -1.16, rgb(0x6B2A20), cloth)
        wicker = rgb(0x8A5A2C) * np.where(fraction(q.y * 18.0) > 0.4, 1.2, 0.8)
        return choose(q.y < -1.42, wicker, cloth * seam)


BALLOONS = (
    Balloon(vec(-0.72, 2.95, 0.6), 0.68, 16, (0xE5322D, 0xF9C22E, 0xF6EFE0)),
    Balloon(vec(1.35, 3.35, -2.0), 0.66, 16, (0x1F6FB5, 0xF4F1E8, 0xF08A24)),
    Balloon(vec(0.55, 1.95, -5.0), 0.64, 12, (0x3B8F4E, 0xF2D24B, 0xE5322D), True),
    Balloon(vec(-4.9, 4.35, -7.0), 0.66, 14, (0x7A3E9D, 0xF3A6C0, 0xF6EFE0)),
    Balloon(vec(6.9, 5.6, -12.0), 0.70, 14, (0xE86A1E, 0xF8E3B0, 0xB5262A)),
    Balloon(vec(0.7, 7.0, -17.0), 0.70, 12, (0xC5283D, 0xF4F1E8, 0x255F85)),
)
SOLIDS = tuple(
    bounded(b.distance, b.centre - vec(0, 0.4 * b.radius, 0), 1.62 * b.radius, 0.2)
    for b in BALLOONS
)


def fleet(p: Vec) -> Field:
    """The distance to the nearest balloon."""
    return nearest([solid(p) for solid in SOLIDS])[0]


def bare(x: Field, z: Field) -> Field:
    """The hills without trees."""
    rolling = fractal(x * 0.16 + 2.0, z * 0.16 + 8.0, 11, 4) * 1.25
    far = smoothstep(-10.0, -34.0, z)
    return (
        rolling * (1.0 - 0.5 * far) + far * (ridged(x * 0.06, z * 0.06, 17, 5) * 2.1 - 0.4) - 0.25
    )


def woods(x: Field, z: Field) -> Field:
    """Where trees stand: in copses, and along the hedges between the fields."""
    copse = smoothstep(0.16, 0.24, fractal(x * 0.45, z * 0.45, 23, 3))
    near, next_ = field_cells(x, z)
    hedge = smoothstep(0.05, 0.03, next_ - near) * (perlin(x * 2.0, z * 2.0, 27) > -0.15)
    return np.maximum(copse, hedge)


def field_cells(x: Field, z: Field) -> tuple[Field, Field]:
    return cells(x * 0.55 + z * 0.1, z * 0.75 - x * 0.12, 31)


def height(x: Field, z: Field) -> Field:
    """The hills with their trees as round crowns."""
    crown = cells(x * 7.5, z * 7.5, 37)[0]
    return bare(x, z) + woods(x, z) * 0.13 * np.sqrt(clamp(1.0 - crown * crown * 1.7))


@functools.cache
def land() -> Land:
    return Land.surveyed(height, -24.0, -40.0, 48.0, 2600)


def sky(way: Vec) -> Vec:
    up = clamp(way.y)
    glow = clamp(way.dot(SUN))
    colour = (
        rgb(0xFBE3C0)
        .toward(rgb(0xA9D3EC), smoothstep(0.0, 0.22, up))
        .toward(rgb(0x3C86C8), smoothstep(0.1, 0.8, up))
    )
    over = 1.0 / (up + 0.14)
    u, v = way.x * over * 0.9, way.z * over * 0.9
    puff, lit = fractal(u, v, 41, 6), fractal(u - 0.06, v - 0.02, 41, 6)
    cover = smoothstep(-0.06, 0.36, puff) * smoothstep(0.03, 0.16, up)
    cloud = rgb(0xFFF6E8).toward(rgb(0xB4BFD2), clamp(0.3 + (lit - puff) * 1.5))
    return colour.toward(cloud * 1.2, cover * 0.85) + rgb(0xFFDCA0) * (
        doubled_power(glow, 2) * 0.22
    )


def farmed(p: Vec) -> Vec:
    """The colours of the fields: one crop each, in rows."""
    i = cells_owner(p)
    kind = chance(i, i * 0.0, 51)
    crops = (
        rgb(0x6E9A3C),
        rgb(0x8DB04A),
        rgb(0xD9BC5A),
        rgb(0x4F7F34),
        rgb(0xB08A4E),
        rgb(0xC6C65A),
    )
    colour = crops[0].spread(p.x.size)
    for number, crop in enumerate(crops):
        colour = choose(np.floor(kind * 6.0) == number, crop, colour)
    angle = chance(i, i * 0.0 + 1.0, 53) * 3.0
    rows = sine((p.x * (angle - 1.5) + p.z * (1.0 + angle * 0.5)) * 46.0)
    tone = fractal(p.x * 3.0, p.z * 3.0, 57, 4)
    fine = fractal(p.x * 24.0, p.z * 24.0, 58, 3)
    return colour * (1.0 + rows * 0.10 * clamp(1.5 - (6.0 - p.z) * 0.1) + tone * 0.3 + fine * 0.25)


def cells_owner(p: Vec) -> Field:
    """A whole number for the field that holds each point."""
    x, y = p.x * 0.55 + p.z * 0.1, p.z * 0.75 - p.x * 0.12
    left, low = np.floor(x), np.floor(y)
    best, owner = np.full(x.shape, 9.0), np.zeros(x.shape)
    for i in (-1.0, 0.0, 1.0):
        for j in (-1.0, 0.0, 1.0):
            a, b = left + i, low + j
            dx, dy = a + chance(a, b, 31) - x, b + chance(a, b, 32) - y
            near = dx * dx + dy * dy
            owner = np.where(near < best, a * 57.0 + b * 131.0, owner)
            best = np.minimum(best, near)
    return owner


def countryside(p: Vec, way: Vec, gone: Field) -> Vec:
    normal = land().normal(p, 0.012 + 0.0012 * gone)
    tree = smoothstep(0.02, 0.06, p.y - bare(p.x, p.z))
    twigs = [fractal(p.x * 22.0, p.z * 22.0 + p.y * 9.0, 62 + i, 2) for i in (0, 5)]
    leafy = Vec(twigs[0], twigs[0] * 0.0, twigs[1]) * (0.9 * decay(gone * 0.10))
    normal = (normal + leafy * tree).unit()
    leaf = rgb(0x3F6A2C).toward(rgb(0x27491F), clamp(0.5 + fractal(p.x * 14.0, p.z * 14.0, 61, 3)))
    colour = farmed(p).toward(leaf, tree)
    seen = land().shade(p + normal * 0.01, SUN, 0.08, 5.0) * shadow_of_balloons(p)
    key = clamp(normal.dot(SUN)) * seen
    light = rgb(0xFFE7BC) * (1.9 * key) + rgb(0xA9C8EE) * (0.38 * (normal.y * 0.5 + 0.5))
    return hazed(colour.tinted(light), p, way, gone)


def shadow_of_balloons(p: Vec) -> Field:
    """Dark spots on the land where an envelope is between it and the sun."""
    lit = np.ones(p.x.size)
    for b in BALLOONS:
        apart = p - b.centre
        beside = (apart - SUN * apart.dot(SUN)).length()
        lit = np.minimum(lit, 0.35 + 0.65 * smoothstep(0.75 * b.radius, 1.25 * b.radius, beside))
    return lit


def hazed(colour: Vec, p: Vec, way: Vec, gone: Field) -> Vec:
    air = rgb(0xC9DCEA).toward(rgb(0xFCE4C0), clamp(way.dot(SUN) * 0.8 + 0.2))
    veil = 1.0 - decay(np.maximum(gone - 4.0, 0.0) * 0.026)
    bank = clamp(fractal(p.x * 0.35, p.z * 0.35, 71, 4) + 0.55)
    low = smoothstep(0.10, -0.55, p.y) * smoothstep(6.0, 14.0, gone) * bank * 0.8
    return colour.toward(air, np.maximum(veil, low))


def aloft(p: Vec, way: Vec, gone: Field) -> Vec:
    """The light of the balloons."""
    owner = nearest([solid(p) for solid in SOLIDS])[1]
    colour = vec(0, 0, 0).spread(p.x.size)
    for number, balloon in enumerate(BALLOONS):
        mine = np.flatnonzero(owner == number)
        if mine.size:
            colour.put(mine, balloon.colour(p.take(mine)).spread(mine.size))
    normal = normals(fleet, p, 0.004)
    key = clamp(normal.dot(SUN) * 0.85 + 0.15)
    light = rgb(0xFFEBC8) * (1.55 * key) + rgb(0xB8D0EE) * (0.30 + 0.15 * normal.y)
    rim = doubled_power(clamp(1.0 + normal.dot(way)), 2)
    weave = 1.0 + perlin(p.x * 160.0, p.y * 160.0 + p.z * 90.0, 81) * 0.06
    lit = colour.tinted(light) * weave + rgb(0xFFE7C8) * (rim * 0.10)
    veil = 1.0 - decay(np.maximum(gone - 4.0, 0.0) * 0.022)
    return lit.toward(rgb(0xC9DCEA), veil)


scene = Outdoors(
    camera=CAMERA,
    sky=sky,
    land=land,
    land_glow=countryside,
    solid=fleet,
    solid_glow=aloft,
    far=44.0,
)

"""A desert at night: the Milky Way, the moon and a lit tent."""

from __future__ import annotations

import functools

import numpy as np

from ..arithmetic import (
    Field,
    clamp,
    decay,
    doubled_power,
    fraction,
    sine,
    smoothstep,
)
from ..march import Camera, bounded, normals
from ..noise import chance, fractal, perlin
from ..outdoors import Outdoors
from ..solids import limb
from ..terrain import Land
from ..vec import Vec, choose, rgb, vec

MOON = vec(-0.40, 0.52, -0.80).unit()
LIGHT = vec(-0.72, 0.40, -0.20).unit()
CAMERA = Camera(eye=vec(0.0, 1.05, 6.0), aim=vec(0.0, 1.62, 0.0), zoom=1.55)
TENT = vec(0.85, 0.0, 1.0)


def height(x: Field, z: Field) -> Field:
    """Dunes: gentle to windward, steep to leeward, with a wandering crest."""
    bend = fractal(x * 0.16, z * 0.16, 11, 3) * 1.9
    phase = fraction((x * 0.16 + z * 0.30) + bend * 0.55)
    crest = np.where(phase < 0.72, phase / 0.72, (1.0 - phase) / 0.28)
    # Rounded at the foot and sharp at the crest.
    dune = crest * crest * (1.9 - 0.9 * crest)
    size = 0.55 + 0.5 * smoothstep(2.0, -9.0, z) + fractal(x * 0.2, z * 0.2, 17, 2) * 0.3
    flat = smoothstep(0.5, 2.2, np.sqrt((x - 0.85) * (x - 0.85) + (z - 1.0) * (z - 1.0)))
    ripple = sine((x * 0.5 + z * 1.0 + fractal(x * 0.6, z * 0.6, 19, 3) * 0.9) * 36.0) * 0.0035
    return dune * size * (0.12 + 0.88 * flat) + ripple * flat


@functools.cache
def land() -> Land:
    return Land.surveyed(height, -18.0, -26.0, 36.0, 2400)


@functools.cache
def tent_foot() -> Vec:
    ground = float(land().height(np.full(1, 0.85), np.full(1, 1.0))[0])
    return TENT + vec(0, ground - 0.02, 0)


def in_tent(q: Vec) -> Vec:
    """Points in the tent's frame: along its ridge, up, and across."""
    return Vec(q.x * -0.55 + q.z * 0.835, q.y, q.z * 0.55 + q.x * 0.835)


def tent(p: Vec) -> Field:
    """A ridge tent and its poles."""
    q = p - tent_foot()
    q = in_tent(q)
    sag = 0.05 * (1.0 - q.x * q.x * 2.5)
    sides = np.abs(q.z) * 0.80 + (q.y - 0.62 + sag) * 0.60
    body = np.maximum(sides, np.maximum(np.abs(q.x) - 0.52, -q.y))
    poles = limb(Vec(np.abs(q.x), q.y, q.z), vec(0.53, 0, 0), vec(0.53, 0.70, 0), 0.014, 0.014)
    return np.minimum(body, poles)


SOLID = bounded(tent, TENT + vec(0, 0.4, 0), 0.95)


def stars(way: Vec) -> Vec:
    """Stars of several sizes and colours, crowded along the Milky Way."""
    total = vec(0, 0, 0).spread(way.x.size)
    band = milky(way)
    u, v = way.x / (1.3 - way.z * 0.5), way.y / (1.3 - way.z * 0.5)
    for layer, (scale, share, light) in enumerate(
        ((520.0, 0.07, 0.22), (300.0, 0.045, 0.5), (150.0, 0.028, 1.3), (60.0, 0.016, 5.0))
    ):
        a, b = u * scale, v * scale
        i, j = np.floor(a), np.floor(b)
        seed = 31 + layer * 5
        dx = fraction(a) - 0.3 - 0.4 * chance(i, j, seed)
        dy = fraction(b) - 0.3 - 0.4 * chance(i, j, seed + 1)
        there = chance(i, j, seed + 2) < share * (0.5 + 2.6 * band)
        spread = np.sqrt(dx * dx + dy * dy) * (600.0 / scale)
        size = chance(i, j, seed + 3)
        glow = decay(spread * spread * 2.2) * there * light * (0.15 + size * size * size * 1.4)
        warmth = chance(i, j, seed + 4)
        total = total + rgb(0xBFD4FF).toward(rgb(0xFFE0B8), warmth) * glow
    return total


def milky(way: Vec) -> Field:
    """The brightness of the Milky Way: a slanting band with dark lanes."""
    axis = vec(0.78, 0.56, 0.28).unit()
    across = way.dot(axis) - 0.22
    u, v = way.x * 3.0 + way.z, way.y * 3.0
    cloud = fractal(u, v, 51, 6, 0.58)
    body = decay(across * across * 26.0) * (0.62 + cloud * 0.7)
    lane = smoothstep(0.10, 0.42, fractal(u * 1.5 + 7.0, v * 1.5, 57, 6, 0.6) + 0.16)
    core = decay(across * across * 160.0)
    return clamp(body + core * 0.35 * (0.7 + cloud) - lane * core * 0.75)


def sky(way: Vec) -> Vec:
    up = clamp(way.y)
    colour = (
        rgb(0x3A4A78)
        .toward(rgb(0x141E46), smoothstep(0.0, 0.45, up))
        .toward(rgb(0x0A0F2A), smoothstep(0.3, 0.9, up))
    )
    band = milky(way)
    dust = fractal(way.x * 4.0, way.y * 4.0, 61, 4)
    tint = rgb(0x8FA6E8).toward(rgb(0xF0BFD0), clamp(0.35 + dust * 1.2))
    glow = clamp(way.dot(MOON))
    disc = moon(way)
    night = (
        colour + tint * (band * band * 0.24 + band * 0.16) + stars(way) * smoothstep(0.0, 0.15, up)
    )
    bright = doubled_power(glow, 7) * 0.16 + doubled_power(glow, 4) * 0.05
    return night.toward(disc, smoothstep(0.99905, 0.99918, way.dot(MOON))) + rgb(0xC9D6FF) * bright


def moon(way: Vec) -> Vec:
    right = MOON.cross(vec(0, 1, 0)).unit()
    u, v = way.dot(right) * 24.0, way.dot(right.cross(MOON)) * 24.0
    seas = smoothstep(-0.05, 0.35, fractal(u * 1.6 + 3.0, v * 1.6, 71, 5))
    edge = 1.0 - 0.35 * clamp((u * u + v * v) * 0.9)
    return rgb(0xFFF8E4).toward(rgb(0xB9B6B0), seas * 0.7) * (1.6 * edge)


def dunes(p: Vec, _: Vec, gone: Field) -> Vec:
    normal = land().normal(p, 0.008 + 0.0012 * gone)
    a = perlin(p.x * 60.0, p.z * 60.0, 81) * decay(gone * 0.15)
    grit = chance(np.floor(p.x * 260.0), np.floor(p.z * 260.0), 83) - 0.5
    lit = land().shade(p + normal * 0.01, LIGHT, 0.06, 8.0)
    key = clamp((normal + vec(0.1, 0, 0.05) * a).unit().dot(LIGHT)) * lit
    sand = rgb(0xC99F78) * (1.0 + a * 0.15 + grit * 0.12 * decay(gone * 0.1))
    light = rgb(0xB4C4F4) * (1.7 * key) + rgb(0x44569E) * (0.40 * (normal.y * 0.5 + 0.5))
    lamp = tent_foot() + vec(-0.42, 0.30, 0.62) - p
    near = lamp.dot(lamp)
    warm = clamp(normal.dot(lamp.unit()) * 0.7 + 0.3) / (0.25 + near * 1.6)
    light = light + rgb(0xFF9A3C) * (warm * 0.9)
    return sand.tinted(light).toward(
        rgb(0x3A4A78) * 0.9, 1.0 - decay(np.maximum(gone - 3.0, 0.0) * 0.035)
    )


def canvas(p: Vec, _way: Vec, _gone: Field) -> Vec:
    """The tent's cloth, lit from within."""
    q = p - tent_foot()
    normal = normals(SOLID, p)
    lamp = (q - vec(0.0, 0.22, 0.0)).length()
    weave = 1.0 + perlin(p.x * 70.0, p.y * 70.0 + p.z * 40.0, 91) * 0.10
    q = in_tent(q)
    stripe = np.abs(fraction(q.x * 4.0) - 0.5) > 0.42
    flap = np.abs(q.z + 0.03) + q.y * 0.42
    door = smoothstep(0.20, 0.17, flap) * (q.x > 0.5) * (q.y < 0.5)
    glow = rgb(0xFFB04A).toward(rgb(0xE8622A), clamp(lamp * 1.5)) * (1.7 * decay(lamp * 1.6))
    cloth = choose(stripe, rgb(0x8A3A2A), rgb(0xE8D2A8))
    cold = rgb(0x9FB0E0) * (0.5 * clamp(normal.dot(LIGHT)) + 0.10)
    lit = cloth.tinted(cold + glow * 1.5) * weave
    return lit.toward(rgb(0xFFD890) * (1.6 - q.y * 1.5), door)


scene = Outdoors(
    camera=CAMERA,
    sky=sky,
    land=land,
    land_glow=dunes,
    solid=SOLID,
    solid_glow=canvas,
    far=34.0,
)

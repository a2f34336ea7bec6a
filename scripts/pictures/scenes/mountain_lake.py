"""A mountain lake at dawn."""

from __future__ import annotations

import functools

import numpy as np

from ..arithmetic import Field, clamp, decay, doubled_power, fraction, smoothstep
from ..march import Camera
from ..noise import fractal, perlin, ridged
from ..terrain import Land
from ..vec import Vec, rgb, vec

SUN = vec(0.80, 0.30, -0.10).unit()
CAMERA = Camera(eye=vec(0.0, 0.42, 5.0), aim=vec(0.0, 0.78, 0.0), zoom=1.75)


def height(x: Field, z: Field) -> Field:
    """Peaks behind the lake, wooded hills at its sides."""
    away = -z
    # A bay that widens away from the viewer, its shore uneven.
    shore = fractal(x * 0.5, z * 0.5, 11, 4) * 0.5
    side = np.abs(x + 0.3 * fractal(z * 0.3, z * 0.0, 15, 2)) - (2.2 + 0.1 * away) + shore
    rise = np.maximum(smoothstep(3.2, 9.5, away + shore), smoothstep(-0.6, 4.5, side) * 0.7)
    peaks = ridged(x * 0.21 + 3.7, z * 0.21 + 1.9, 21, 8)
    massif = smoothstep(5.0, 12.0, away) * (0.65 + 0.35 * smoothstep(6.0, 0.0, np.abs(x - 0.8)))
    hills = fractal(x * 0.7, z * 0.7, 31, 7) * 0.32
    return -0.14 + rise * (0.42 + hills) + massif * peaks * 3.3


@functools.cache
def land() -> Land:
    return Land.surveyed(height, -14.0, -18.0, 28.0, 1500)


def sky(way: Vec) -> Vec:
    up = clamp(way.y)
    glow = clamp(way.dot(SUN))
    low = rgb(0xF9B58A).toward(rgb(0xFFD9A8), glow)
    colour = low.toward(rgb(0xE8A7B0), smoothstep(0.0, 0.20, up)).toward(
        rgb(0x6C86BE), smoothstep(0.08, 0.62, up)
    )
    over = 1.0 / (up + 0.12)
    u, v = way.x * over * 0.7, way.z * over * 1.5
    wisp = smoothstep(0.02, 0.55, fractal(u, v, 41, 6) + 0.1) * smoothstep(0.05, 0.25, up)
    colour = colour.toward(rgb(0xFFC9B0).toward(rgb(0xFFE8D0), glow) * 1.1, wisp * 0.75)
    return colour + rgb(0xFFD29A) * (doubled_power(glow, 3) * 0.55)


def rock(p: Vec, way: Vec, gone: Field) -> Vec:
    """The land's light: snow on the level heights, woods below, mist in between."""
    normal = land().normal(p, 0.006 + 0.0016 * gone)
    rough = fractal(p.x * 9.0, p.z * 9.0 + p.y * 5.0, 51, 5)
    line = p.y + rough * 0.12 + fractal(p.x, p.z, 55, 3) * 0.25
    snow = smoothstep(1.0, 1.5, line) * smoothstep(
        0.50, 0.68, normal.y + rough * 0.06 + clamp(p.y - 1.3) * 0.25
    )
    stone = rgb(0x857A84).toward(rgb(0x59545F), clamp(rough + 0.5))
    trees = fractal(p.x * 26.0, p.z * 26.0, 61, 3)
    wood = rgb(0x2C4238).toward(rgb(0x16261F), clamp(trees * 1.2 + 0.5))
    colour = stone.toward(wood, smoothstep(1.0, 0.62, line) * smoothstep(0.30, 0.55, normal.y))
    colour = colour.toward(rgb(0xF3F1F6), snow)
    lit = land().shade(p + normal * 0.01, SUN, 0.10, 9.0)
    key = clamp(normal.dot(SUN)) * lit
    light = rgb(0xFFC08A) * (4.6 * key) + rgb(0x9DB2E4) * (1.0 * (normal.y * 0.5 + 0.5))
    return misted(colour.tinted(light), p, way, gone)


def misted(colour: Vec, p: Vec, way: Vec, gone: Field) -> Vec:
    """The colour through the morning air, thickest just over the water."""
    air = rgb(0xD9A9B4).toward(rgb(0xFFCFA0), clamp(way.dot(SUN)))
    veil = 1.0 - decay(np.maximum(gone - 5.0, 0.0) * 0.020)
    bank = fractal(p.x * 0.8, p.y * 5.0 + p.z * 0.3, 71, 4) * 0.5 + 0.6
    low = decay(np.abs(p.y) * 7.0) * smoothstep(6.0, 12.0, gone) * clamp(bank) * 0.75
    return colour.toward(air * 0.95, np.maximum(veil, low))


def water(p: Vec, way: Vec, gone: Field) -> Vec:
    """The lake: the mirrored shore, broken by ripples, and its own dark green near by."""
    still = smoothstep(-0.05, 0.4, fractal(p.x * 0.25, p.z * 0.8, 81, 3))
    strength = (0.018 + 0.05 * still) * decay(gone * 0.10)
    a = fractal(p.x * 4.0, p.z * 11.0, 85, 4)
    b = fractal(p.x * 5.0, p.z * 13.0, 89, 4)
    normal = Vec(a * strength * 0.5, np.ones_like(a), b * strength).unit()
    back = way.mirrored(normal)
    back = Vec(back.x, np.maximum(back.y, 0.004), back.z).unit()
    seen = view(p, back)
    facing = 1.0 - clamp(normal.dot(way) * -1.0)
    fresnel = 0.10 + 0.90 * doubled_power(facing, 2)
    deep = rgb(0x1E3A40) * 0.6
    return misted(deep.toward(seen * 0.94, fresnel), p, way, gone)


def view(origin: Vec, way: Vec) -> Vec:
    """Land before sky."""
    gone = land().walk(origin, way, 24.0)
    seen = sky(way)
    met = np.flatnonzero(gone < np.inf)
    if met.size:
        p = origin.take(met) + way.take(met) * gone[met]
        seen.put(met, rock(p, way.take(met), gone[met]))
    return seen


# Each pine on the near bank: where it stands, its foot, its height.
PINES = (
    (-0.97, -1.02, 1.42),
    (-0.80, -1.05, 1.10),
    (-0.885, -1.08, 0.84),
    (-0.66, -1.06, 0.66),
    (-0.73, -1.06, 0.50),
    (0.99, -1.02, 1.05),
    (0.86, -1.08, 0.74),
    (0.93, -1.08, 0.52),
    (0.76, -1.06, 0.34),
)


def pine(x: Field, y: Field, seed: int) -> Field:
    """How much of a point a pine one unit high covers, its foot at the origin."""
    tier = y * 13.0 + fractal(x * 9.0, y * 9.0, seed, 3) * 0.9
    ragged = perlin(x * 60.0, y * 60.0, seed + 5) + perlin(x * 22.0, y * 30.0, seed + 6)
    sweep = 0.50 + 0.50 * (1.0 - fraction(tier))
    wide = (1.0 - y) * 0.20 * sweep + ragged * 0.03 * (1.05 - y) + 0.004
    crown = smoothstep(0.004, -0.004, np.abs(x) - wide) * (y > 0.10) * (y < 1.0)
    stem = smoothstep(0.002, -0.002, np.abs(x) - 0.012 * (1.2 - y)) * (y < 0.97)
    return np.maximum(crown, stem)


def wooded(seen: Vec, x: Field, y: Field) -> Vec:
    """The near pines, rimmed by the low sun, on the dark bank at the viewer's feet."""
    for number, (stand, foot, tall) in enumerate(PINES):
        u, v = (x - stand) / tall, (y - foot) / tall
        edge = u + perlin(u * 40.0, v * 40.0, 95) * 0.05
        rim = smoothstep(-0.02, 0.12, edge) * smoothstep(0.1, 0.8, v)
        needles = clamp(0.5 + perlin(u * 90.0, v * 60.0, 97))
        dark = rgb(0x0E1718).toward(rgb(0x1E2F2A), needles)
        lit = dark.toward(rgb(0xB8764E), rim * needles * 0.45)
        seen = seen.toward(lit, pine(u, v, 101 + number * 9))
    rise = 0.22 * smoothstep(-0.35, -1.0, x) + 0.13 * smoothstep(0.55, 1.0, x)
    bank = -0.93 + rise - 0.12 * smoothstep(0.75, 0.3, np.abs(x))
    bank = bank + fractal(x * 5.0, x * 0.0, 91, 6) * 0.035
    blades = np.abs(perlin(x * 110.0, y * 9.0, 99)) * 0.022
    tuft = clamp(0.5 + fractal(x * 60.0, y * 22.0, 93, 3))
    grass = rgb(0x0E1514).toward(rgb(0x28352A), tuft)
    return seen.toward(grass, smoothstep(0.006, -0.006, y - bank - blades))


def scene(x: Field, y: Field) -> Vec:
    """The light at points of the picture."""
    way = CAMERA.rays(x, y)
    flat = np.where(way.y < -1e-4, -CAMERA.eye.y / np.minimum(way.y, -1e-4), np.inf)
    seen = view(CAMERA.eye.spread(x.size), way)
    reach = land().walk(CAMERA.eye, way, 24.0)
    wet = np.flatnonzero(flat < reach)
    if wet.size:
        p = CAMERA.eye + way.take(wet) * flat[wet]
        seen.put(wet, water(p, way.take(wet), flat[wet]))
    return wooded(seen, x, y)

"""A mountain lake at dawn."""

from __future__ import annotations

import functools

import numpy as np

from ..arithmetic import Field, clamp, decay, doubled_power, smoothstep
from ..march import Camera
from ..noise import fractal, ridged
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
    line = p.y + rough * 0.16 + fractal(p.x, p.z, 55, 3) * 0.25
    snow = smoothstep(1.0, 1.5, line) * smoothstep(0.42, 0.66, normal.y + rough * 0.12)
    stone = rgb(0x6E6470).toward(rgb(0x4A4552), clamp(rough + 0.5))
    trees = fractal(p.x * 26.0, p.z * 26.0, 61, 3)
    wood = rgb(0x2C4238).toward(rgb(0x16261F), clamp(trees * 1.2 + 0.5))
    colour = stone.toward(wood, smoothstep(1.0, 0.62, line) * smoothstep(0.30, 0.55, normal.y))
    colour = colour.toward(rgb(0xF3F1F6), snow)
    lit = land().shade(p + normal * 0.01, SUN, 0.10, 9.0)
    key = clamp(normal.dot(SUN)) * lit
    light = rgb(0xFFC08A) * (4.2 * key) + rgb(0x8FA6D8) * (0.75 * (normal.y * 0.5 + 0.5))
    return misted(colour.tinted(light), p, way, gone)


def misted(colour: Vec, p: Vec, way: Vec, gone: Field) -> Vec:
    """The colour through the morning air, thickest just over the water."""
    air = rgb(0xD9A9B4).toward(rgb(0xFFCFA0), clamp(way.dot(SUN)))
    veil = 1.0 - decay(np.maximum(gone - 5.0, 0.0) * 0.022)
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
    return seen

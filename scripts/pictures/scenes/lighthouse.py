"""A lighthouse in a storm."""

from __future__ import annotations

import functools

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
from ..march import Camera, bounded, normals
from ..noise import chance, fractal, ridged
from ..outdoors import Outdoors
from ..solids import ball, box
from ..terrain import Land
from ..vec import Vec, choose, rgb, vec

SUN = vec(-0.55, 0.50, -0.35).unit()
CAMERA = Camera(eye=vec(0.0, 0.75, 6.0), aim=vec(0.0, 1.35, 0.0), zoom=1.9)
# Where waves burst on the rock in the picture: middle, foot, half width, height and a seed.
BURSTS = ((-0.13, -0.40, 0.20, 0.42, 101), (0.62, -0.43, 0.30, 0.20, 111))
FOOT = vec(0.95, 0.86, -0.6)
LAMP = vec(0.95, 3.02, -0.6)


def swell(x: Field, z: Field) -> Field:
    """The sea: long steep waves from the left, and the chop on their backs."""
    bend = fractal(x * 0.22, z * 0.22, 11, 3)
    first = sine(x * 1.15 + z * 0.75 + bend * 3.4)
    second = sine(x * 0.5 - z * 1.5 + bend * 4.0 + 1.3)
    # Squared, so that crests are sharp and troughs are wide.
    steep = (first * 0.5 + 0.5) * (first * 0.5 + 0.5) * 0.30 + (second * 0.5 + 0.5) * 0.12
    chop = ridged(x * 0.9, z * 1.3, 17, 6) * 0.105
    return steep + chop - 0.32


def rock(x: Field, z: Field) -> Field:
    """The islet under the tower, and a skerry to its left."""
    dx, dz = x - 1.15, z + 0.75
    far = np.sqrt(dx * dx * 0.62 + dz * dz) + fractal(x * 1.1, z * 1.1, 23, 4) * 0.55
    cliff = smoothstep(1.85, 0.55, far) * 1.25
    ledges = (
        ridged(x * 0.9 + 3.0, z * 0.9, 29, 7)
        * 0.30
        * smoothstep(0.1, 0.9, cliff)
        * smoothstep(0.0, 0.7, np.sqrt(dx * dx + dz * dz))
    )
    ex, ez = x + 1.55, z + 2.6
    skerry = smoothstep(
        0.8, 0.1, np.sqrt(ex * ex * 0.5 + ez * ez) + fractal(x * 2.0, z * 2.0, 31, 4) * 0.3
    )
    return np.maximum(cliff + ledges - 0.45, skerry * 0.5 - 0.3)


def height(x: Field, z: Field) -> Field:
    return np.maximum(swell(x, z), rock(x, z))


@functools.cache
def land() -> Land:
    return Land.surveyed(height, -12.0, -18.0, 24.0, 2200)


def tower(p: Vec) -> Field:
    """The lighthouse: a tapering tower, a gallery, a lantern room and its cap."""
    q = p - FOOT
    radius = np.sqrt(q.x * q.x + q.z * q.z)
    shaft = np.maximum(radius - (0.34 - 0.075 * q.y), np.abs(q.y - 0.75) - 1.15) * 0.95
    gallery = np.maximum(radius - 0.30, np.abs(q.y - 1.92) - 0.035)
    rail = np.maximum(np.abs(radius - 0.285) - 0.01, np.abs(q.y - 2.06) - 0.012)
    room = np.maximum(radius - 0.15, np.abs(q.y - 2.15) - 0.22)
    cap = np.maximum(radius - (2.62 - q.y) * 0.75, np.maximum(2.34 - q.y, q.y - 2.62)) * 0.8
    knob = ball(q, vec(0, 2.63, 0), 0.035)
    house = box(q, vec(0.72, 0.16, 0.05), vec(0.32, 0.26, 0.24))
    roof = np.maximum(
        np.abs(q.z - 0.05) * 0.75 + (q.y - 0.62) * 0.8,
        np.maximum(0.40 - q.y, np.abs(q.x - 0.72) - 0.36),
    )
    parts = (gallery, rail, room, cap, knob, house, roof)
    for part in parts:
        shaft = np.minimum(shaft, part)
    return shaft


SOLID = bounded(tower, FOOT + vec(0.25, 1.1, 0), 1.85)


def tower_colour(p: Vec) -> tuple[Vec, Field]:
    """The tower's paint, and how much it glows of itself."""
    q = p - FOOT
    radius = np.sqrt(q.x * q.x + q.z * q.z)
    band = smoothstep(-0.01, 0.01, np.abs(fraction(q.y / 0.82 + 0.22) - 0.5) - 0.25)
    paint = rgb(0xE9E6DC).toward(rgb(0xB8322A), band)
    streak = clamp(fractal(bearing(q.z, q.x) * 9.0, q.y * 0.8, 41, 5) * 1.1)
    paint = paint.toward(rgb(0x6B6258), streak * 0.55)
    paint = choose(q.y > 1.88, rgb(0x2A2C30), paint)
    house = q.x > 0.395
    paint = choose(house & (q.y < 1.0), rgb(0xD9D4C6), paint)
    paint = choose(house & (q.y > 0.415), rgb(0x5A3A33), paint)
    pane = (
        (np.abs(fraction(q.x / 0.26 + 0.25) - 0.5) < 0.16)
        & (np.abs(q.y - 0.27) < 0.07)
        & (q.z > 0.28)
    )
    slit = (
        (np.abs(q.x + 0.02) < 0.035)
        & (np.abs(fraction(q.y / 0.62 + 0.1) - 0.5) < 0.085)
        & (q.z > 0.1)
        & (q.y < 1.8)
    )
    lamp = (radius < 0.17) & (q.y > 1.98) & (q.y < 2.34)
    bars = np.abs(fraction(bearing(q.z, q.x) * (8.0 / 6.2831853)) - 0.5) > 0.44
    glow = np.where(lamp & ~bars, 6.0, np.where((pane & house) | slit, 1.6, 0.0))
    return paint, glow


def clouds(way: Vec) -> Vec:
    """Storm clouds that tear open over the horizon at the left."""
    up = clamp(way.y)
    over = 1.0 / (up + 0.20)
    u, v = way.x * over, way.z * over
    warp = fractal(u * 0.7, v * 0.7, 51, 4)
    body = fractal(u * 0.9 + warp * 0.9, v * 1.2 + warp * 0.6, 55, 7)
    under = fractal(u * 0.9 + warp * 0.9 - 0.08, v * 1.2 + warp * 0.6 + 0.06, 55, 7)
    dark = rgb(0x39454F).toward(rgb(0x6E7E88), clamp(0.45 + body * 1.1))
    dark = dark + rgb(0xC9D2CF) * (clamp((body - under) * 1.2) * 0.5)
    gap = doubled_power(clamp(way.dot(vec(-0.42, 0.10, -0.90).unit())), 4)
    light = rgb(0xF3D9A6) * (gap * clamp(0.75 + body) * 1.1)
    sky = dark * (0.55 + 0.6 * smoothstep(0.75, 0.0, up)) + light
    # Far off, the rain hides sky and sea in one grey.
    far = rgb(0x8D9A9F).toward(rgb(0xE6D3A8), clamp(gap * 1.2))
    return sky.toward(far, smoothstep(0.10, -0.01, way.y) * 0.9)


def sea(p: Vec, way: Vec, gone: Field, normal: Vec) -> Vec:
    """Grey-green water, light through its crests, foam on them and around the rock."""
    chop = fractal(p.x * 7.0, p.z * 7.0, 61, 4)
    tilt = fractal(p.x * 7.0 + 3.0, p.z * 7.0, 65, 4)
    normal = (normal + Vec(chop, chop * 0.0, tilt) * (0.28 * decay(gone * 0.05))).unit()
    back = way.mirrored(normal)
    sky = clouds(Vec(back.x, np.abs(back.y), back.z))
    fresnel = 0.04 + 0.75 * doubled_power(clamp(1.0 + normal.dot(way)), 2)
    crest = smoothstep(-0.10, 0.24, p.y)
    deep = rgb(0x12303A).toward(rgb(0x3F8C84), crest * 0.75)
    colour = deep.toward(sky, fresnel)
    lace = fractal(p.x * 5.5 + chop * 0.5, p.z * 8.0, 69, 7, 0.62)
    line = smoothstep(0.06, 0.22, p.y + lace * 0.26)
    shore = smoothstep(0.34, 0.0, p.y - rock(p.x, p.z) + lace * 0.35)
    veins = np.abs(fractal(p.x * 2.2 + chop * 0.15, p.z * 4.0, 73, 5))
    streaks = smoothstep(0.07, 0.01, veins) * 0.45
    foam = clamp(np.maximum(line, np.maximum(shore, streaks)) * (0.72 + lace * 1.1))
    return colour.toward(rgb(0xDDE6E6) * (0.62 + 0.35 * normal.y), foam)


def stone(p: Vec, normal: Vec) -> Vec:
    """Wet dark rock with grass on its top."""
    grit = fractal(p.x * 8.0 + p.y * 4.0, p.z * 8.0 + p.y * 5.0, 81, 5)
    colour = rgb(0x6B645C).toward(rgb(0x2F2C2B), clamp(0.5 + grit * 1.2))
    colour = colour.toward(
        rgb(0x5E6B38), smoothstep(0.55, 0.85, p.y + grit * 0.3) * smoothstep(0.6, 0.85, normal.y)
    )
    wet = smoothstep(0.45, 0.1, p.y + grit * 0.2)
    return colour * (1.0 - 0.5 * wet)


def daylight(colour: Vec, normal: Vec, seen: Field) -> Vec:
    key = clamp(normal.dot(SUN) * 0.8 + 0.2) * seen
    light = rgb(0xE9DCC0) * (1.0 * key) + rgb(0x9FB2BF) * (0.55 * (normal.y * 0.5 + 0.5))
    return colour.tinted(light)


def surface(p: Vec, way: Vec, gone: Field) -> Vec:
    normal = land().normal(p, 0.010 + 0.0015 * gone)
    dry = (rock(p.x, p.z) > swell(p.x, p.z)) & (gone < 14.0)
    seen = land().shade(p + normal * 0.02, SUN, 0.15, 4.0)
    colour = choose(dry, daylight(stone(p, normal), normal, seen), sea(p, way, gone, normal))
    return colour.toward(rgb(0x8D9A9F), (1.0 - decay(np.maximum(gone - 4.0, 0.0) * 0.07)) * 0.85)


def building(p: Vec, _way: Vec, _gone: Field) -> Vec:
    """The light of the tower and the house."""
    normal = normals(SOLID, p)
    paint, glow = tower_colour(p)
    lit = daylight(paint, normal, np.ones(p.x.size))
    return lit + rgb(0xFFD98A) * glow


def beam(x: Field, y: Field) -> Field:
    """The lamp's two beams and its halo, in the plane of the picture."""
    at = LAMP - CAMERA.eye
    ahead = (CAMERA.aim - CAMERA.eye).unit()
    right = ahead.cross(vec(0, 1, 0)).unit()
    depth = float(at.dot(ahead))
    lamp_x = float(at.dot(right)) * CAMERA.zoom / depth
    lamp_y = float(at.dot(right.cross(ahead))) * CAMERA.zoom / depth
    dx, dy = x - lamp_x, y - lamp_y
    far = np.sqrt(dx * dx + dy * dy) + 1e-6
    halo = decay(far * 16.0) * 1.2 + decay(far * 4.0) * 0.22
    total = halo
    for side, tilt, strength in ((-1.0, 0.10, 0.75), (1.0, -0.06, 0.45)):
        along = dx * side + dy * tilt
        across = np.abs(dy - along * tilt) / (0.02 + 0.13 * np.maximum(along, 0.0))
        body = smoothstep(1.0, 0.0, across) * (along > 0.0)
        total = total + body * strength * decay(np.maximum(along, 0.0) * 1.1)
    return total * (0.85 + 0.3 * fractal(x * 5.0, y * 5.0, 91, 4))


def spray(x: Field, y: Field) -> Field:
    """A wave that bursts on the foot of the rock."""
    total = np.zeros(x.shape)
    for centre, foot, width, tall, seed in BURSTS:
        across, up = (x - centre) / width, (y - foot) / tall
        shred = fractal(x * 7.0, y * 5.0, seed, 7, 0.62)
        shape = 1.0 - across * across - clamp(up, 0.0, 3.0) + shred * 1.1
        total = np.maximum(total, smoothstep(0.1, 1.0, shape) * smoothstep(-0.25, 0.1, up) * 0.85)
    return total


def rain(x: Field, y: Field) -> Field:
    """Slanting streaks, near and far."""
    total = np.zeros(x.shape)
    for layer, scale in enumerate((26.0, 42.0, 64.0)):
        u = (x + y * 0.28) * scale
        column = np.floor(u)
        v = y * scale * 0.11 + chance(column, column * 0.0, 95 + layer) * 9.0
        cell = np.floor(v)
        here = chance(column, cell, 97 + layer) > 0.55
        thin = smoothstep(0.10, 0.02, np.abs(fraction(u) - 0.5))
        total = total + here * thin * smoothstep(0.0, 0.4, fraction(v)) * smoothstep(
            1.0, 0.7, fraction(v)
        )
    return total


VIEW = Outdoors(
    camera=CAMERA,
    sky=clouds,
    land=land,
    land_glow=surface,
    solid=SOLID,
    solid_glow=building,
    far=26.0,
)


def scene(x: Field, y: Field) -> Vec:
    """The view through spray and rain, with the lamp's light on them."""
    seen = VIEW(x, y).toward(rgb(0xE3EAEA) * 0.9, spray(x, y))
    return seen + rgb(0xFFE2A0) * beam(x, y) + rgb(0xC9D6DC) * (rain(x, y) * 0.045)

"""A still life: fruit and a blue jug by a window."""

from __future__ import annotations

import numpy as np

from ..arithmetic import Field, bearing, clamp, decay, fraction, mix, sine, smoothstep
from ..march import Camera, Solid, bounded
from ..noise import cells, chance, fractal, fractal_solid, perlin
from ..solids import ball, ellipsoid, limb, melted, turned
from ..stage import Light, Paint, Stage, Surface, Thing
from ..vec import Vec, choose, rgb, vec

SUN = vec(-0.72, 0.58, 0.42).unit()
JUG = vec(0.62, 0.0, -0.75)
RED_APPLE, GREEN_APPLE = vec(-0.62, 0.345, -0.18), vec(-1.30, 0.295, -0.55)
ORANGE, SECOND_ORANGE = vec(0.18, 0.40, 0.02), vec(-0.18, 0.37, -0.80)
PEAR, LEMON = vec(1.36, 0.40, -0.12), vec(-0.42, 0.24, 0.72)
GRAPES = vec(0.78, 0.12, 0.62)


def around(p: Vec, axis: Vec) -> Field:
    """The distance from the upright line through `axis`."""
    dx, dz = p.x - axis.x, p.z - axis.z
    return np.asarray(np.sqrt(dx * dx + dz * dz))


def apple(centre: Vec, tilt: Vec) -> Solid:
    """An apple, its stem along `tilt`."""

    def distance(p: Vec) -> Field:
        q = p - centre
        height = q.dot(tilt)
        radius = (q - tilt * height).length()
        # An apple's shoulders are wider than its foot.
        wide = radius * (1.0 - 0.20 * height) - 0.135
        height = height * 0.98
        fruit = (np.sqrt(wide * wide + height * height) - 0.285) * 0.9
        stem = limb(q, tilt * 0.12, tilt * 0.36 + vec(0.05, 0, 0.02), 0.014, 0.02)
        return np.minimum(fruit, stem)

    return bounded(distance, centre, 0.52)


def pear(p: Vec) -> Field:
    q = p - PEAR
    total = melted(ball(q, vec(0, 0, 0), 0.40), ball(q, vec(0.03, 0.50, 0.0), 0.21), 0.42)
    return np.minimum(total, limb(q, vec(0.03, 0.66, 0), vec(0.12, 0.90, 0.03), 0.016, 0.026))


def lemon(p: Vec) -> Field:
    q = turned(p - LEMON, vec(0.83, 0, -0.557), vec(0, 1, 0), vec(0.557, 0, 0.83))
    body = ellipsoid(q, vec(0, 0, 0), vec(0.33, 0.24, 0.24))
    return melted(body, limb(q, vec(-0.33, 0, 0), vec(0.36, 0, 0), 0.05, 0.045), 0.12)


def grapes(p: Vec) -> Field:
    total = np.full(p.x.shape, 9.0)
    for centre, radius in BUNCH:
        total = np.minimum(total, ball(p, centre, radius))
    return total


def _bunch() -> tuple[tuple[Vec, float], ...]:
    berries = []
    for layer, (count, height) in enumerate(((13, 0.0), (9, 0.15), (4, 0.29))):
        for i in range(count):
            one, seed = np.full(1, float(i)), 11 + layer
            dx, dz = (float(chance(one, one, seed + k * 7)[0]) - 0.5 for k in (0, 1))
            row, column = divmod(i, 5 - layer)
            x = (column - (4 - layer) / 2.0) * 0.195 + dx * 0.06 + (row % 2) * 0.09
            z = (row - 1.0) * 0.18 + dz * 0.06
            centre = GRAPES + vec(x, height, z)
            berries.append((centre, 0.112 + dx * 0.02))
    return tuple(berries)


BUNCH = _bunch()


def jug(p: Vec) -> Field:
    q = p - JUG
    radius = around(p, JUG)
    body = melted(ellipsoid(q, vec(0, 0.55, 0), vec(0.50, 0.54, 0.50)), radius - 0.20, 0.30)
    body = np.maximum(body, np.maximum(q.y - 1.58, -q.y))
    lip = limb(q, vec(0, 1.50, 0), vec(-0.22, 1.60, 0.06), 0.17, 0.05)
    body = np.maximum(melted(body, lip, 0.1), q.y - 1.58)
    hollow = np.maximum(radius - 0.165, 1.2 - q.y)
    handle_x, handle_y = q.x - 0.36, (q.y - 1.08) * 0.85
    ring = np.sqrt(handle_x * handle_x + handle_y * handle_y) - 0.32
    handle = np.sqrt(ring * ring + q.z * q.z) - 0.05
    return np.maximum(melted(body, handle, 0.05), -hollow) * 0.85


def wall(p: Vec) -> Field:
    return p.z + 2.3


def paint_apple(ripe: Vec, blush: Vec, centre: Vec, tilt: Vec) -> Paint:
    """An apple's skin from `ripe` to `blush`, streaked from the stem."""
    east = tilt.cross(vec(0, 0, 1)).unit()

    def paint(p: Vec, _: Vec) -> Surface:
        q = turned(p - centre, east, tilt, east.cross(tilt))
        height = q.y
        angle = bearing(q.z, q.x)
        streak = fractal(angle * 9.0, height * 2.0, 5, 4)
        side = fractal_solid(q * 2.0, 9, 2)
        colour = ripe.toward(blush, clamp(1.0 + streak * 0.8 + side * 0.6 - height * 0.6))
        spots = smoothstep(0.10, 0.04, cells(angle * 7.0, height * 16.0, 21)[0])
        colour = colour.toward(rgb(0xF0D9A0), spots * 0.5)
        stem = (np.sqrt(q.x * q.x + q.z * q.z) < 0.085) & (height > 0.262)
        return Surface(choose(stem, rgb(0x4A3420), colour), 0.25, 5, None, 0.035)

    return paint


def paint_orange(centre: Vec) -> Paint:
    """An orange's pitted peel."""

    def paint(p: Vec, normal: Vec) -> Surface:
        q = (p - centre) * 30.0
        a, b = fractal_solid(q, 31, 2), fractal_solid(q, 35, 2)
        relief = (normal + Vec(a, b, -a) * 0.10).unit()
        colour = rgb(0xF58A12).toward(rgb(0xE96A08), clamp(0.5 + fractal_solid(q * 0.1, 41, 3)))
        navel = smoothstep(0.07, 0.03, around(p, centre)) * (p.y > centre.y)
        return Surface(colour.toward(rgb(0x55602A), navel), 0.16, 4, relief, 0.03)

    return paint


def paint_pear(p: Vec, _: Vec) -> Surface:
    q = p - PEAR
    blush = clamp(fractal_solid(q * 1.6, 51, 3) + 0.35 - q.x * 0.6)
    colour = rgb(0xC9C24A).toward(rgb(0xC9702F), blush * 0.7)
    freckles = smoothstep(0.30, 0.12, cells(bearing(q.z, q.x) * 14.0, q.y * 34.0, 53)[0])
    colour = colour.toward(rgb(0x6E5422), freckles * 0.55)
    return Surface(choose(q.y > 0.705, rgb(0x4A3420), colour), 0.12, 4, None, 0.025)


def paint_lemon(p: Vec, normal: Vec) -> Surface:
    q = p * 34.0
    a, b = fractal_solid(q, 61, 2), fractal_solid(q, 65, 2)
    colour = rgb(0xF7D62E).toward(rgb(0xE2B516), clamp(a * 0.5 + 0.3))
    return Surface(colour, 0.16, 4, (normal + Vec(a, b, -a) * 0.09).unit(), 0.03)


def paint_grapes(p: Vec, normal: Vec) -> Surface:
    bloom = clamp(0.45 + fractal_solid(p * 9.0, 71, 3) * 0.8) * clamp(normal.y * 0.6 + 0.5)
    colour = rgb(0x4A1238).toward(rgb(0x7D6A9C), bloom * 0.5)
    return Surface(colour, 0.35, 6, None, 0.04)


def paint_jug(p: Vec, _: Vec) -> Surface:
    q = p - JUG
    angle = bearing(q.z, q.x)
    cloud = fractal(angle * 2.0, q.y * 5.0, 81, 4)
    glaze = rgb(0x2C5E8C).toward(rgb(0x4F93B8), clamp(0.4 + cloud))
    band = smoothstep(0.03, 0.02, np.abs(q.y - 0.62 - sine(angle * 9.0) * 0.05))
    glaze = glaze.toward(rgb(0xEFE7D2), np.maximum(band, smoothstep(1.42, 1.46, q.y)) * 0.9)
    return Surface(glaze, 0.4, 6, None, 0.06)


def paint_wall(p: Vec, _: Vec) -> Surface:
    plaster = fractal(p.x * 1.4, p.y * 1.4, 91, 7, 0.6)
    # The window's light lies slantwise on the plaster.
    pool = smoothstep(1.9, 0.2, np.abs(p.x + 0.2 + (p.y - 1.4) * 0.55)) * smoothstep(4.0, 1.0, p.y)
    colour = rgb(0x6B5A4A).toward(rgb(0x92765A), clamp(plaster + 0.5))
    return Surface(colour * (0.22 + 0.62 * pool), 0.0)


def table(p: Vec, _: Vec) -> Surface:
    plank = np.floor(p.z / 0.62 + 0.35)
    gap = np.abs(fraction(p.z / 0.62 + 0.35) - 0.5)
    shift = chance(plank, plank, 95) * 9.0
    figure = fractal(p.x * 0.55 + shift, p.z * 5.0 + shift, 97, 4)
    fibre = fractal(p.x * 3.0 + shift, p.z * 60.0, 99, 3)
    rings = sine((figure * 2.0 + p.z * 3.0) * 9.0)
    colour = rgb(0x8A5226).toward(rgb(0x4C2810), clamp(0.45 + rings * 0.22 + fibre * 0.5))
    colour = (
        colour
        * mix(0.12, 1.0, smoothstep(0.5, 0.487, gap))
        * (0.85 + 0.3 * chance(plank, plank, 96))
    )
    tilt = Vec(perlin(p.x * 2.0, p.z * 2.0, 98) * 0.02, np.ones_like(p.x), fibre * 0.05)
    return Surface(colour, 0.05, 4, tilt.unit(), 0.02)


def window(way: Vec) -> Vec:
    """What polished things mirror: a bright window with a cross, in a dim room."""
    ahead = np.maximum(way.dot(SUN), 1e-3)
    u, v = (way.x * 0.5 + way.z * 0.86) / ahead, (way.y - SUN.y * way.dot(SUN)) / ahead
    pane = smoothstep(0.34, 0.30, np.abs(u)) * smoothstep(0.46, 0.42, np.abs(v))
    cross = smoothstep(0.015, 0.03, np.abs(u)) * smoothstep(0.015, 0.03, np.abs(v + 0.05))
    lit = pane * cross * (way.dot(SUN) > 0.0)
    room = rgb(0x2A221C).toward(rgb(0x5A4A3A), clamp(way.y * 0.5 + 0.5))
    return room.toward(rgb(0xF4F8FF) * 7.0, lit)


def dim(colour: Vec, _: Vec, gone: Field) -> Vec:
    return colour * decay(np.maximum(gone - 6.0, 0.0) * 0.25)


UPRIGHT, LEANING = vec(0.05, 0.99, 0.12).unit(), vec(0.42, 0.80, 0.46).unit()

scene = Stage(
    camera=Camera(eye=vec(0.0, 1.75, 5.6), aim=vec(0.06, 0.66, 0.0), zoom=3.15),
    things=(
        Thing(wall, paint_wall),
        Thing(bounded(jug, JUG + vec(0.1, 0.8, 0), 1.0), paint_jug),
        Thing(
            apple(RED_APPLE, LEANING), paint_apple(rgb(0xE0A83A), rgb(0xA8141C), RED_APPLE, LEANING)
        ),
        Thing(
            apple(GREEN_APPLE, UPRIGHT),
            paint_apple(rgb(0xA9C24A), rgb(0x7FA632), GREEN_APPLE, UPRIGHT),
        ),
        Thing(bounded(lambda p: ball(p, ORANGE, 0.40), ORANGE, 0.4), paint_orange(ORANGE)),
        Thing(
            bounded(lambda p: ball(p, SECOND_ORANGE, 0.37), SECOND_ORANGE, 0.37),
            paint_orange(SECOND_ORANGE),
        ),
        Thing(bounded(pear, PEAR + vec(0, 0.2, 0), 0.75), paint_pear),
        Thing(bounded(lemon, LEMON, 0.42), paint_lemon),
        Thing(bounded(grapes, GRAPES + vec(0, 0.1, 0), 0.75), paint_grapes),
    ),
    ground=table,
    backdrop=window,
    light=Light(SUN, rgb(0xFFE9C8) * 1.7, rgb(0x9FB4D0) * 0.20, rgb(0x8A5A30) * 0.16, 0.12),
    haze=dim,
)

"""The beach around the tyrannosaur: furniture, sand, sea and sky."""

from __future__ import annotations

import numpy as np

from ..arithmetic import Field, bearing, clamp, decay, doubled_power, fraction, sine, smoothstep
from ..march import Camera, bounded
from ..noise import cells, fractal, perlin
from ..solids import ball, box, limb, turned
from ..stage import Light, Stage, Surface, Thing
from ..vec import Vec, choose, rgb, vec
from . import palm, t_rex

SUN = vec(-0.50, 0.72, 0.48).unit()
LEAN = vec(0.7071, 0.7071, 0)
BACK = vec(-0.7071, 0.7071, 0)
PARASOL = vec(1.55, 1.55, -1.15)
GLASS = vec(0.10, 1.50, 0.57)


def cushion(p: Vec) -> Field:
    seat = box(p, vec(-0.48, 0.50, 0), vec(1.14, 0.065, 0.56), 0.05)
    q = turned(p - vec(0.64, 0.50, 0), LEAN, BACK, vec(0, 0, 1))
    return np.minimum(seat, box(q, vec(0.78, 0, 0), vec(0.80, 0.065, 0.56), 0.05))


def frame(p: Vec) -> Field:
    q = Vec(p.x, p.y, np.abs(p.z))
    rail = box(q, vec(-0.45, 0.40, 0.54), vec(1.2, 0.045, 0.035), 0.015)
    legs = np.minimum(
        limb(q, vec(-1.4, 0.4, 0.54), vec(-1.5, 0, 0.56), 0.04, 0.04),
        limb(q, vec(0.6, 0.4, 0.54), vec(0.7, 0, 0.56), 0.04, 0.04),
    )
    prop = limb(q, vec(1.35, 1.15, 0.5), vec(1.15, 0, 0.56), 0.035, 0.035)
    return np.minimum(rail, np.minimum(legs, prop))


def canopy(p: Vec) -> Field:
    q = p - PARASOL
    shell = np.abs(q.length() - 1.75) - 0.015
    return np.maximum(shell, 1.18 - q.y)


def pole(p: Vec) -> Field:
    return limb(p, vec(1.55, 0, -1.15), vec(1.55, 3.36, -1.15), 0.03, 0.03)


def beach_ball(p: Vec) -> Field:
    return ball(p, vec(1.42, 0.27, 1.35), 0.27)


def drink(p: Vec) -> Field:
    q = p - GLASS
    radius = np.sqrt(q.x * q.x + q.z * q.z)
    cup = np.maximum(radius - (0.06 + q.y * 0.25), np.abs(q.y) - 0.13) * 0.9
    straw = limb(q, vec(0, 0, 0), vec(-0.10, 0.32, 0.03), 0.012, 0.012)
    return np.minimum(cup, straw)


def paint_cushion(p: Vec, _: Vec) -> Surface:
    along = np.where(p.x > 0.62, 0.64 + (p.x - 0.64) * 1.414, p.x)
    stripe = smoothstep(-0.02, 0.02, np.abs(fraction(along * 2.6) - 0.5) - 0.25)
    weave = perlin(p.x * 90.0, (p.y + p.z) * 90.0, 3) * 0.1 + 1.0
    return Surface(rgb(0xF4EFE4).toward(rgb(0xD8382F), stripe) * weave)


def paint_wood(p: Vec, _: Vec) -> Surface:
    grain = fractal(p.x * 3.0 + p.y * 3.0, (p.y + p.z) * 40.0, 5, 3)
    return Surface(rgb(0xA87444) * (1.0 + grain * 0.4), 0.1)


def paint_canopy(p: Vec, normal: Vec) -> Surface:
    q = p - PARASOL
    wedge = fraction(bearing(q.z, q.x) * (5.0 / 3.14159265)) > 0.5
    colour = choose(wedge, rgb(0xFFC93A), rgb(0xF8F4EA))
    # Cloth lets some of the sun through to its underside.
    return Surface(colour * np.where(normal.y < 0.0, 1.35, 1.0))


def paint_ball(p: Vec, _: Vec) -> Surface:
    q = turned(
        p - vec(1.42, 0.27, 1.35), vec(0.8, 0.6, 0), vec(-0.36, 0.48, 0.8), vec(0.48, -0.64, 0.6)
    )
    wedge = np.floor((bearing(q.z, q.x) / 3.14159265 + 1.0) * 3.0)
    colour = choose(
        wedge % 2 == 0, rgb(0xF8F6F0), choose(wedge % 3 == 0, rgb(0xE23B3B), rgb(0x2D7FD0))
    )
    cap = np.abs(q.y) > 0.245
    return Surface(choose(cap, rgb(0xF8F6F0), colour), 0.3, 5, None, 0.04)


def paint_drink(p: Vec, _: Vec) -> Surface:
    height = p.y - GLASS.y
    liquid = rgb(0xFF5A2E).toward(rgb(0xFFC23A), smoothstep(-0.1, 0.1, height))
    colour = choose(height > 0.14, rgb(0xF7F7F7), liquid)
    return Surface(colour, 0.4, 6, None, 0.06)


def sky(way: Vec) -> Vec:
    height = clamp(way.y)
    blue = rgb(0xBFE3F2).toward(rgb(0x2E86CF), smoothstep(0.0, 0.55, np.sqrt(height) * 0.9))
    over = 1.0 / (height + 0.16)
    u, v = way.x * over, way.z * over
    puff = fractal(u * 1.3 + 3.0, v * 1.3, 71, 6)
    lit = fractal(u * 1.3 + 2.93, v * 1.3 - 0.05, 71, 6)
    cover = smoothstep(0.12, 0.42, puff) * smoothstep(0.02, 0.16, way.y)
    cloud = rgb(0xFFFDF8).toward(rgb(0xB9C8D8), clamp(0.25 + (lit - puff) * 1.4 + puff * 0.3))
    u, v = way.x / np.maximum(-way.z, 0.05), way.y / np.maximum(-way.z, 0.05)
    blue = far_shore(blue, u, v)
    glow = doubled_power(clamp(way.dot(SUN)), 4)
    return blue.toward(cloud * 1.25, cover * 0.9) + rgb(0xFFE9C0) * (glow * 0.5)


def far_shore(seen: Vec, u: Field, v: Field) -> Vec:
    """A headland and a sail on the horizon."""
    crest = 0.030 * smoothstep(-0.02, 0.20, u) + 0.016 * fractal(u * 14.0, u * 0.0, 75, 5)
    land = smoothstep(0.0006, -0.0006, v - crest * smoothstep(-0.03, 0.08, u))
    woods = rgb(0x7FA3A8).toward(rgb(0x9DBBB8), clamp(0.5 + fractal(u * 60.0, v * 90.0, 77, 4)))
    sail_x, sail_y = u + 0.135, v - 0.002
    sail = (sail_y > 0.0) & (sail_y < 0.034) & (np.abs(sail_x) < (0.034 - sail_y) * 0.42)
    hull = (sail_y > -0.004) & (sail_y <= 0.0) & (np.abs(sail_x) < 0.012)
    seen = seen.toward(woods, land * 0.85)
    return choose(hull, rgb(0x7A4A3A), choose(sail, rgb(0xFFF8EE), seen))


def shore(p: Vec) -> Field:
    """How far (metres) a point of the ground lies out at sea; negative on the beach."""
    return -5.2 - p.z + p.x * 0.12 + fractal(p.x * 0.25, p.z * 0.25, 81, 3) * 0.9


def ground(p: Vec, _: Vec) -> Surface:
    out = shore(p)
    sand, sea = paint_sand(p, out), paint_sea(p, out)
    wet = out > 0.0
    normal = choose(wet, sea.normal or p, sand.normal or p)
    mirror = np.where(wet, 0.02, 0.0)
    return Surface(
        choose(wet, sea.colour, sand.colour), np.where(wet, 0.3, 0.01), 6, normal, mirror
    )


def footprint(x: Field, z: Field) -> Field:
    """A three-toed print, its heel at the origin, pointing along x; 1 where it is deepest."""
    z = np.abs(z)
    heel = np.sqrt(x * x + z * z) / 0.085
    middle = np.sqrt((x - 0.16) * (x - 0.16) * 0.30 + z * z) / 0.045
    turned_x, turned_z = x * 0.86 + z * 0.51, z * 0.86 - x * 0.51
    outer = np.sqrt((turned_x - 0.14) * (turned_x - 0.14) * 0.32 + turned_z * turned_z) / 0.04
    return smoothstep(1.25, 0.6, np.minimum(heel, np.minimum(middle, outer)))


def sand_height(x: Field, z: Field) -> Field:
    """The relief of the sand (metres): heaps, wind ripples, grains and a trail of prints."""
    heaps = fractal(x * 1.9, z * 1.9, 91, 5) * 0.055
    wind = sine((z * 1.0 + x * 0.25 + fractal(x * 0.9, z * 0.9, 94, 3) * 0.35) * 46.0)
    fine = perlin(x * 34.0, z * 34.0, 97) * 0.0045 + perlin(x * 70.0, z * 70.0, 98) * 0.003
    total = heaps + wind * 0.0035 + fine
    for i in range(6):
        side = 0.13 if i % 2 == 0 else -0.13
        total = total - footprint(x - (-2.3 + 0.62 * i), z - 2.28 - side + 0.05 * i) * 0.035
    return total


def paint_sand(p: Vec, out: Field) -> Surface:
    span = 0.004
    here = sand_height(p.x, p.z)
    east, south = sand_height(p.x + span, p.z) - here, sand_height(p.x, p.z + span) - here
    calm = decay(np.maximum(3.0 - p.z, 0.0) * 0.10) / span
    speckle = perlin(p.x * 130.0, p.z * 130.0, 99) + perlin(p.x * 60.0, p.z * 60.0, 100) * 0.6
    tone = clamp(0.45 + fractal(p.x * 0.9, p.z * 0.9, 96, 4) * 0.6)
    colour = rgb(0xF4DDB0).toward(rgb(0xE3C189), tone) * (1.0 + speckle * 0.16)
    shell = smoothstep(0.10, 0.05, cells(p.x * 3.1, p.z * 3.1, 93)[0]) * smoothstep(0.3, 0.8, tone)
    colour = colour.toward(rgb(0xFFF3E2), shell * 0.8)
    damp = smoothstep(-1.0, -0.1, out)
    normal = Vec(-east * calm, np.ones_like(here), -south * calm).unit()
    return Surface(colour.toward(rgb(0xA98556), damp * 0.75), normal=normal)


def paint_sea(p: Vec, out: Field) -> Surface:
    depth = smoothstep(0.0, 16.0, out)
    colour = (
        rgb(0x8FE0D0).toward(rgb(0x1F9DB5), np.sqrt(depth)).toward(rgb(0x14649C), depth * depth)
    )
    swell = fractal(p.x * 0.5, p.z * 1.6, 101, 4)
    tilt = fractal(p.x * 0.7 + 4.0, p.z * 2.0, 105, 4)
    calm = decay(np.maximum(out, 0.0) * 0.02)
    normal = Vec(tilt * 0.10 * calm, np.ones_like(out), swell * 0.16 * calm).unit()
    wave = fraction(out * 0.33 + fractal(p.x * 0.4, p.z * 0.2, 109, 3) * 0.5)
    crest = smoothstep(0.80, 0.97, wave) * smoothstep(1.0, 0.985, wave) * smoothstep(10.0, 1.0, out)
    lace = smoothstep(0.0, 0.35, fractal(p.x * 3.0, p.z * 3.0, 113, 4) + 0.15)
    edge = smoothstep(0.55, 0.0, out)
    foam = clamp(np.maximum(crest * 0.8, edge) * lace + smoothstep(0.12, 0.0, out) * 0.9)
    return Surface((colour * (1.0 + swell * 0.25)).toward(rgb(0xFFFFFF), foam), normal=normal)


def haze(colour: Vec, _: Vec, gone: Field) -> Vec:
    return colour.toward(rgb(0xBFE3F2), 1.0 - decay(np.maximum(gone - 8.0, 0.0) * 0.006))


scene = Stage(
    camera=Camera(eye=vec(-0.35, 1.75, 6.6), aim=vec(-0.05, 1.42, 0.0), zoom=2.85),
    things=(
        Thing(t_rex.skin, t_rex.paint_skin),
        Thing(t_rex.horn, t_rex.paint_horn),
        Thing(
            bounded(t_rex.sunglasses, t_rex.HEAD + t_rex.FORWARD * 0.25, 0.7),
            t_rex.paint_sunglasses,
        ),
        Thing(bounded(cushion, vec(-0.2, 0.8, 0), 1.9), paint_cushion),
        Thing(bounded(frame, vec(-0.1, 0.5, 0), 1.8), paint_wood),
        Thing(bounded(canopy, vec(1.55, 3.0, -1.15), 1.5), paint_canopy),
        Thing(pole, paint_wood),
        Thing(palm.TRUNK_SOLID, palm.paint_trunk),
        Thing(palm.LEAVES_SOLID, palm.paint_leaves),
        Thing(beach_ball, paint_ball),
        Thing(bounded(drink, GLASS, 0.4), paint_drink),
    ),
    ground=ground,
    backdrop=sky,
    light=Light(SUN, rgb(0xFFF4E0) * 1.25, rgb(0xB8D8FF) * 0.58, rgb(0xE8CFA0) * 0.36),
    haze=haze,
)

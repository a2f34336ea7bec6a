"""A tyrannosaur on a sun lounger."""

from __future__ import annotations

import numpy as np

from ..arithmetic import Field, clamp, mix, sine, smoothstep
from ..march import bounded
from ..noise import bumps_solid, fractal_solid
from ..solids import ball, box, carved, chain, curve, ellipsoid, limb, melted, mirrored, turned
from ..stage import Surface
from ..vec import Vec, choose, rgb, vec

HEAD = vec(0.92, 2.08, 0.05)
FORWARD = vec(-0.80, -0.06, 0.58).unit()
SIDE = FORWARD.cross(vec(0, 1, 0)).unit() * -1.0
CROWN = SIDE.cross(FORWARD).unit() * -1.0

TAIL, TAIL_RADII = curve(
    (
        vec(0.46, 0.78, 0.05),
        vec(0.76, 0.66, 0.50),
        vec(0.80, 0.40, 0.92),
        vec(0.42, 0.19, 1.26),
        vec(-0.25, 0.115, 1.42),
        vec(-0.90, 0.075, 1.30),
        vec(-1.36, 0.06, 1.00),
        vec(-1.58, 0.20, 0.72),
    ),
    (0.33, 0.255, 0.20, 0.155, 0.11, 0.07, 0.04, 0.012),
    3,
)


def in_head(p: Vec) -> Vec:
    """Points in the head's own frame: along the snout, up, and to the side."""
    return turned(p - HEAD, FORWARD, CROWN, SIDE)


def skull(q: Vec) -> Field:
    """The head without its teeth, `q` in the head's frame and folded."""
    total = ellipsoid(q, vec(0.08, 0.06, 0), vec(0.36, 0.31, 0.29))
    total = melted(total, box(q, vec(0.62, 0.09, 0), vec(0.44, 0.16, 0.19), 0.15), 0.14)
    total = melted(total, ball(q, vec(0.92, 0.09, 0.04), 0.175), 0.10)
    # The ridge over the eye, the cheek behind the mouth and the rim of the nostril.
    total = melted(total, limb(q, vec(0.02, 0.33, 0.19), vec(0.36, 0.30, 0.16), 0.07, 0.05), 0.10)
    total = melted(total, ball(q, vec(0.14, -0.10, 0.20), 0.14), 0.12)
    total = melted(total, ball(q, vec(1.00, 0.21, 0.10), 0.05), 0.07)
    total = carved(total, ball(q, vec(1.065, 0.225, 0.13), 0.034), 0.03)
    # What the mouth is carved out of reaches down to the lower jaw, lest the sky show between.
    total = melted(total, box(q, vec(0.50, -0.16, 0), vec(0.42, 0.14, 0.10), 0.05), 0.05)
    upper = carved(total, mouth(q), 0.03)
    lower = chain(
        q,
        (vec(0.05, -0.12, 0.13), vec(0.45, -0.29, 0.10), vec(0.94, -0.27, 0.04)),
        (0.17, 0.115, 0.095),
        0.08,
    )
    return melted(upper, lower, 0.04)


def mouth(q: Vec) -> Field:
    """The gap between the jaws, on either side of a tongue."""
    # The corner of the mouth turns up, into a smile.
    smile = vec(0.82, -0.145, 0.36)
    bent = Vec(q.x, q.y - 0.10 * clamp(0.55 - q.x) * 2.0, q.z)
    return ellipsoid(bent, smile, vec(0.60, 0.125, 0.34))


def teeth(q: Vec) -> Field:
    """Two rows of teeth along each jaw."""
    total = np.full(q.x.shape, 9.0)
    for i in range(8):
        x = 0.36 + 0.093 * i
        z = 0.168 - 0.085 * (i / 7.0) * (i / 7.0)
        size = 0.034 if i % 2 == 0 else 0.028
        total = np.minimum(
            total, limb(q, vec(x, 0.0, z), vec(x + 0.01, -0.125, z - 0.01), size, 0.004)
        )
        if i < 7:
            low = vec(x + 0.045, -0.20, z - 0.05)
            total = np.minimum(total, limb(q, low, vec(x + 0.05, -0.11, z - 0.05), 0.024, 0.003))
    return total


def torso(p: Vec) -> Field:
    """Belly, chest and neck."""
    total = ellipsoid(p, vec(0.32, 0.88, 0), vec(0.44, 0.38, 0.40))
    total = melted(total, limb(p, vec(0.40, 0.95, 0), vec(0.84, 1.36, 0), 0.40, 0.40), 0.2)
    return melted(total, limb(p, vec(0.90, 1.45, 0), vec(0.98, 1.98, 0.0), 0.34, 0.23), 0.22)


def near_leg(p: Vec) -> Field:
    """The bent leg nearer to the viewer, its foot on the lounger."""
    total = limb(p, vec(0.22, 0.90, 0.30), vec(-0.42, 1.18, 0.42), 0.31, 0.19)
    total = melted(total, limb(p, vec(-0.42, 1.20, 0.42), vec(-0.88, 0.80, 0.40), 0.18, 0.10), 0.10)
    total = melted(total, limb(p, vec(-0.88, 0.80, 0.40), vec(-1.0, 0.65, 0.40), 0.11, 0.10), 0.08)
    for z in (0.22, 0.40, 0.58):
        toe = limb(p, vec(-1.0, 0.66, 0.40), vec(-1.36, 0.64, z), 0.10, 0.075)
        total = melted(total, toe, 0.05)
    return total


def far_leg(p: Vec) -> Field:
    """The outstretched leg, its sole towards the sea."""
    total = limb(p, vec(0.22, 0.88, -0.28), vec(-0.55, 0.98, -0.34), 0.29, 0.18)
    total = melted(
        total, limb(p, vec(-0.55, 0.98, -0.34), vec(-1.22, 0.74, -0.34), 0.17, 0.10), 0.10
    )
    for z in (-0.50, -0.34, -0.18):
        toe = limb(p, vec(-1.26, 0.76, -0.34), vec(-1.42, 1.12, z), 0.10, 0.06)
        total = melted(total, toe, 0.05)
    return total


def arms(p: Vec) -> Field:
    """Two tiny arms, one lifted for the drink."""
    near = chain(
        p,
        (vec(0.66, 1.38, 0.33), vec(0.44, 1.20, 0.50), vec(0.24, 1.40, 0.52)),
        (0.12, 0.075, 0.055),
        0.05,
    )
    far = chain(
        p,
        (vec(0.66, 1.38, -0.33), vec(0.42, 1.24, -0.46), vec(0.22, 1.36, -0.36)),
        (0.12, 0.075, 0.055),
        0.05,
    )
    return np.minimum(near, far)


BODY_PARTS = (
    bounded(torso, vec(0.62, 1.3, 0), 0.95),
    bounded(near_leg, vec(-0.45, 0.9, 0.38), 1.02),
    bounded(far_leg, vec(-0.5, 0.9, -0.33), 1.05),
    bounded(lambda p: chain(p, TAIL, TAIL_RADII, 0.02), vec(-0.35, 0.42, 0.75), 1.55),
    bounded(lambda p: skull(mirrored(in_head(p))), HEAD + FORWARD * 0.45, 0.75),
)


def skin(p: Vec) -> Field:
    """The whole animal but for teeth and claws."""
    total = BODY_PARTS[0](p)
    for part in BODY_PARTS[1:]:
        total = melted(total, part(p), 0.12)
    return melted(total, bounded(arms, vec(0.45, 1.3, 0), 0.7)(p), 0.05)


def horn(p: Vec) -> Field:
    """Teeth and claws."""
    total = bounded(lambda p: teeth(mirrored(in_head(p))), HEAD + FORWARD * 0.7, 0.45)(p)
    return np.minimum(total, bounded(claws, vec(-0.6, 1.0, 0.1), 1.25)(p))


def claws(p: Vec) -> Field:
    """The claws of the feet and of the hands."""
    total = np.full(p.x.shape, 9.0)
    for z in (0.22, 0.40, 0.58):
        total = np.minimum(total, limb(p, vec(-1.40, 0.66, z), vec(-1.55, 0.60, z), 0.052, 0.006))
    for z in (-0.50, -0.34, -0.18):
        total = np.minimum(total, limb(p, vec(-1.42, 1.12, z), vec(-1.43, 1.27, z), 0.045, 0.006))
    for dz in (-0.04, 0.05):
        near = limb(p, vec(0.24, 1.42, 0.52 + dz), vec(0.12, 1.47, 0.55 + dz), 0.03, 0.006)
        far = limb(p, vec(0.22, 1.38, -0.36 + dz), vec(0.10, 1.40, -0.32 + dz), 0.03, 0.006)
        total = np.minimum(total, np.minimum(near, far))
    return total


def plate(q: Vec, half_height: float, half_width: float, corner: float) -> Field:
    """A thin plate with round corners, across the first axis."""
    dy = np.maximum(np.abs(q.y) - half_height + corner, 0.0)
    dz = np.maximum(np.abs(q.z) - half_width + corner, 0.0)
    rim = np.maximum(np.sqrt(dy * dy + dz * dz) - corner + 0.025, 0.0)
    # Curved a little, so that it mirrors more than one spot of the sky.
    bulge = q.x + (q.y * q.y + q.z * q.z) * 0.8
    return np.asarray((np.sqrt(rim * rim + bulge * bulge) - 0.025) * 0.9)


def sunglasses(p: Vec) -> Field:
    """Black sunglasses across the snout."""
    q = mirrored(in_head(p))
    # The lenses look a little outwards, as the sides of the head do.
    out = turned(
        q - vec(0.42, 0.25, 0.215), vec(0.90, 0, 0.436), vec(0, 1, 0), vec(-0.436, 0, 0.90)
    )
    lens = plate(out, 0.155, 0.195, 0.10)
    bridge = limb(q, vec(0.45, 0.34, 0), vec(0.44, 0.35, 0.10), 0.03, 0.03)
    temple = chain(
        q,
        (vec(0.33, 0.31, 0.39), vec(0.12, 0.27, 0.34), vec(-0.14, 0.20, 0.20)),
        (0.026, 0.024, 0.024),
        0.02,
    )
    return np.minimum(lens, np.minimum(bridge, temple))


def belly(p: Vec) -> Field:
    """How pale the skin is: the throat and the belly."""
    front = chain(
        p,
        (vec(-0.10, 1.05, 0), vec(0.36, 1.40, 0), vec(0.60, 1.80, 0), vec(0.42, 1.84, 0.3)),
        (0.22, 0.36, 0.22, 0.15),
        0.1,
    )
    return smoothstep(0.05, -0.04, front + fractal_solid(p * 6.0, 61, 2) * 0.03)


def paint_skin(p: Vec, normal: Vec) -> Surface:
    """Green hide with darker bars, a pale ribbed belly and a pebbled relief."""
    slow = fractal_solid(p * 2.3, 31, 3)
    bars = smoothstep(0.15, 0.65, sine(p.x * 15.0 + p.y * 9.0 + slow * 2.6))
    mottle = fractal_solid(p * 9.0, 41, 3)
    hide = rgb(0x86AC45).toward(rgb(0x35672F), clamp(bars * 0.55 + mottle * 0.35 + 0.15))
    q = mirrored(in_head(p))
    under = smoothstep(-0.1, -0.7, normal.y + mottle * 0.25) * 0.85
    chin = smoothstep(-0.25, -0.36, q.y) * smoothstep(0.1, 0.35, q.x)
    chin = chin * smoothstep(-0.75, -0.48, q.y)
    pale = np.maximum(belly(p), np.maximum(under, chin * 0.8))
    rib = smoothstep(0.75, 1.0, sine((p.x * 0.72 + p.y) * 42.0)) * 0.45
    hide = hide.toward(rgb(0xEBDDA6) * mix(1.0, 0.55, rib), pale)
    inside = smoothstep(0.025, 0.005, mouth(q)) * smoothstep(0.19, 0.15, q.z)
    hide = hide.toward(rgb(0x8A2426), inside)
    return Surface(hide * mix(0.85, 1.1, mottle * 0.5 + 0.5), 0.10, 4, pebbled(p, normal))


def pebbled(p: Vec, normal: Vec) -> Vec:
    """The normal, shaken by scales."""
    q = p * 32.0
    shake = Vec(bumps_solid(q, 51), bumps_solid(q, 52), bumps_solid(q, 53))
    fine = p * 75.0
    shake = shake + Vec(bumps_solid(fine, 54), bumps_solid(fine, 55), bumps_solid(fine, 56)) * 0.6
    return (normal + shake * 0.30).unit()


def paint_horn(p: Vec, _: Vec) -> Surface:
    """Ivory teeth, darker claws."""
    on_head = (p.y > 1.7) & (p.x < 1.0)
    return Surface(choose(on_head, rgb(0xF6EFD8), rgb(0xD9C79A)), 0.3, 5)


def paint_sunglasses(_p: Vec, _n: Vec) -> Surface:
    """Black and polished."""
    return Surface(rgb(0x0A0A0C), 0.5, 7, None, 0.035)

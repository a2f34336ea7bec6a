"""A coconut palm."""

from __future__ import annotations

import numpy as np

from ..arithmetic import Field, clamp, cosine, fraction, sine, smoothstep
from ..march import bounded
from ..noise import fractal
from ..solids import ball, chain, curve
from ..stage import Surface
from ..vec import Vec, rgb, vec

CROWN = vec(-2.15, 3.62, -3.0)
TRUNK, GIRTHS = curve(
    (vec(-3.25, -0.1, -3.2), vec(-3.0, 1.2, -3.1), vec(-2.6, 2.5, -3.05), CROWN),
    (0.17, 0.115, 0.10, 0.085),
    3,
)
# Each frond: the way it points (radians), how far it rises, how long it is (metres).
FRONDS = (
    (0.2, 0.55, 1.45),
    (0.9, 0.25, 1.35),
    (1.55, 0.62, 1.30),
    (2.3, 0.20, 1.40),
    (2.95, 0.55, 1.45),
    (3.7, 0.22, 1.40),
    (4.4, 0.70, 1.25),
    (5.0, 0.30, 1.35),
    (5.75, 0.35, 1.50),
)


def trunk(p: Vec) -> Field:
    """The leaning trunk, ringed by the scars of old fronds, and a few nuts."""
    rings = fraction(p.y * 6.5 + p.x * 1.5)
    total = chain(p, TRUNK, GIRTHS, 0.02) - rings * 0.012
    for dx, dz in ((-0.12, 0.12), (0.10, 0.14), (0.0, -0.1)):
        total = np.minimum(total, ball(p, CROWN + vec(dx, -0.12, dz), 0.10))
    return total


def frond(q: Vec, angle: float, rise: float, length: float) -> Field:
    """One leaf: a drooping rib with leaflets that hang from both its sides."""
    east, south = float(cosine(np.asarray(angle))), float(sine(np.asarray(angle)))
    along = (q.x * east + q.z * south) / length
    across = np.abs(q.z * east - q.x * south)
    t = clamp(along)
    height = (rise * 2.0 * t - (rise + 0.75) * t * t) * length
    leaf = np.abs(q.y - height + across * across * 1.6 + across * 0.25) * 0.6
    width = 0.36 * np.sqrt(t * (1.02 - t) + 0.001)
    comb = np.abs(fraction((along * length - across * 0.9) * 11.0) - 0.5) - 0.36
    gaps = np.where(across > 0.022, comb * 0.05, -1.0)
    cut = np.maximum(across - width, np.maximum(-along, along - 1.0) * length)
    return np.maximum(leaf - 0.010, np.maximum(cut, gaps)) * 0.75


def leaves(p: Vec) -> Field:
    """The whole crown."""
    q = p - CROWN
    total = np.full(p.x.shape, 9.0)
    for angle, rise, length in FRONDS:
        total = np.minimum(total, frond(q, angle, rise, length))
    return total


def paint_trunk(p: Vec, _: Vec) -> Surface:
    rings = fraction(p.y * 6.5 + p.x * 1.5)
    bark = fractal(p.x * 14.0, p.y * 30.0, 211, 4)
    shade = smoothstep(0.0, 0.25, rings) * smoothstep(1.0, 0.9, rings)
    return Surface(rgb(0x6E563C).toward(rgb(0xB29A78), shade * 0.8) * (1.0 + bark * 0.5))


def paint_leaves(p: Vec, _: Vec) -> Surface:
    q = p - CROWN
    reach = clamp(q.length() * 0.7)
    tone = fractal(p.x * 9.0, p.z * 9.0 + p.y * 6.0, 221, 3)
    young = rgb(0x4F8A34).toward(rgb(0x9DB94E), clamp(reach * reach * 0.8 + tone * 0.6))
    return Surface(young, 0.12, 4)


TRUNK_SOLID = bounded(trunk, vec(-2.7, 1.8, -3.1), 2.15)
LEAVES_SOLID = bounded(leaves, CROWN + vec(0, -0.1, 0), 1.6)

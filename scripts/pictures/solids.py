"""The shapes that scenes are built of, each as the signed distance to its surface."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .arithmetic import Field, clamp
from .vec import Vec


def ball(p: Vec, centre: Vec, radius: float) -> Field:
    """A ball."""
    return (p - centre).length() - radius


def ellipsoid(p: Vec, centre: Vec, radii: Vec) -> Field:
    """An ellipsoid along the axes; near enough to a distance for walking."""
    q = p - centre
    a = Vec(q.x / radii.x, q.y / radii.y, q.z / radii.z)
    b = Vec(a.x / radii.x, a.y / radii.y, a.z / radii.z)
    k = a.length()
    return k * (k - 1.0) / np.maximum(b.length(), 1e-9)


def box(p: Vec, centre: Vec, half: Vec, rounding: float = 0.0) -> Field:
    """A box along the axes, with half its sides in `half`, its edges rounded."""
    q = p - centre
    dx = np.abs(q.x) - half.x + rounding
    dy = np.abs(q.y) - half.y + rounding
    dz = np.abs(q.z) - half.z + rounding
    outside = Vec(np.maximum(dx, 0.0), np.maximum(dy, 0.0), np.maximum(dz, 0.0)).length()
    return outside + np.minimum(np.maximum(dx, np.maximum(dy, dz)), 0.0) - rounding


def limb(p: Vec, start: Vec, end: Vec, thick: float, thin: float) -> Field:
    """A rounded limb from `start` to `end`, tapering from `thick` to `thin`."""
    along = end - start
    q = p - start
    share = clamp(q.dot(along) / along.dot(along))
    return (q - along * share).length() - (thick + (thin - thick) * share)


def chain(p: Vec, joints: Sequence[Vec], radii: Sequence[float], blend: float) -> Field:
    """Limbs from joint to joint, grown together."""
    total = limb(p, joints[0], joints[1], radii[0], radii[1])
    for i in range(1, len(joints) - 1):
        total = melted(total, limb(p, joints[i], joints[i + 1], radii[i], radii[i + 1]), blend)
    return total


def curve(
    joints: Sequence[Vec], radii: Sequence[float], pieces: int
) -> tuple[tuple[Vec, ...], tuple[float, ...]]:
    """A smooth run through the joints, cut into `pieces` between each two (Catmull and Rom)."""
    points, widths = [joints[0]], [radii[0]]
    last = len(joints) - 1
    for i in range(last):
        before, after = joints[max(i - 1, 0)], joints[min(i + 2, last)]
        start, end = joints[i], joints[i + 1]
        for piece in range(1, pieces + 1):
            t = piece / pieces
            pull = (end - before) * (0.5 * t * (1 - t) * (1 - t))
            push = (after - start) * (0.5 * t * t * (t - 1))
            points.append(start.toward(end, t * t * (3 - 2 * t)) + pull + push)
            widths.append(radii[i] + (radii[i + 1] - radii[i]) * t)
    return tuple(points), tuple(widths)


def melted(a: Field, b: Field, blend: float) -> Field:
    """Two solids as one, the seam filled over a width of `blend`."""
    near = np.maximum(blend - np.abs(a - b), 0.0) / blend
    return np.minimum(a, b) - near * near * (blend * 0.25)


def carved(a: Field, b: Field, blend: float) -> Field:
    """The solid `a` without `b`, the rim rounded over a width of `blend`."""
    return -melted(-a, b, blend)


def turned(p: Vec, right: Vec, up: Vec, toward: Vec) -> Vec:
    """Points in the frame of three unit axes."""
    return Vec(p.dot(right), p.dot(up), p.dot(toward))


def mirrored(p: Vec) -> Vec:
    """Fold space over the plane z = 0, so that one shape stands for a left and a right one."""
    return Vec(p.x, p.y, np.abs(p.z))

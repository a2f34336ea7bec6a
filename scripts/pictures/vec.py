"""Points, directions and colours: three numbers for each of many points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .arithmetic import Field


@dataclass(frozen=True, slots=True)
class Vec:
    """Three fields of one shape; as a colour they are linear red, green and blue."""

    x: Field
    y: Field
    z: Field

    def __add__(self, other: Vec) -> Vec:
        return Vec(self.x + other.x, self.y + other.y, self.z + other.z)

    def __sub__(self, other: Vec) -> Vec:
        return Vec(self.x - other.x, self.y - other.y, self.z - other.z)

    def __mul__(self, factor: Field | float) -> Vec:
        return Vec(self.x * factor, self.y * factor, self.z * factor)

    def tinted(self, other: Vec) -> Vec:
        """The product, component by component: a colour in a coloured light."""
        return Vec(self.x * other.x, self.y * other.y, self.z * other.z)

    def toward(self, other: Vec, share: Field | float) -> Vec:
        """Go from this one to the `other` as `share` goes from 0 to 1."""
        return self + (other - self) * share

    def dot(self, other: Vec) -> Field:
        return self.x * other.x + self.y * other.y + self.z * other.z

    def cross(self, other: Vec) -> Vec:
        return Vec(
            self.y * other.z - self.z * other.y,
            self.z * other.x - self.x * other.z,
            self.x * other.y - self.y * other.x,
        )

    def length(self) -> Field:
        return np.asarray(np.sqrt(self.dot(self)))

    def unit(self) -> Vec:
        return self * (1.0 / np.maximum(self.length(), 1e-12))

    def mirrored(self, normal: Vec) -> Vec:
        """This direction after it bounced off a surface with the unit `normal`."""
        return self - normal * (2.0 * self.dot(normal))

    def take(self, chosen: NDArray[np.intp]) -> Vec:
        """The chosen points only; what is one for all points stays so."""
        return Vec(*(part if part.ndim == 0 else part[chosen] for part in (self.x, self.y, self.z)))

    def put(self, chosen: NDArray[np.intp], other: Vec) -> None:
        """Write `other` over the chosen points."""
        self.x[chosen], self.y[chosen], self.z[chosen] = other.x, other.y, other.z

    def spread(self, count: int) -> Vec:
        """A copy with `count` points, for `put` to write on."""
        wide = (np.broadcast_to(part, (count,)).copy() for part in (self.x, self.y, self.z))
        return Vec(*wide)


def vec(x: float, y: float, z: float) -> Vec:
    """One vector for all points."""
    return Vec(np.asarray(float(x)), np.asarray(float(y)), np.asarray(float(z)))


def rgb(code: int) -> Vec:
    """A linear colour from a screen colour such as 0xFFE0B0, with a gamma of two."""
    red, green, blue = (code >> 16 & 255) / 255, (code >> 8 & 255) / 255, (code & 255) / 255
    return vec(red * red, green * green, blue * blue)


def choose(condition: NDArray[np.bool_], yes: Vec, no: Vec) -> Vec:
    """`yes` where the condition holds, else `no`."""
    return Vec(
        np.where(condition, yes.x, no.x),
        np.where(condition, yes.y, no.y),
        np.where(condition, yes.z, no.z),
    )

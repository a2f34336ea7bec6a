"""A writer of plain PNG files (RFC 2083): 8 bit RGB, no chunk that is not required."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""Rows, columns, and red, green and blue."""

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def encode(pixels: Pixels) -> bytes:
    """Write `pixels` as a PNG file: signature, IHDR, one IDAT, IEND."""
    height, width, _ = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(_filtered(pixels), 9)
    return SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def same_picture(one: bytes, other: bytes) -> bool:
    """Whether two files of this writer hold the same pixels, however their data is packed."""
    try:
        return _unpacked(one) == _unpacked(other)
    except (zlib.error, struct.error):
        return False


def _unpacked(file: bytes) -> tuple[bytes, bytes]:
    """All before the data, and the data unpacked."""
    start = len(SIGNATURE) + 25
    (length,) = struct.unpack(">I", file[start : start + 4])
    return file[:start], zlib.decompress(file[start + 8 : start + 8 + length])


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _filtered(pixels: Pixels) -> bytes:
    """Every row through whichever of the five filters leaves the smallest sum of differences."""
    height = pixels.shape[0]
    here = pixels.astype(np.int16).reshape(height, -1)
    left, up = np.zeros_like(here), np.zeros_like(here)
    left[:, 3:], up[1:] = here[:, :-3], here[:-1]
    corner = np.zeros_like(here)
    corner[1:, 3:] = here[:-1, :-3]
    guesses = (np.zeros_like(here), left, up, (left + up) // 2, _paeth(left, up, corner))
    rows = np.stack([(here - guess).astype(np.uint8) for guess in guesses])
    cost = np.abs(rows.view(np.int8).astype(np.int64)).sum(axis=2)
    best = cost.argmin(axis=0)
    chosen = rows[best, np.arange(height)]
    return np.concatenate([best[:, None].astype(np.uint8), chosen], axis=1).tobytes()


def _paeth(
    left: NDArray[np.int16], up: NDArray[np.int16], corner: NDArray[np.int16]
) -> NDArray[np.int16]:
    to_left, to_up = np.abs(up - corner), np.abs(left - corner)
    to_corner = np.abs(left + up - 2 * corner)
    nearer_up = np.where(to_up <= to_corner, up, corner)
    return np.where((to_left <= to_up) & (to_left <= to_corner), left, nearer_up)

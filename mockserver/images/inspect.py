"""Inspect an image file: its format, its size, and whether it is complete."""

from __future__ import annotations

import io
from typing import NamedTuple

from mockserver.errors import ImageError

__all__ = [
    "FORMATS_READ",
    "MAX_PIXELS",
    "UNDECODABLE",
    "ImageFile",
    "image_size",
    "inspect",
    "media_type",
]

FORMATS_READ = ("PNG", "JPEG", "WEBP", "TIFF")
_PNG_END = b"IEND\xaeB`\x82"
_JPEG_END = b"\xff\xd9"
MAX_PIXELS = 64_000_000
"""The largest image that is decoded or made."""

UNDECODABLE = (OSError, SyntaxError, ValueError, LookupError, Warning)
"""The exceptions that Pillow raises over a broken image."""


class ImageFile(NamedTuple):
    """The media type of an image file, and its width and height in pixels."""

    media_type: str
    width: int
    height: int


def inspect(data: bytes) -> ImageFile:
    """Return what image the bytes are, after decoding every pixel.

    :param data: a whole file: PNG, JPEG, WebP or TIFF.
    :raises ImageError: when it is another kind of file, truncated or corrupt.
    """
    kind = media_type(data)
    if kind == "image/png" and not data.endswith(_PNG_END):
        raise ImageError("a PNG without its IEND chunk at the end")
    if kind == "image/jpeg" and not data.rstrip(b"\0").endswith(_JPEG_END):
        raise ImageError("a JPEG without its end marker")
    return ImageFile(kind or "", *_decode(data))


def media_type(data: bytes) -> str | None:
    """Return the media type by a file's first bytes; None for other formats than these four."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith((b"II*\0", b"MM\0*")):
        return "image/tiff"
    return "image/webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None


def image_size(data: bytes) -> tuple[int, int]:
    """Return the width and height that a file states, without decoding it; 0 where it has none."""
    from PIL import Image as PILImage

    try:
        with PILImage.open(io.BytesIO(data), formats=FORMATS_READ) as pil_image:
            return pil_image.size
    except (*UNDECODABLE, PILImage.DecompressionBombError):
        return 0, 0


def _decode(data: bytes) -> tuple[int, int]:
    """Decode an image and return its width and height in pixels."""
    # Importing Pillow takes a third of the start-up time, and only these checks need it.
    from PIL import Image as PILImage
    from PIL import UnidentifiedImageError

    try:
        with PILImage.open(io.BytesIO(data), formats=FORMATS_READ) as pil_image:
            if pil_image.width * pil_image.height > MAX_PIXELS:
                raise ImageError(f"{pil_image.width}x{pil_image.height} pixels, too many to check")
            pil_image.verify()  # checks the CRCs of a PNG; the image cannot be decoded after it
        with PILImage.open(io.BytesIO(data), formats=FORMATS_READ) as pil_image:
            pil_image.load()
            return pil_image.size
    except UnidentifiedImageError:
        raise ImageError("no PNG, JPEG, WebP or TIFF") from None
    except (*UNDECODABLE, PILImage.DecompressionBombError) as error:
        raise ImageError(f"an image that cannot be decoded: {error}") from None

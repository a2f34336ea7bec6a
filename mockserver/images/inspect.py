"""Read image files with Pillow: inspect them, and make small versions to look at."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mockserver.errors import ImageError

if TYPE_CHECKING:
    from PIL import Image as PILImage

MAX_PIXELS = 64_000_000
"""The largest image that is decoded or made."""

_FORMATS = ("PNG", "JPEG", "WebP", "TIFF")
_PNG_END = b"IEND\xaeB`\x82"
_JPEG_END = b"\xff\xd9"


@dataclass(frozen=True)
class ImageFile:
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
    with opened(data) as pil_image:
        pil_image.verify()  # checks the CRCs of a PNG; the image cannot be decoded after it
    with opened(data) as pil_image:
        pil_image.load()
    return ImageFile(kind or "", *pil_image.size)


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
    try:
        with opened(data) as pil_image:
            return pil_image.size
    except ImageError:
        return 0, 0


def thumbnail(data: bytes, width: int) -> bytes:
    """Return an image as a WebP file of at most a width, in pixels, and twice that height.

    :param data: a whole file: PNG, JPEG, WebP or TIFF.
    :raises ImageError: when the file is damaged.
    """
    file = io.BytesIO()
    with opened(data) as source:
        small = source.convert("RGBA" if "A" in source.getbands() else "RGB")
    small.thumbnail((width, 2 * width))
    small.save(file, "WEBP", quality=80)
    return file.getvalue()


@contextmanager
def opened(file: Path | bytes, formats: Sequence[str] = _FORMATS) -> Iterator[PILImage.Image]:
    """Open an image file, or the bytes of one, with Pillow.

    :raises ImageError: when it has none of the formats, or more than ``MAX_PIXELS``, or is too
        damaged for what the ``with`` block does.
    """
    # Importing Pillow takes a third of the start-up time; the documented sizes do not need it.
    from PIL import Image as PILImage
    from PIL import UnidentifiedImageError

    readable = io.BytesIO(file) if isinstance(file, bytes) else file
    try:
        with PILImage.open(readable, formats=[name.upper() for name in formats]) as pil_image:
            width, height = pil_image.size
            if width * height > MAX_PIXELS:
                raise ImageError(f"{width}x{height} pixels, expected at most {MAX_PIXELS}")
            yield pil_image
    except UnidentifiedImageError:
        raise ImageError(f"no {', '.join(formats[:-1])} or {formats[-1]}") from None
    # These are all that Pillow raises over a broken image.
    except (
        *(OSError, SyntaxError, ValueError, LookupError, Warning),
        PILImage.DecompressionBombError,
    ) as error:
        reason = getattr(error, "strerror", None) or error
        raise ImageError(f"an image that cannot be read: {reason}") from None

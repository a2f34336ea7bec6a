"""Look into an image's file: what kind it is, how large, and whether it is whole."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass

from mockserver.errors import ImageError

__all__ = ["PNG_SIGNATURE", "ImageFile", "inspect", "media_type", "png_chunks"]

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KINDS = ("PNG", "JPEG", "WEBP")
_MOST_PIXELS = 64_000_000
_UNDECODABLE = (OSError, SyntaxError, ValueError, LookupError, Warning)
"""What Pillow is known to raise over an image that is not sound."""


@dataclass(frozen=True, slots=True)
class ImageFile:
    """What an image's file is: its media type, and its width and height in pixels."""

    media_type: str
    width: int
    height: int


def inspect(data: bytes) -> ImageFile:
    """Say what image the bytes are, having decoded every pixel of it.

    :param data: a whole file: PNG, JPEG or WebP.
    :raises ImageError: when it is another kind of file, truncated or corrupt.
    """
    if data.startswith(PNG_SIGNATURE):
        png_chunks(data)
    elif data.startswith(b"\xff\xd8") and not data.rstrip(b"\0").endswith(b"\xff\xd9"):
        raise ImageError("a JPEG without its end marker")
    return _decode(data)


def media_type(data: bytes) -> str | None:
    """Name the media type that a file's first bytes tell, if it is one of the three."""
    if data.startswith(PNG_SIGNATURE):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return "image/webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None


def png_chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """Take a PNG apart into its chunks' types and contents (PNG specification, section 5).

    :raises ImageError: when a chunk is cut, its CRC is wrong, or ``IEND`` is not the end.
    """
    chunks: list[tuple[bytes, bytes]] = []
    at = len(PNG_SIGNATURE)
    while at < len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4])
        kind, content = data[at + 4 : at + 8], data[at + 8 : end - 4]
        if end > len(data):
            raise ImageError(f"a PNG cut short: chunk {_printable(kind)} ends beyond the file")
        if zlib.crc32(kind + content) != int.from_bytes(data[end - 4 : end]):
            raise ImageError(f"a PNG whose chunk {_printable(kind)} has a wrong CRC")
        chunks.append((kind, content))
        at = end
    if not chunks or chunks[-1][0] != b"IEND":
        raise ImageError("a PNG without its IEND chunk at the end")
    return chunks


def _printable(kind: bytes) -> str:
    return ascii(kind.decode("latin-1"))


def _decode(data: bytes) -> ImageFile:
    # Pillow costs a third of the start-up time and only the checks need it.
    from PIL import Image as PILImage
    from PIL import UnidentifiedImageError

    try:
        with PILImage.open(io.BytesIO(data), formats=_KINDS) as pil_image:
            if pil_image.width * pil_image.height > _MOST_PIXELS:
                raise ImageError(f"{pil_image.width}x{pil_image.height} pixels, too many to check")
            pil_image.load()
            return ImageFile(media_type(data) or "", pil_image.width, pil_image.height)
    except UnidentifiedImageError:
        raise ImageError("no PNG, JPEG or WebP") from None
    except (*_UNDECODABLE, PILImage.DecompressionBombError) as error:
        raise ImageError(f"an image that cannot be decoded: {error}") from None

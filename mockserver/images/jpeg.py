"""An image as a JPEG file, with its stamp in a comment segment.

Its first segments, ``SOI`` and a JFIF ``APP0`` without thumbnail, take 20 bytes (ITU-T T.871,
section 10.1). An empty comment makes that 24, a multiple of 3, so that base64 is laid end to end
here too.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Self

from mockserver.images.image import SOFTWARE, Image, TaggedImage

if TYPE_CHECKING:
    from PIL import Image as PILImage

__all__ = ["JPEGImage"]

_FIRST_SEGMENTS = 20
_QUALITY = 85
_TABLES = 64
"""How many bytes of the quantization tables a spoiled file loses; none is drawn without them."""


class JPEGImage(Image):
    """A JPEG file: its name in the gallery, width and height in pixels, and bytes."""

    media_type: ClassVar[str] = "image/jpeg"
    extension: ClassVar[str] = "jpg"
    head_length: ClassVar[int] = 24

    @classmethod
    def from_pillow(cls, name: str, pil_image: PILImage.Image) -> Self:
        """Write an image as a JPEG file."""
        file = io.BytesIO()
        pil_image.save(file, "JPEG", quality=_QUALITY)
        head, rest = file.getvalue()[:_FIRST_SEGMENTS], file.getvalue()[_FIRST_SEGMENTS:]
        return cls(name, *pil_image.size, head + _comment(b"") + rest)

    def corrupted(self) -> Self:
        """Give the image with its tables overwritten; decoders forgive less than that."""
        end = self.head_length + _TABLES
        return replace(self, data=self.head + bytes(_TABLES) + self.data[end:])

    def tagged(self, labels: Mapping[str, str]) -> TaggedImage:
        """Give the image with labels in a comment, a line each."""
        lines = [f"{keyword}: {text}" for keyword, text in labels.items()]
        text = "\n".join([*lines, f"Software: {SOFTWARE}"]).encode()
        return TaggedImage(self, _comment(text + b" " * (-(len(text) + 4) % 3)))


def _comment(text: bytes) -> bytes:
    """Write a ``COM`` segment (ITU-T T.81, section B.2.4.5)."""
    return b"\xff\xfe" + (len(text) + 2).to_bytes(2) + text

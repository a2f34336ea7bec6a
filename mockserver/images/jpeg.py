"""A picture as a JPEG file, with its stamp in a comment segment.

Its first segments, ``SOI`` and a JFIF ``APP0`` without thumbnail, take 20 bytes (ITU-T T.871,
section 10.1). An empty comment makes that 24, a multiple of 3, so that base64 is laid end to end
here too.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Self

from mockserver.images.image import SOFTWARE, Picture, Stamped

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["JPEGPicture"]

_FIRST_SEGMENTS = 20
_QUALITY = 85
_TABLES = 64
"""How many bytes of the quantization tables a spoiled file loses; none is drawn without them."""


class JPEGPicture(Picture):
    """A JPEG file: its name in the gallery, width and height in pixels, and bytes."""

    media_type: ClassVar[str] = "image/jpeg"
    ending: ClassVar[str] = "jpg"
    head_length: ClassVar[int] = 24

    @classmethod
    def drawn(cls, name: str, image: Image.Image) -> Self:
        """Write an image as a JPEG file."""
        file = io.BytesIO()
        image.save(file, "JPEG", quality=_QUALITY)
        head, rest = file.getvalue()[:_FIRST_SEGMENTS], file.getvalue()[_FIRST_SEGMENTS:]
        return cls(name, *image.size, head + _comment(b"") + rest)

    def spoiled(self) -> Self:
        """Give the picture with its tables overwritten; decoders forgive less than that."""
        end = self.head_length + _TABLES
        return replace(self, data=self.head + bytes(_TABLES) + self.data[end:])

    def stamped(self, labels: Mapping[str, str]) -> Stamped:
        """Give the picture with labels in a comment, a line each."""
        lines = [f"{keyword}: {text}" for keyword, text in labels.items()]
        text = "\n".join([*lines, f"Software: {SOFTWARE}"]).encode()
        return Stamped(self, _comment(text + b" " * (-(len(text) + 4) % 3)))


def _comment(text: bytes) -> bytes:
    """Write a ``COM`` segment (ITU-T T.81, section B.2.4.5)."""
    return b"\xff\xfe" + (len(text) + 2).to_bytes(2) + text

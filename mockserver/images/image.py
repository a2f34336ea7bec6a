"""An image as two halves of a PNG file, so that a stamp fits between them without encoding again.

A PNG begins with 33 bytes that never change (its signature and its ``IHDR`` chunk), and 33 is a
multiple of 3, as a stamp's length is made to be. So the base64 of a stamped file is three pieces
laid end to end, and the two large ones are encoded once, ever.
"""

from __future__ import annotations

import binascii
import io
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, ClassVar, Self

if TYPE_CHECKING:
    from PIL import Image as PILImage

__all__ = ["SOFTWARE", "Image", "TaggedImage"]

SOFTWARE = "aimlapi-mockserver"
"""What every stamp says made the file."""


@dataclass(frozen=True)
class Image:
    """A PNG file: its name in the gallery, width and height in pixels, and bytes.

    :cvar head_length: after how many bytes a stamp fits in; a multiple of 3.
    """

    media_type: ClassVar[str] = "image/png"
    extension: ClassVar[str] = "png"
    head_length: ClassVar[int] = 33

    name: str
    width: int
    height: int
    data: bytes

    @classmethod
    def from_pillow(cls, name: str, pil_image: PILImage.Image) -> Self:
        """Write an image as a file of this kind."""
        file = io.BytesIO()
        # Pillow's own level saves a tenth of the bytes, and takes four times as long.
        pil_image.save(file, "PNG", compress_level=1)
        return cls(name, *pil_image.size, file.getvalue())

    def to_json(self) -> dict[str, str | int]:
        """Name the image: name, width and height in pixels, and the SHA-256 of its file."""
        width, height = self.width, self.height
        return {"name": self.name, "width": width, "height": height, "sha256": self.digest}

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the file without a stamp, in hexadecimal."""
        return sha256(self.data).hexdigest()

    def corrupted(self) -> Self:
        """Give the image with its middle overwritten, as a broken transfer leaves it."""
        middle = len(self.data) // 2
        return replace(self, data=self.data[:middle] + bytes(64) + self.data[middle + 64 :])

    def tagged(self, labels: Mapping[str, str]) -> TaggedImage:
        """Give the image with labels in its file.

        :param labels: keywords of 1 to 79 Latin-1 characters, and their texts.
        """
        return TaggedImage(self, stamp(labels))

    @cached_property
    def head(self) -> bytes:
        """What comes before a stamp: of a PNG, the signature and the ``IHDR`` chunk."""
        return self.data[: self.head_length]

    @cached_property
    def rest(self) -> bytes:
        """What comes after a stamp."""
        return self.data[self.head_length :]

    @cached_property
    def head_base64(self) -> bytes:
        """The head, encoded."""
        return binascii.b2a_base64(self.head, newline=False)

    @cached_property
    def rest_base64(self) -> bytes:
        """The rest, encoded once for all answers."""
        return binascii.b2a_base64(self.rest, newline=False)


@dataclass(frozen=True, slots=True)
class TaggedImage:
    """An image with its stamp: a file of its own that shares the image's bytes."""

    image: Image
    stamp: bytes

    def base64(self) -> list[bytes]:
        """Give the file's base64 in pieces."""
        middle = binascii.b2a_base64(self.stamp, newline=False)
        return [self.image.head_base64, middle, self.image.rest_base64]

    def file(self) -> list[bytes]:
        """Give the file's bytes in pieces."""
        return [self.image.head, self.stamp, self.image.rest]

    def __len__(self) -> int:
        return len(self.image.data) + len(self.stamp)


def stamp(labels: Mapping[str, str]) -> bytes:
    """Write labels as PNG text chunks, padded to a multiple of 3 bytes.

    :param labels: keywords of 1 to 79 Latin-1 characters, and their texts (PNG, section 11.3.4.3).
    """
    chunks = b"".join(_text_chunk(keyword, text) for keyword, text in labels.items())
    padding = " " * (-(len(chunks) + len(_text_chunk("Software", SOFTWARE))) % 3)
    return chunks + _text_chunk("Software", SOFTWARE + padding)


def _text_chunk(keyword: str, text: str) -> bytes:
    content = b"tEXt" + keyword.encode("latin-1") + b"\0" + text.encode("latin-1")
    length, crc = len(content) - 4, zlib.crc32(content)
    return length.to_bytes(4) + content + crc.to_bytes(4)

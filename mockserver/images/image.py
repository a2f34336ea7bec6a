"""Image files, and how metadata gets into a PNG file without encoding it again.

A PNG file begins with 33 bytes that never change: its signature and its ``IHDR`` chunk. Text
chunks may follow them. 33 is a multiple of 3, and the text chunks are padded to one, so the base64
of the whole file is three parts one after another. The two large parts are encoded only once.
"""

from __future__ import annotations

import binascii
import io
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from PIL import Image as PILImage

Size: TypeAlias = tuple[int, int]
"""Width and height in pixels."""

_SOFTWARE = "aimlapi-mockserver"
"""The ``Software`` that the metadata of every PNG file names."""

_DAMAGED = 64
"""The length of the damage in a corrupted file, in bytes."""


class ImageFormat(NamedTuple):
    """A format of image files.

    :ivar name: Pillow's name of the format.
    :ivar extension: of a file's name, without the dot.
    :ivar options: the options of Pillow's encoder.
    :ivar head_length: the position of the metadata in a file, a multiple of 3; 0 for a format
        without metadata.
    :ivar vital: the position of bytes without which no decoder shows anything, such as a table;
        0 where damage in the middle of the file is enough.
    """

    name: str
    media_type: str
    extension: str
    options: Mapping[str, int | str]
    head_length: int = 0
    vital: int = 0


# Pillow's default level saves a tenth of the bytes and takes four times as long.
PNG = ImageFormat("PNG", "image/png", "png", {"compress_level": 1}, head_length=33)
JPEG = ImageFormat("JPEG", "image/jpeg", "jpg", {"quality": 85}, vital=20)
# A slower method saves a fifth of the bytes and takes four times as long.
_WEBP = ImageFormat("WEBP", "image/webp", "webp", {"quality": 85, "method": 0}, vital=16)
_TIFF = ImageFormat("TIFF", "image/tiff", "tiff", {"compression": "tiff_lzw"}, vital=4)

FORMATS: Mapping[str, ImageFormat] = {each.media_type: each for each in (PNG, JPEG, _WEBP, _TIFF)}
"""The formats of images by media type."""


@dataclass(frozen=True)
class Image:
    """An image file; its width and height are in pixels."""

    name: str
    width: int
    height: int
    data: bytes
    format: ImageFormat = PNG

    @classmethod
    def from_pillow(cls, name: str, pil_image: PILImage.Image, image_format: ImageFormat) -> Image:
        """Encode an image of Pillow's."""
        file = io.BytesIO()
        pil_image.save(file, image_format.name, **image_format.options)
        return cls(name, *pil_image.size, file.getvalue(), image_format)

    @property
    def media_type(self) -> str:
        """The media type of the file."""
        return self.format.media_type

    @cached_property
    def summary(self) -> Mapping[str, str | int]:
        """The name, the width and height in pixels, and the SHA-256 of the file."""
        width, height = self.width, self.height
        return {"name": self.name, "width": width, "height": height, "sha256": self.digest}

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the file without metadata, in hexadecimal."""
        return sha256(self.data).hexdigest()

    @cached_property
    def corrupted(self) -> Image:
        """The image with a part of its file overwritten, as by a broken transfer; made once."""
        start = self.format.vital or len(self.data) // 2
        data = self.data[:start] + bytes(_DAMAGED) + self.data[start + _DAMAGED :]
        return replace(self, data=data)

    def with_metadata(self, labels: Mapping[str, str]) -> TaggedImage:
        """Return the image with labels in its file; only PNG files get them.

        :param labels: keywords of 1 to 79 Latin-1 characters, and their texts.
        """
        return TaggedImage(self, _text_chunks(labels) if self.format is PNG else b"")

    @cached_property
    def head(self) -> bytes:
        """The part of the file before the metadata."""
        return self.data[: self.format.head_length]

    @cached_property
    def rest(self) -> bytes:
        """The part of the file after the metadata."""
        return self.data[self.format.head_length :]

    @cached_property
    def rest_base64(self) -> bytes:
        """The base64 of the rest, encoded once for all responses."""
        return binascii.b2a_base64(self.rest, newline=False)


@dataclass(frozen=True, slots=True)
class TaggedImage:
    """An image file with metadata, which shares the image's bytes."""

    image: Image
    metadata: bytes = b""

    def base64(self) -> list[bytes]:
        """Return the file's base64 in pieces."""
        beginning = binascii.b2a_base64(self.image.head + self.metadata, newline=False)
        return [beginning, self.image.rest_base64]

    def file(self) -> list[bytes]:
        """Return the file's bytes in pieces."""
        return [self.image.head + self.metadata, self.image.rest]

    def __len__(self) -> int:
        return len(self.image.data) + len(self.metadata)


def _text_chunks(labels: Mapping[str, str]) -> bytes:
    """Return labels as PNG text chunks, padded to a multiple of 3 bytes.

    :param labels: keywords of 1 to 79 Latin-1 characters, and their texts (PNG, section 11.3.4.3).
    """
    chunks = b"".join([_text_chunk(keyword, text) for keyword, text in labels.items()])
    return chunks + _LAST_CHUNKS[-(len(chunks) + len(_LAST_CHUNKS[0])) % 3]


@lru_cache(maxsize=1024)
def _text_chunk(keyword: str, text: str) -> bytes:
    content = b"tEXt" + keyword.encode("latin-1") + b"\0" + text.encode("latin-1")
    length, crc = len(content) - 4, zlib.crc32(content)
    return length.to_bytes(4) + content + crc.to_bytes(4)


_LAST_CHUNKS = [_text_chunk("Software", _SOFTWARE + " " * padding) for padding in range(3)]

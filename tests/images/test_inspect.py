"""A complete image file is recognised; the error for any other names what is wrong."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mockserver.errors import ImageError
from mockserver.images.inspect import ImageFile, inspect, media_type

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def encoded(image_format: str, mode: str = "RGB") -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((40, 30)).convert(mode).save(file, image_format)
    return file.getvalue()


PNG, JPEG, WEBP, TIFF = map(encoded, ("PNG", "JPEG", "WEBP", "TIFF"))


def chunk(kind: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


def png_chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """The types and contents of a PNG's chunks."""
    chunks: list[tuple[bytes, bytes]] = []
    start = len(PNG_SIGNATURE)
    while start < len(data):
        end = start + 12 + int.from_bytes(data[start : start + 4])
        chunks.append((data[start + 4 : start + 8], data[start + 8 : end - 4]))
        start = end
    return chunks


def png_of(chunks: list[tuple[bytes, bytes]]) -> bytes:
    return PNG_SIGNATURE + b"".join(chunk(kind, content) for kind, content in chunks)


def error(data: bytes) -> str:
    with pytest.raises(ImageError) as caught:
        inspect(data)
    return str(caught.value)


@pytest.mark.parametrize(
    ("data", "kind"),
    [(PNG, "image/png"), (JPEG, "image/jpeg"), (WEBP, "image/webp"), (TIFF, "image/tiff")],
)
def test_a_complete_image_is_recognised_with_its_size(data: bytes, kind: str) -> None:
    assert inspect(data) == ImageFile(kind, 40, 30)
    assert media_type(data) == kind


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "I;16"])
def test_every_mode_of_png_is_accepted(mode: str) -> None:
    source = Image.linear_gradient("L").resize((40, 30))
    file = io.BytesIO()
    (source.convert("I").convert(mode) if mode == "I;16" else source.convert(mode)).save(
        file, "PNG"
    )
    assert inspect(file.getvalue()).width == 40


@pytest.mark.parametrize(
    "data",
    [b"", b"text", encoded("GIF"), encoded("BMP"), b"%PDF-1.7", b"RIFF\0\0\0\0WAVE", b"\xff\xd8"],
)
def test_another_kind_of_file_is_rejected(data: bytes) -> None:
    assert error(data)
    assert media_type(data) is None


@pytest.mark.parametrize("data", [PNG, JPEG, WEBP, TIFF], ids=["PNG", "JPEG", "WebP", "TIFF"])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 1])
def test_a_truncated_image_is_rejected(data: bytes, part: float) -> None:
    assert error(data[: int(len(data) * part) - 1])


def test_a_png_without_its_end_is_rejected() -> None:
    for data in (PNG[:-20], PNG[:-12], PNG[:-1], PNG_SIGNATURE, PNG + b"more"):
        assert error(data) == "a PNG without its IEND chunk at the end"


def test_a_png_whose_last_pixels_are_missing_is_rejected() -> None:
    assert error(PNG[:-30] + PNG[-12:]).startswith("an image that cannot be read: ")


def test_a_jpeg_without_its_end_is_rejected() -> None:
    assert error(JPEG[:-2]) == "a JPEG without its end marker"
    assert inspect(JPEG + b"\0\0").media_type == "image/jpeg"


def test_a_png_with_a_flipped_bit_is_rejected() -> None:
    corrupted = bytearray(PNG)
    corrupted[60] ^= 1
    assert "bad header checksum in b'IDAT'" in error(bytes(corrupted))


def test_a_png_whose_pixels_cannot_be_decompressed_is_rejected() -> None:
    chunks = [(k, b"\0" * len(c) if k == b"IDAT" else c) for k, c in png_chunks(PNG)]
    assert error(png_of(chunks)).startswith("an image that cannot be read: ")


@pytest.mark.parametrize("kind", [b"iCCP", b"iTXt", b"zTXt", b"PLTE", b"tRNS", b"pHYs"])
def test_an_empty_chunk_after_the_pixels_raises_no_other_error(kind: bytes) -> None:
    *chunks, end = png_chunks(PNG)
    inspect_any(png_of([*chunks, (kind, b""), end]))


@pytest.mark.parametrize("side", [8_500, 10_000, 14_000, 60_000])
def test_an_image_that_is_too_large_to_check_is_rejected(side: int) -> None:
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    giant = png_of([(b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert error(giant)


@settings(max_examples=150)
@given(st.data())
def test_changed_bytes_raise_no_other_error(data: st.DataObject) -> None:
    whole = bytearray(data.draw(st.sampled_from([PNG, JPEG, WEBP, TIFF])))
    for _ in range(data.draw(st.integers(0, 4))):
        whole[data.draw(st.integers(8, len(whole) - 1))] = data.draw(st.integers(0, 255))
    inspect_any(bytes(whole))


@settings(max_examples=150)
@given(st.data())
def test_chunks_with_correct_checksums_raise_no_other_error(data: st.DataObject) -> None:
    chunks = png_chunks(PNG)
    at = data.draw(st.integers(0, len(chunks) - 2))
    kinds = st.sampled_from(
        [
            b"IHDR",
            b"IDAT",
            b"tEXt",
            b"zTXt",
            b"iTXt",
            b"iCCP",
            b"PLTE",
            b"acTL",
            b"fcTL",
            b"tRNS",
            b"pHYs",
            b"gAMA",
            b"cHRM",
            b"eXIf",
            b"sRGB",
        ]
    )
    content = st.binary(max_size=40) | st.just(chunks[at][1])
    chunks.insert(data.draw(st.integers(0, len(chunks))), (data.draw(kinds), data.draw(content)))
    if data.draw(st.booleans()):
        chunks[at] = (chunks[at][0], data.draw(content))
    inspect_any(png_of(chunks))


def inspect_any(data: bytes) -> None:
    with suppress(ImageError):
        assert inspect(data).media_type

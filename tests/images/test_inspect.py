"""An image's file is a whole one, or it is said what is wrong with it."""

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
from mockserver.images.inspect import PNG_SIGNATURE, ImageFile, inspect, media_type, png_chunks


def drawn(kind: str, mode: str = "RGB") -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((40, 30)).convert(mode).save(file, kind)
    return file.getvalue()


PNG, JPEG, WEBP = drawn("PNG"), drawn("JPEG"), drawn("WEBP")


def chunk(kind: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


def png_of(chunks: list[tuple[bytes, bytes]]) -> bytes:
    return PNG_SIGNATURE + b"".join(chunk(kind, content) for kind, content in chunks)


def complaint(data: bytes) -> str:
    with pytest.raises(ImageError) as caught:
        inspect(data)
    return str(caught.value)


@pytest.mark.parametrize(
    ("data", "kind"), [(PNG, "image/png"), (JPEG, "image/jpeg"), (WEBP, "image/webp")]
)
def test_a_whole_image_tells_its_kind_and_size(data: bytes, kind: str) -> None:
    assert inspect(data) == ImageFile(kind, 40, 30)
    assert media_type(data) == kind


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "I;16"])
def test_every_mode_of_png_will_do(mode: str) -> None:
    source = Image.linear_gradient("L").resize((40, 30))
    file = io.BytesIO()
    (source.convert("I").convert(mode) if mode == "I;16" else source.convert(mode)).save(
        file, "PNG"
    )
    assert inspect(file.getvalue()).width == 40


@pytest.mark.parametrize(
    "data",
    [b"", b"text", drawn("GIF"), drawn("BMP"), b"%PDF-1.7", b"RIFF\0\0\0\0WAVE", b"\xff\xd8"],
)
def test_another_kind_of_file_is_no_image(data: bytes) -> None:
    assert complaint(data)
    assert media_type(data) is None


@pytest.mark.parametrize("data", [PNG, JPEG, WEBP], ids=["PNG", "JPEG", "WebP"])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 1])
def test_a_cut_image_is_refused(data: bytes, part: float) -> None:
    assert complaint(data[: int(len(data) * part) - 1])


def test_a_png_cut_inside_a_chunk_names_the_chunk() -> None:
    assert complaint(PNG[:-20]) == "a PNG cut short: chunk 'IDAT' ends beyond the file"


def test_a_png_without_its_end_is_refused() -> None:
    assert complaint(PNG[:-12]) == "a PNG without its IEND chunk at the end"
    assert complaint(PNG_SIGNATURE) == "a PNG without its IEND chunk at the end"
    assert "cut short" in complaint(PNG + b"more")


def test_a_jpeg_without_its_end_is_refused() -> None:
    assert complaint(JPEG[:-2]) == "a JPEG without its end marker"
    assert inspect(JPEG + b"\0\0").media_type == "image/jpeg"


def test_a_png_with_a_flipped_bit_is_refused() -> None:
    corrupted = bytearray(PNG)
    corrupted[60] ^= 1
    assert complaint(bytes(corrupted)) == "a PNG whose chunk 'IDAT' has a wrong CRC"


def test_a_png_whose_pixels_cannot_be_unpacked_is_refused() -> None:
    chunks = [(k, b"\0" * len(c) if k == b"IDAT" else c) for k, c in png_chunks(PNG)]
    assert complaint(png_of(chunks)).startswith("an image that cannot be decoded: ")


@pytest.mark.parametrize("kind", [b"iCCP", b"iTXt", b"zTXt", b"PLTE", b"tRNS", b"pHYs"])
def test_an_empty_chunk_behind_the_pixels_is_no_failure_of_the_check(kind: bytes) -> None:
    *chunks, end = png_chunks(PNG)
    look(png_of([*chunks, (kind, b""), end]))


@pytest.mark.parametrize("side", [8_500, 10_000, 14_000, 60_000])
def test_a_image_that_is_too_large_to_check_is_not_unpacked(side: int) -> None:
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    giant = png_of([(b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert complaint(giant)


def test_chunks_come_in_order_with_their_contents() -> None:
    chunks = png_chunks(PNG)
    assert chunks[0][0] == b"IHDR"
    assert chunks[-1] == (b"IEND", b"")
    assert png_of(chunks) == PNG


@settings(max_examples=300)
@given(st.data())
def test_no_bytes_make_the_check_itself_fail(data: st.DataObject) -> None:
    whole = bytearray(data.draw(st.sampled_from([PNG, JPEG, WEBP])))
    for _ in range(data.draw(st.integers(0, 4))):
        whole[data.draw(st.integers(8, len(whole) - 1))] = data.draw(st.integers(0, 255))
    look(bytes(whole))


@settings(max_examples=300)
@given(st.data())
def test_no_png_with_sound_checksums_makes_the_check_itself_fail(data: st.DataObject) -> None:
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
    look(png_of(chunks))


def look(data: bytes) -> None:
    with suppress(ImageError):
        assert inspect(data).media_type

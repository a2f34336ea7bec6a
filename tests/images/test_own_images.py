"""A user's own images take the place of the shipped ones, whatever their format and size."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from mockserver.errors import FixtureError, SettingsError
from mockserver.images import FORMATS, ImageLibrary
from mockserver.images.source_image import own_image

Colour = tuple[int, ...]
RED, BLUE = (255, 0, 0), (0, 0, 255)
ROTATED = 6
"""The orientation in EXIF of an image whose top is at its right."""


def halves(
    size: tuple[int, int],
    mode: str = "RGB",
    top: Colour | int = RED,
    bottom: Colour | int = BLUE,
) -> Image.Image:
    """An image of two colours, one above the other."""
    pil_image = Image.new(mode, size, bottom)
    ImageDraw.Draw(pil_image).rectangle((0, 0, size[0], size[1] // 2 - 1), fill=top)
    return pil_image


def sent(library: ImageLibrary, name: str, media_type: str = "image/png") -> Image.Image:
    """An image of the library as a client decodes it, in 64 x 64 pixels."""
    image = library.image(name, (64, 64), media_type)
    pil_image = Image.open(io.BytesIO(image.data))
    assert (pil_image.size, pil_image.format) == ((64, 64), FORMATS[media_type].name)
    return pil_image


def is_near(pil_image: Image.Image, place: tuple[int, int], colour: Colour) -> bool:
    pixel = pil_image.getpixel(place)
    assert isinstance(pixel, tuple)
    return len(pixel) == len(colour) and all(
        abs(a - b) < 12 for a, b in zip(pixel, colour, strict=True)
    )


@pytest.mark.parametrize(
    ("name", "size"),
    [("a.png", (64, 64)), ("b.jpg", (700, 300)), ("c.JPEG", (32, 32)), ("d.webp", (30, 90))],
)
@pytest.mark.parametrize("media_type", FORMATS)
def test_an_own_image_is_resized_to_any_size_and_format(
    tmp_path: Path, name: str, size: tuple[int, int], media_type: str
) -> None:
    halves(size).save(tmp_path / name)
    pil_image = sent(ImageLibrary(folder=tmp_path), name, media_type).convert("RGB")
    red, _, blue = pil_image.getpixel((32, 4))  # type: ignore[misc]
    assert red > blue + 150
    red, _, blue = pil_image.getpixel((32, 60))  # type: ignore[misc]
    assert blue > red + 150


def test_own_images_are_chosen_as_the_shipped_ones_are(tmp_path: Path) -> None:
    names = [f"{i}.png" for i in range(6)]
    for name in names:
        halves((8, 8)).save(tmp_path / name)
    shipped, own = ImageLibrary(7), ImageLibrary(7, tmp_path)
    assert own.names == names
    for prompt in ("A red fox", "A lighthouse at dusk", ""):
        place = shipped.names.index(next(shipped.choose(prompt)))
        assert next(own.choose(prompt)) == names[place]


def test_transparency_is_kept_where_the_format_has_it(tmp_path: Path) -> None:
    halves((64, 64), "RGBA", (*RED, 255), (0, 0, 0, 0)).save(tmp_path / "logo.png")
    library = ImageLibrary(folder=tmp_path)
    assert is_near(sent(library, "logo.png"), (32, 60), (0, 0, 0, 0))
    assert is_near(sent(library, "logo.png", "image/jpeg"), (32, 60), (255, 255, 255))


def test_a_photo_stands_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x112] = ROTATED
    halves((200, 200)).save(tmp_path / "photo.jpg", exif=exif)
    photo = sent(ImageLibrary(folder=tmp_path), "photo.jpg")
    assert is_near(photo, (60, 32), RED)
    assert is_near(photo, (4, 32), BLUE)


def test_sixteen_bits_become_eight(tmp_path: Path) -> None:
    halves((64, 64), "I;16", 0x4000, 0xC000).save(tmp_path / "grey.png")
    grey = sent(ImageLibrary(folder=tmp_path), "grey.png")
    assert is_near(grey, (32, 4), (64, 64, 64))
    assert is_near(grey, (32, 60), (192, 192, 192))


def encoded(pil_image: Image.Image, image_format: str) -> bytes:
    file = io.BytesIO()
    pil_image.save(file, image_format)
    return file.getvalue()


def huge_png(side: int) -> bytes:
    """A PNG file that states so many pixels in each direction, and has two."""
    header = b"IHDR" + 2 * side.to_bytes(4) + b"\1\0\0\0\0"
    chunk = (len(header) - 4).to_bytes(4) + header + zlib.crc32(header).to_bytes(4)
    return encoded(halves((1, 2)), "PNG")[:8] + chunk + encoded(halves((1, 2)), "PNG")[33:]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.png", b"text", "no PNG, JPEG or WebP"),
        ("a.png", encoded(halves((64, 64)), "TIFF"), "no PNG, JPEG or WebP"),
        ("a.png", encoded(halves((64, 64)), "PNG")[:-20], "an image that cannot be read"),
        ("a.jpg", encoded(halves((64, 64)), "JPEG")[:-20], "an image that cannot be read"),
        ("a.webp", encoded(halves((64, 64)), "WEBP")[:-20], "an image that cannot be read"),
        ("a.png", huge_png(8_500), "8500x8500 pixels"),
        ("a.png", huge_png(60_000), "an image that cannot be read: "),
    ],
    ids=["text", "TIFF", "cut PNG", "cut JPEG", "cut WebP", "72 million pixels", "bomb"],
)
def test_a_file_that_cannot_be_sent_is_named(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SettingsError) as error:
        ImageLibrary(folder=tmp_path)
    assert str(error.value).startswith(f"{tmp_path / name}: ")
    assert words in str(error.value)


def test_a_folder_without_an_image_is_refused(tmp_path: Path) -> None:
    for name in ("notes.txt", ".hidden.png", "a.gif"):
        (tmp_path / name).write_text("no image")
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(SettingsError, match="expected PNG, JPEG or WebP files, found none"):
        ImageLibrary(folder=tmp_path)
    with pytest.raises(SettingsError, match="none: cannot be read: No such file or directory"):
        ImageLibrary(folder=tmp_path / "none")


@pytest.mark.parametrize(
    "content",
    [None, b"text", encoded(halves((64, 64)), "JPEG")[:-20]],
    ids=["gone", "text", "cut"],
)
def test_a_file_that_changes_later_is_named(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "a.jpg"
    halves((64, 64)).save(file)
    library = ImageLibrary(folder=tmp_path)
    file.unlink() if content is None else file.write_bytes(content)
    with pytest.raises(FixtureError, match=r"^a\.jpg: (no PNG|an image that cannot be read)"):
        library.image("a.jpg", (8, 8))


def test_an_added_image_is_there_as_long_as_it_is_kept() -> None:
    library = ImageLibrary()
    data = encoded(halves((64, 64)), "PNG")
    first = library.add(own_image(data, "mine"))
    second = library.add(own_image(data, "mine"))
    assert second is first
    assert is_near(sent(library, "mine"), (32, 4), RED)
    assert "mine" not in library.names
    del first, second
    with pytest.raises(FixtureError, match="no image 'mine'"):
        library.check_name("mine")

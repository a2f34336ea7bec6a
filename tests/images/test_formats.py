"""Images are made as PNG, JPEG or WebP files, whole and stamped, in any size."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from mockserver.errors import FixtureError, ImageError
from mockserver.images import ImageLibrary
from mockserver.images import inspect as imagefile
from mockserver.images.library import FORMATS

each_kind = pytest.mark.parametrize("media_type", FORMATS)


@pytest.fixture(scope="module")
def library() -> ImageLibrary:
    return ImageLibrary()


@each_kind
@pytest.mark.parametrize("size", [(256, 256), (333, 77), (1, 1)])
@pytest.mark.parametrize("text", ["", "1", "12", "x" * 900])
def test_a_stamped_image_is_a_whole_file_of_its_kind(
    library: ImageLibrary, media_type: str, size: tuple[int, int], text: str
) -> None:
    tagged = library.image(library.names[0], size, media_type).tagged({"index": text})
    file = b"".join(tagged.file())
    image = imagefile.inspect(file)
    assert (image.media_type, image.width, image.height) == (media_type, *size)
    assert len(tagged) == len(file)


@each_kind
@pytest.mark.parametrize("text", ["", "1", "12", "123"])
def test_base64_is_laid_end_to_end(library: ImageLibrary, media_type: str, text: str) -> None:
    tagged = library.image(library.names[0], (64, 64), media_type).tagged({"index": text})
    encoded = b"".join(tagged.base64())
    assert base64.b64decode(encoded, validate=True) == b"".join(tagged.file())


@each_kind
def test_a_stamp_can_be_read(library: ImageLibrary, media_type: str) -> None:
    tagged = library.image(library.names[0], (64, 64), media_type).tagged({"model": "mock-1"})
    assert b"model" in tagged.stamp
    assert b"mock-1" in tagged.stamp


@each_kind
def test_a_spoiled_image_cannot_be_drawn(library: ImageLibrary, media_type: str) -> None:
    corrupted = library.image(library.names[0], (64, 64), media_type).corrupted().tagged({})
    with pytest.raises(ImageError):
        imagefile.inspect(b"".join(corrupted.file()))


def test_a_webp_file_says_how_long_it_is(library: ImageLibrary) -> None:
    tagged = library.image(library.names[0], (64, 64), "image/webp").tagged({"index": "0"})
    file = b"".join(tagged.file())
    assert int.from_bytes(file[4:8], "little") == len(file) - 8


def test_large_images_are_not_all_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.images.library._MOST_BYTES", 3_000_000)
    library = ImageLibrary()
    first = library.image(library.names[0], (900, 900))
    assert library.image(library.names[0], (900, 900)) is first
    for name in library.names[1:4]:
        assert library.image(name, (900, 900)).width == 900
    assert library.image(library.names[0], (900, 900)) is not first


def test_a_fixture_whose_file_is_gone_is_named(tmp_path: Path) -> None:
    manifest = (
        '{"images": [{"name": "gone", "prompts": [], "files": '
        '[{"path": "gone.png", "width": 8, "height": 8}]}]}'
    )
    (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(FixtureError, match=r"gone\.png: cannot be read"):
        ImageLibrary(fixtures=tmp_path).image("gone", (4, 4), "image/webp")

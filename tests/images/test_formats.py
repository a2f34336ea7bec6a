"""Images are complete files of each format in any size, tagged where they are PNG files."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from mockserver.errors import FixtureError, ImageError
from mockserver.images import FORMATS, PNG, ImageLibrary
from mockserver.images.inspect import inspect

each_format = pytest.mark.parametrize("media_type", FORMATS)


@pytest.fixture(scope="module")
def library() -> ImageLibrary:
    return ImageLibrary()


@each_format
@pytest.mark.parametrize("size", [(256, 256), (333, 77), (1, 1)])
@pytest.mark.parametrize("text", ["", "1", "12", "x" * 900])
def test_a_tagged_image_is_a_complete_file_of_its_format(
    library: ImageLibrary, media_type: str, size: tuple[int, int], text: str
) -> None:
    tagged = library.image(library.names[0], size, media_type).with_metadata({"index": text})
    file = b"".join(tagged.file())
    image = inspect(file)
    assert (image.media_type, image.width, image.height) == (media_type, *size)
    assert len(tagged) == len(file)


@each_format
@pytest.mark.parametrize("text", ["", "1", "12", "123"])
def test_base64_in_pieces_is_that_of_the_file(
    library: ImageLibrary, media_type: str, text: str
) -> None:
    tagged = library.image(library.names[0], (64, 64), media_type).with_metadata({"index": text})
    encoded = b"".join(tagged.base64())
    assert base64.b64decode(encoded, validate=True) == b"".join(tagged.file())


@each_format
def test_png_files_alone_carry_labels(library: ImageLibrary, media_type: str) -> None:
    image = library.image(library.names[0], (64, 64), media_type)
    metadata = image.with_metadata({"model": "mock-1"}).metadata
    assert (b"model\0mock-1" in metadata) == (media_type == PNG.media_type)


@each_format
def test_a_corrupted_image_cannot_be_decoded(library: ImageLibrary, media_type: str) -> None:
    corrupted = library.image(library.names[0], (64, 64), media_type).corrupted.with_metadata({})
    with pytest.raises(ImageError):
        inspect(b"".join(corrupted.file()))


def test_large_images_are_not_all_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.images.image_library._MAX_DERIVED_BYTES", 3_000_000)
    library = ImageLibrary()
    first = library.image(library.names[0], (900, 900))
    assert library.image(library.names[0], (900, 900)) is first
    for name in library.names[1:4]:
        assert library.image(name, (900, 900)).width == 900
    assert library.image(library.names[0], (900, 900)) is not first


def test_the_error_for_a_missing_fixture_file_names_it(tmp_path: Path) -> None:
    manifest = (
        '{"images": [{"name": "gone", "prompts": [], "files": '
        '[{"path": "gone.png", "width": 8, "height": 8}]}]}'
    )
    (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(
        FixtureError, match=r"gone\.png: an image that cannot be read: No such file"
    ):
        ImageLibrary(fixtures=tmp_path).image("gone", (4, 4), "image/webp")

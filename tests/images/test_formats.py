"""Pictures are made as PNG, JPEG or WebP files, whole and stamped, in any size."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from mockserver.errors import FixtureError, PictureError
from mockserver.images import Gallery
from mockserver.images import inspect as imagefile
from mockserver.images.library import KINDS

each_kind = pytest.mark.parametrize("media_type", KINDS)


@pytest.fixture(scope="module")
def gallery() -> Gallery:
    return Gallery()


@each_kind
@pytest.mark.parametrize("size", [(256, 256), (333, 77), (1, 1)])
@pytest.mark.parametrize("text", ["", "1", "12", "x" * 900])
def test_a_stamped_picture_is_a_whole_file_of_its_kind(
    gallery: Gallery, media_type: str, size: tuple[int, int], text: str
) -> None:
    stamped = gallery.picture(gallery.names[0], size, media_type).stamped({"index": text})
    file = b"".join(stamped.file())
    image = imagefile.inspect(file)
    assert (image.media_type, image.width, image.height) == (media_type, *size)
    assert len(stamped) == len(file)


@each_kind
@pytest.mark.parametrize("text", ["", "1", "12", "123"])
def test_base64_is_laid_end_to_end(gallery: Gallery, media_type: str, text: str) -> None:
    stamped = gallery.picture(gallery.names[0], (64, 64), media_type).stamped({"index": text})
    encoded = b"".join(stamped.base64())
    assert base64.b64decode(encoded, validate=True) == b"".join(stamped.file())


@each_kind
def test_a_stamp_can_be_read(gallery: Gallery, media_type: str) -> None:
    stamped = gallery.picture(gallery.names[0], (64, 64), media_type).stamped({"model": "mock-1"})
    assert b"model" in stamped.stamp
    assert b"mock-1" in stamped.stamp


@each_kind
def test_a_spoiled_picture_cannot_be_drawn(gallery: Gallery, media_type: str) -> None:
    spoiled = gallery.picture(gallery.names[0], (64, 64), media_type).spoiled().stamped({})
    with pytest.raises(PictureError):
        imagefile.inspect(b"".join(spoiled.file()))


def test_a_webp_file_says_how_long_it_is(gallery: Gallery) -> None:
    stamped = gallery.picture(gallery.names[0], (64, 64), "image/webp").stamped({"index": "0"})
    file = b"".join(stamped.file())
    assert int.from_bytes(file[4:8], "little") == len(file) - 8


def test_large_pictures_are_not_all_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.images.library._MOST_BYTES", 3_000_000)
    gallery = Gallery()
    first = gallery.picture(gallery.names[0], (900, 900))
    assert gallery.picture(gallery.names[0], (900, 900)) is first
    for name in gallery.names[1:4]:
        assert gallery.picture(name, (900, 900)).width == 900
    assert gallery.picture(gallery.names[0], (900, 900)) is not first


def test_a_fixture_whose_file_is_gone_is_named(tmp_path: Path) -> None:
    manifest = (
        '{"pictures": [{"name": "gone", "prompts": [], "files": '
        '[{"path": "gone.png", "width": 8, "height": 8}]}]}'
    )
    (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(FixtureError, match=r"gone\.png: cannot be read"):
        Gallery(fixtures=tmp_path).picture("gone", (4, 4), "image/webp")

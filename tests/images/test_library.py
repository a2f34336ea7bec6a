"""The gallery finds each picture in the size that was ordered, cutting what it has not got."""

from __future__ import annotations

import io
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageOps

from mockserver.errors import FixtureError
from mockserver.images import Gallery
from mockserver.strict_json import JSON

COLOURS = {256: (255, 0, 0), 512: (0, 255, 0), 1024: (0, 0, 255)}
WHITE = (255, 255, 255)


def write_manifest(folder: Path, manifest: JSON) -> None:
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.fixture
def fixtures(tmp_path: Path) -> Path:
    """One picture: a white disc on a ground that tells which file it was cut from."""
    for side, colour in COLOURS.items():
        image = Image.new("RGB", (side, side), colour)
        quarter = side // 4
        ImageDraw.Draw(image).ellipse((quarter, quarter, 3 * quarter, 3 * quarter), fill=WHITE)
        image.save(tmp_path / f"disc-{side}.png")
    files = [{"width": s, "height": s, "path": f"disc-{s}.png"} for s in COLOURS]
    write_manifest(tmp_path, {"pictures": [{"name": "disc", "prompts": [], "files": files}]})
    return tmp_path


@pytest.fixture
def gallery(fixtures: Path) -> Gallery:
    return Gallery(fixtures=fixtures)


def look_at(gallery: Gallery, width: int, height: int) -> Image.Image:
    picture = gallery.picture("disc", (width, height))
    assert (picture.width, picture.height) == (width, height)
    with Image.open(io.BytesIO(picture.data)) as image:
        assert image.size == (width, height)
        return image.convert("RGB")


def white_box(image: Image.Image) -> tuple[int, int, int, int]:
    """Where the disc begins and ends: left, top, right, bottom."""
    box = image.convert("L").point(lambda value: 255 * (value > 200)).getbbox()
    assert box
    return box


def test_a_size_of_a_fixture_is_its_own_file(gallery: Gallery, fixtures: Path) -> None:
    for side in COLOURS:
        assert (
            gallery.picture("disc", (side, side)).data
            == (fixtures / f"disc-{side}.png").read_bytes()
        )


@pytest.mark.parametrize(
    ("size", "source"),
    [
        ((100, 60), 256),
        ((256, 255), 256),
        ((257, 100), 512),
        ((300, 512), 512),
        ((513, 10), 1024),
        ((1792, 1024), 1024),
        ((1024, 1792), 1024),
        ((2048, 2048), 1024),
    ],
)
def test_any_other_size_is_cut_from_the_nearest_file(
    gallery: Gallery, size: tuple[int, int], source: int
) -> None:
    image = look_at(gallery, *size)
    colours = {image.getpixel((x, y)) for x in (0, size[0] - 1) for y in (0, size[1] - 1)}
    assert colours <= {COLOURS[source], WHITE}
    assert COLOURS[source] in colours


@pytest.mark.parametrize("size", [(1792, 1024), (1024, 1792), (600, 400), (2048, 2048)])
def test_a_disc_stays_a_disc_in_the_middle(gallery: Gallery, size: tuple[int, int]) -> None:
    left, top, right, bottom = white_box(look_at(gallery, *size))
    assert abs((right - left) - (bottom - top)) <= 2
    assert abs((left + right) - size[0]) <= 4
    assert abs((top + bottom) - size[1]) <= 4


def test_a_wide_picture_is_cropped_above_and_below(gallery: Gallery) -> None:
    left, _, right, _ = white_box(look_at(gallery, 1792, 1024))
    assert abs((right - left) - 1792 / 2) <= 3


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The sizes that are cut, as they are cut."""
    cut: list[object] = []
    real = ImageOps.fit

    def fit(image: Image.Image, size: tuple[int, int], *more: JSON) -> Image.Image:
        cut.append(size)
        return real(image, size, *more)

    monkeypatch.setattr(ImageOps, "fit", fit)
    return cut


def test_a_picture_is_cut_once_however_many_ask_at_once(
    gallery: Gallery, fits: list[object]
) -> None:
    with ThreadPoolExecutor(8) as pool:
        cut = list(pool.map(lambda _: gallery.picture("disc", (300, 200)), range(32)))
    assert all(picture is cut[0] for picture in cut)
    assert fits == [(300, 200)]


def test_a_picture_is_read_once(gallery: Gallery) -> None:
    assert gallery.picture("disc", (256, 256)) is gallery.picture("disc", (256, 256))


def test_the_sizes_used_last_are_kept_and_the_others_let_go(gallery: Gallery) -> None:
    first, second = (gallery.picture("disc", (side, 20)) for side in (10, 11))
    for side in range(12, 42):
        gallery.picture("disc", (side, 20))
        assert gallery.picture("disc", (10, 20)) is first
    gallery.picture("disc", (42, 20))
    assert gallery.picture("disc", (10, 20)) is first
    again = gallery.picture("disc", (11, 20))
    assert again is not second
    assert again.data == second.data


def test_a_picture_that_is_not_there_is_named_with_those_that_are(gallery: Gallery) -> None:
    with pytest.raises(FixtureError, match="no picture 'fox'; expected one of disc"):
        gallery.picture("fox", (256, 256))


def test_a_file_that_has_gone_is_named(gallery: Gallery, fixtures: Path) -> None:
    (fixtures / "disc-256.png").unlink()
    with pytest.raises(FixtureError, match=r"disc-256\.png: cannot be read: No such file"):
        gallery.picture("disc", (256, 256))


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        ([], "TypeError"),
        ({}, "KeyError: 'pictures'"),
        ({"pictures": []}, "expected pictures with a file or more each"),
        ({"pictures": [{"name": "a", "prompts": [], "files": []}]}, "with a file or more each"),
        ({"pictures": [{"name": "a", "files": []}]}, "KeyError: 'prompts'"),
        ({"pictures": [{"name": "a", "prompts": [], "files": [{}]}]}, "KeyError: 'width'"),
        ({"pictures": 5}, "TypeError"),
    ],
)
def test_a_manifest_that_is_not_what_it_must_be_is_refused(
    tmp_path: Path, manifest: JSON, words: str
) -> None:
    write_manifest(tmp_path, manifest)
    with pytest.raises(FixtureError) as caught:
        Gallery(fixtures=tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / 'manifest.json'}: ")
    assert words in str(caught.value)


def test_a_missing_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FixtureError, match="FileNotFoundError"):
        Gallery(fixtures=tmp_path)

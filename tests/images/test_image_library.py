"""The library returns each image in the requested size, resized where no file has it."""

from __future__ import annotations

import io
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from PIL import Image, ImageDraw, ImageOps

from mockserver.errors import FixtureError
from mockserver.images import Image as MockImage
from mockserver.images import ImageFormat, ImageLibrary
from mockserver.strict_json import JSON

COLOURS = {256: (255, 0, 0), 512: (0, 255, 0), 1024: (0, 0, 255)}
WHITE = (255, 255, 255)


def write_manifest(folder: Path, manifest: JSON) -> None:
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.fixture
def fixtures(tmp_path: Path) -> Path:
    """One image: a white disc on a ground whose colour depends on the file's size."""
    for side, colour in COLOURS.items():
        pil_image = Image.new("RGB", (side, side), colour)
        quarter = side // 4
        ImageDraw.Draw(pil_image).ellipse((quarter, quarter, 3 * quarter, 3 * quarter), fill=WHITE)
        pil_image.save(tmp_path / f"disc-{side}.png")
    files = [{"width": s, "height": s, "path": f"disc-{s}.png"} for s in COLOURS]
    write_manifest(tmp_path, {"images": [{"name": "disc", "prompts": [], "files": files}]})
    return tmp_path


@pytest.fixture
def library(fixtures: Path) -> ImageLibrary:
    return ImageLibrary(fixtures=fixtures)


def resized(library: ImageLibrary, width: int, height: int) -> Image.Image:
    image = library.image("disc", (width, height))
    assert (image.width, image.height) == (width, height)
    with Image.open(io.BytesIO(image.data)) as pil_image:
        assert pil_image.size == (width, height)
        return pil_image.convert("RGB")


def white_box(pil_image: Image.Image) -> tuple[int, int, int, int]:
    """Where the disc begins and ends: left, top, right, bottom."""
    box = pil_image.convert("L").point(lambda value: 255 * (value > 200)).getbbox()
    assert box
    return box


def test_who_needs_another_image_does_not_wait(
    library: ImageLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode, begun, released = MockImage.from_pillow, Event(), Event()

    def from_pillow(name: str, pil_image: Image.Image, image_format: ImageFormat) -> MockImage:
        if pil_image.width == 2000:
            begun.set()
            assert released.wait(10)
        return encode(name, pil_image, image_format)

    monkeypatch.setattr(MockImage, "from_pillow", from_pillow)
    with ThreadPoolExecutor(2) as pool:
        slow = [pool.submit(library.image, "disc", (2000, 2000)) for _ in range(2)]
        assert begun.wait(10)
        assert library.image("disc", (300, 300)).width == 300
        assert library.image("disc", (2001, 2001)).width == 2001
        released.set()
        assert slow[0].result() is slow[1].result()


def test_a_fixtures_own_size_is_its_own_file(library: ImageLibrary, fixtures: Path) -> None:
    for side in COLOURS:
        assert (
            library.image("disc", (side, side)).data == (fixtures / f"disc-{side}.png").read_bytes()
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
def test_any_other_size_is_made_from_the_nearest_file(
    library: ImageLibrary, size: tuple[int, int], source: int
) -> None:
    pil_image = resized(library, *size)
    colours = {pil_image.getpixel((x, y)) for x in (0, size[0] - 1) for y in (0, size[1] - 1)}
    assert colours <= {COLOURS[source], WHITE}
    assert COLOURS[source] in colours


@pytest.mark.parametrize("size", [(1792, 1024), (1024, 1792), (600, 400), (2048, 2048)])
def test_a_disc_stays_a_disc_in_the_middle(library: ImageLibrary, size: tuple[int, int]) -> None:
    left, top, right, bottom = white_box(resized(library, *size))
    assert abs((right - left) - (bottom - top)) <= 2
    assert abs((left + right) - size[0]) <= 4
    assert abs((top + bottom) - size[1]) <= 4


def test_a_wide_image_is_cropped_above_and_below(library: ImageLibrary) -> None:
    left, _, right, _ = white_box(resized(library, 1792, 1024))
    assert abs((right - left) - 1792 / 2) <= 3


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The sizes that are cut, as they are cut."""
    cut: list[object] = []
    real = ImageOps.fit

    def fit(pil_image: Image.Image, size: tuple[int, int], *more: JSON) -> Image.Image:
        cut.append(size)
        return real(pil_image, size, *more)

    monkeypatch.setattr(ImageOps, "fit", fit)
    return cut


def test_an_image_is_resized_once_for_concurrent_requests(
    library: ImageLibrary, fits: list[object]
) -> None:
    with ThreadPoolExecutor(8) as pool:
        cut = list(pool.map(lambda _: library.image("disc", (300, 200)), range(32)))
    assert all(image is cut[0] for image in cut)
    assert fits == [(300, 200)]


def test_an_image_is_read_once(library: ImageLibrary) -> None:
    assert library.image("disc", (256, 256)) is library.image("disc", (256, 256))


def test_the_sizes_used_last_are_kept_and_the_others_dropped(library: ImageLibrary) -> None:
    first, second = (library.image("disc", (side, 20)) for side in (10, 11))
    for side in range(12, 42):
        library.image("disc", (side, 20))
        assert library.image("disc", (10, 20)) is first
    library.image("disc", (42, 20))
    assert library.image("disc", (10, 20)) is first
    again = library.image("disc", (11, 20))
    assert again is not second
    assert again.data == second.data


def test_the_error_for_an_unknown_image_names_the_known_ones(library: ImageLibrary) -> None:
    with pytest.raises(FixtureError, match="no image 'fox'; expected one of disc"):
        library.image("fox", (256, 256))


def test_the_error_for_a_missing_file_names_it(library: ImageLibrary, fixtures: Path) -> None:
    (fixtures / "disc-256.png").unlink()
    with pytest.raises(FixtureError, match=r"disc-256\.png: cannot be read: No such file"):
        library.image("disc", (256, 256))

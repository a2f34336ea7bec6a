"""The fixture images are what their manifest lists, and look like real images."""

from __future__ import annotations

import json
from hashlib import sha256
from itertools import combinations
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from mockserver.images.inspect import ImageFile, inspect
from mockserver.paths import FIXTURES
from mockserver.strict_json import JSON
from tests.http import PAGE_PROMPT

IMAGES = json.loads((FIXTURES / "manifest.json").read_text())["images"]
FILES = [file for image in IMAGES for file in image["files"]]
SIDES = {256, 512, 1024}

each_image = pytest.mark.parametrize("image", IMAGES, ids=lambda p: p["name"])
each_file = pytest.mark.parametrize("file", FILES, ids=lambda f: Path(f["path"]).stem)


def largest(image: JSON) -> Image.Image:
    path = next(file["path"] for file in image["files"] if file["width"] == max(SIDES))
    with Image.open(FIXTURES / path) as pil_image:
        return pil_image.convert("RGB")


@each_file
def test_a_file_matches_the_manifest(file: JSON) -> None:
    data = (FIXTURES / file["path"]).read_bytes()
    assert len(data) == file["bytes"]
    assert sha256(data).hexdigest() == file["sha256"]
    assert inspect(data) == ImageFile(file["media_type"], file["width"], file["height"])


@each_file
def test_the_pixels_of_a_file_match_the_manifest(file: JSON) -> None:
    with Image.open(FIXTURES / file["path"]) as pil_image:
        assert sha256(pil_image.convert("RGB").tobytes()).hexdigest() == file["pixels_sha256"]


@each_image
def test_an_image_exists_in_every_documented_size(image: JSON) -> None:
    assert {(file["width"], file["height"]) for file in image["files"]} == {(s, s) for s in SIDES}


@each_image
def test_a_large_image_has_the_file_size_of_a_real_one(image: JSON) -> None:
    (length,) = (file["bytes"] for file in image["files"] if file["width"] == 1024)
    assert 800_000 <= length <= 2_000_000


@each_image
def test_an_image_has_a_description_an_origin_and_a_licence(image: JSON) -> None:
    assert image["licence"] == "MIT"
    assert "git tag image-renderer" in image["origin"]
    assert len(image["description"]) > 20


@each_image
def test_an_image_is_neither_flat_nor_noise(image: JSON) -> None:
    pil_image = largest(image)
    coarse = pil_image.resize((16, 16), Image.Resampling.BOX)
    spread = sum(ImageStat.Stat(coarse).stddev) / 3
    shifted = ImageChops.difference(pil_image, ImageChops.offset(pil_image, 1, 0))
    between_neighbours = sum(ImageStat.Stat(shifted).mean) / 3
    assert spread > 15
    assert between_neighbours < spread / 2


@each_image
def test_the_sizes_of_an_image_show_the_same(image: JSON) -> None:
    full = largest(image)
    for file in image["files"]:
        with Image.open(FIXTURES / file["path"]) as pil_image:
            smaller = full.resize(pil_image.size, Image.Resampling.BOX)
            off = ImageStat.Stat(ImageChops.difference(pil_image.convert("RGB"), smaller)).mean
            assert max(off) < 8, file["path"]


def test_no_two_images_are_alike() -> None:
    for one, other in combinations(map(largest, IMAGES), 2):
        assert max(ImageStat.Stat(ImageChops.difference(one, other)).mean) > 20


def test_there_are_enough_images_and_one_for_the_documented_prompt() -> None:
    assert len(IMAGES) >= 4
    prompted = [image["name"] for image in IMAGES if PAGE_PROMPT in image["prompts"]]
    assert prompted == ["t-rex"]


def test_the_manifest_lists_every_image_file() -> None:
    there = {str(path.relative_to(FIXTURES)) for path in FIXTURES.rglob("*.png")}
    assert there == {file["path"] for file in FILES}


def test_the_fixtures_together_are_small_enough_to_ship() -> None:
    assert sum(f.stat().st_size for f in FIXTURES.rglob("*") if f.is_file()) < 15_000_000

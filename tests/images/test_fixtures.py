"""The fixture pictures are what their manifest says, and real pictures."""

from __future__ import annotations

import json
from hashlib import sha256
from itertools import combinations
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from mockserver.images.inspect import inspect
from mockserver.paths import FIXTURES
from mockserver.strict_json import JSON
from tests.http import PAGE_PROMPT

PICTURES = json.loads((FIXTURES / "manifest.json").read_text())["pictures"]
FILES = [file for picture in PICTURES for file in picture["files"]]
SIDES = {256, 512, 1024}

each_picture = pytest.mark.parametrize("picture", PICTURES, ids=lambda p: p["name"])
each_file = pytest.mark.parametrize("file", FILES, ids=lambda f: Path(f["path"]).stem)


def largest(picture: JSON) -> Image.Image:
    path = next(file["path"] for file in picture["files"] if file["width"] == max(SIDES))
    with Image.open(FIXTURES / path) as image:
        return image.convert("RGB")


@each_file
def test_a_file_is_the_one_that_the_manifest_lists(file: JSON) -> None:
    data = (FIXTURES / file["path"]).read_bytes()
    assert len(data) == file["bytes"]
    assert sha256(data).hexdigest() == file["sha256"]
    image = inspect(data)
    assert (image.media_type, image.width, image.height) == (
        file["media_type"],
        file["width"],
        file["height"],
    )


@each_file
def test_a_files_pixels_are_those_that_the_manifest_lists(file: JSON) -> None:
    with Image.open(FIXTURES / file["path"]) as image:
        assert sha256(image.convert("RGB").tobytes()).hexdigest() == file["pixels_sha256"]


@each_picture
def test_a_picture_is_there_in_every_documented_size(picture: JSON) -> None:
    assert {(file["width"], file["height"]) for file in picture["files"]} == {(s, s) for s in SIDES}


@each_picture
def test_a_large_picture_weighs_what_a_real_one_does(picture: JSON) -> None:
    (weight,) = (file["bytes"] for file in picture["files"] if file["width"] == 1024)
    assert 800_000 <= weight <= 2_000_000


@each_picture
def test_a_picture_is_described_and_free_to_use(picture: JSON) -> None:
    assert picture["licence"] == "MIT"
    assert len(picture["description"]) > 20


@each_picture
def test_a_picture_is_neither_flat_nor_noise(picture: JSON) -> None:
    image = largest(picture)
    coarse = image.resize((16, 16), Image.Resampling.BOX)
    spread = sum(ImageStat.Stat(coarse).stddev) / 3
    shifted = ImageChops.difference(image, ImageChops.offset(image, 1, 0))
    between_neighbours = sum(ImageStat.Stat(shifted).mean) / 3
    assert spread > 15
    assert between_neighbours < spread / 2


@each_picture
def test_the_sizes_of_a_picture_show_the_same(picture: JSON) -> None:
    full = largest(picture)
    for file in picture["files"]:
        with Image.open(FIXTURES / file["path"]) as image:
            smaller = full.resize(image.size, Image.Resampling.BOX)
            off = ImageStat.Stat(ImageChops.difference(image.convert("RGB"), smaller)).mean
            assert max(off) < 8, file["path"]


def test_no_two_pictures_are_alike() -> None:
    for one, other in combinations(map(largest, PICTURES), 2):
        assert max(ImageStat.Stat(ImageChops.difference(one, other)).mean) > 20


def test_there_are_enough_pictures_and_one_is_for_the_pages_prompt() -> None:
    assert len(PICTURES) >= 4
    prompted = [picture["name"] for picture in PICTURES if PAGE_PROMPT in picture["prompts"]]
    assert prompted == ["t-rex"]


def test_the_manifest_lists_every_picture_file() -> None:
    there = {str(path.relative_to(FIXTURES)) for path in FIXTURES.rglob("*.png")}
    assert there == {file["path"] for file in FILES}


def test_the_fixtures_together_are_small_enough_to_ship() -> None:
    assert sum(f.stat().st_size for f in FIXTURES.rglob("*") if f.is_file()) < 15_000_000

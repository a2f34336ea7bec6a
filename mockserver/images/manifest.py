"""What ``fixtures/manifest.json`` lists: the images, their sizes and their files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mockserver.errors import FixtureError
from mockserver.strict_json import JSON, parse

__all__ = ["Fixture", "Size", "read_manifest"]

Size = tuple[int, int]
"""Width and height in pixels."""


@dataclass(frozen=True, slots=True)
class Fixture:
    """One image of the gallery: its name, the prompts that it was made for, its file by size."""

    name: str
    prompts: tuple[str, ...]
    files: Mapping[Size, Path]


def read_manifest(fixtures: Path) -> list[Fixture]:
    """Read the manifest of a fixtures folder, the files themselves not yet.

    :raises FixtureError: when it is missing, or not what it must be.
    """
    file = fixtures / "manifest.json"
    try:
        listed = parse(file.read_bytes())["images"]
        images = [_fixture(entry, fixtures) for entry in listed]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FixtureError(f"{file}: {type(error).__name__}: {error}") from None
    if not images or not all(image.files for image in images):
        raise FixtureError(f"{file}: expected images with a file or more each")
    return images


def _fixture(entry: JSON, fixtures: Path) -> Fixture:
    files = {(f["width"], f["height"]): fixtures / f["path"] for f in entry["files"]}
    return Fixture(entry["name"], tuple(entry["prompts"]), files)

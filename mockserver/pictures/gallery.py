"""Choose pictures by prompt, and find each one in the size that was ordered."""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Iterator
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import TypeVar

from mockserver.errors import FixtureError
from mockserver.paths import FIXTURES
from mockserver.pictures.jpeg import JPEGPicture
from mockserver.pictures.manifest import Fixture, Size, read_manifest
from mockserver.pictures.picture import Picture

__all__ = ["Gallery", "digest_of"]

P = TypeVar("P", bound=Picture)

_MOST_DERIVED = 32
"""How many pictures in sizes of their own are kept at a time, about 2 MB each."""


def digest_of(prompt: str) -> str:
    """Give the SHA-256 of a prompt, in hexadecimal."""
    return sha256(prompt.encode()).hexdigest()


class Gallery:
    """The fixture pictures, read from disk when first wanted and then kept.

    :param seed: which picture a prompt begins with.
    :param fixtures: the folder with ``manifest.json``.
    :raises FixtureError: when the manifest, or later a file, is not what it must be.
    """

    def __init__(self, seed: int = 0, fixtures: Path = FIXTURES) -> None:
        self._seed = seed
        self._fixtures = {fixture.name: fixture for fixture in read_manifest(fixtures)}
        self._kept: dict[tuple[str, Size], Picture] = {}
        self._jpegs: OrderedDict[tuple[str, Size], JPEGPicture] = OrderedDict()
        self._derived: OrderedDict[tuple[str, Size], Picture] = OrderedDict()
        self._lock = Lock()

    @cached_property
    def names(self) -> list[str]:
        """Name every picture, in the manifest's order."""
        return list(self._fixtures)

    @cached_property
    def _by_prompt(self) -> dict[str, int]:
        fixtures = enumerate(self._fixtures.values())
        return {prompt: i for i, fixture in fixtures for prompt in fixture.prompts}

    def choose(self, prompt: str) -> Iterator[str]:
        """Name pictures for a prompt without end; the first ones differ from each other.

        A prompt that a picture was made for begins with that picture; any other begins with one
        that its digest and the seed pick.
        """
        first = self._by_prompt.get(prompt)
        if first is None:
            first = int(digest_of(f"{self._seed}:{prompt}")[:8], 16)
        while True:
            yield self.names[first % len(self.names)]
            first += 1

    def picture(self, name: str, size: Size) -> Picture:
        """Give a picture in a size: a fixture's own file, or one cut from the nearest.

        :raises FixtureError: when there is no such picture, or its file is gone.
        """
        if kept := self._kept.get((name, size)):
            return kept
        fixture = self._fixtures.get(name)
        if fixture is None:
            raise FixtureError(f"no picture {name!r}; expected one of {', '.join(self.names)}")
        if size in fixture.files:
            return self._kept.setdefault((name, size), _read(fixture, size))
        return self._derive(fixture, size)

    def jpeg(self, name: str, size: Size) -> JPEGPicture:
        """Give a picture in a size as a JPEG file, encoded once and then kept.

        :raises FixtureError: when there is no such picture, or its file is gone.
        """
        source = self.picture(name, size)
        with self._lock:
            if (name, size) not in self._jpegs:
                self._jpegs[name, size] = JPEGPicture.of(source)
            return _kept(self._jpegs, (name, size))

    def _derive(self, fixture: Fixture, size: Size) -> Picture:
        key = (fixture.name, size)
        with self._lock:
            if key not in self._derived:
                self._derived[key] = _cut(fixture, size)
            return _kept(self._derived, key)


def _kept(pictures: OrderedDict[tuple[str, Size], P], key: tuple[str, Size]) -> P:
    """Give a picture, and let go of the one that was wanted the longest ago if they are many."""
    pictures.move_to_end(key)
    if len(pictures) > _MOST_DERIVED:
        pictures.popitem(last=False)
    return pictures[key]


def _read(fixture: Fixture, size: Size) -> Picture:
    file = fixture.files[size]
    try:
        return Picture(fixture.name, *size, file.read_bytes())
    except OSError as error:
        raise FixtureError(f"{file}: cannot be read: {error.strerror}") from None


def _nearest(fixture: Fixture, size: Size) -> Size:
    """Pick the smallest file that need not be enlarged, else the largest there is."""
    enough = [s for s in fixture.files if s[0] >= size[0] and s[1] >= size[1]]
    return min(enough) if enough else max(fixture.files)


def _cut(fixture: Fixture, size: Size) -> Picture:
    # Pillow costs a third of the start-up time, and the documented sizes do without it.
    from PIL import Image, ImageOps

    with Image.open(fixture.files[_nearest(fixture, size)]) as source:
        fitted = ImageOps.fit(source.convert("RGB"), size, Image.Resampling.LANCZOS)
    file = io.BytesIO()
    fitted.save(file, "PNG")
    return Picture(fixture.name, *size, file.getvalue())

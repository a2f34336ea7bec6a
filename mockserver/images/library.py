"""Choose pictures by prompt, and find each one in the size that was ordered."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, TypeAlias

from mockserver.errors import FixtureError
from mockserver.images.image import Picture
from mockserver.images.jpeg import JPEGPicture
from mockserver.images.manifest import Fixture, Size, read_manifest
from mockserver.images.webp import WebPPicture
from mockserver.paths import FIXTURES

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["KINDS", "Gallery", "digest_of"]

KINDS: Mapping[str, type[Picture]] = {
    kind.media_type: kind for kind in (Picture, JPEGPicture, WebPPicture)
}
"""What pictures are made as, by media type."""

_Key: TypeAlias = tuple[str, Size, str]
"""A picture's name, size and media type."""

_MOST_DERIVED = 32
_MOST_BYTES = 64 * 1024 * 1024
"""How many pictures that no fixture is, and of how many bytes, are kept at a time."""


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
        self._kept: dict[_Key, Picture] = {}
        self._derived: OrderedDict[_Key, Picture] = OrderedDict()
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

    def picture(self, name: str, size: Size, media_type: str = Picture.media_type) -> Picture:
        """Give a picture in a size: a fixture's own file, or one made from the nearest.

        :param media_type: one of :data:`KINDS`.
        :raises FixtureError: when there is no such picture, or its file is gone.
        """
        if kept := self._kept.get((name, size, media_type)):
            return kept
        fixture = self._fixtures.get(name)
        if fixture is None:
            raise FixtureError(f"no picture {name!r}; expected one of {', '.join(self.names)}")
        if media_type == Picture.media_type and size in fixture.files:
            return self._kept.setdefault((name, size, media_type), _read(fixture, size))
        return self._derive(fixture, size, media_type)

    def _derive(self, fixture: Fixture, size: Size, media_type: str) -> Picture:
        key = (fixture.name, size, media_type)
        with self._lock:
            if key not in self._derived:
                self._derived[key] = KINDS[media_type].drawn(fixture.name, _fitted(fixture, size))
            self._derived.move_to_end(key)
            picture = self._derived[key]
            self._let_go()
            return picture

    def _let_go(self) -> None:
        """Forget what was wanted the longest ago, if it is much."""
        held = sum(len(picture.data) for picture in self._derived.values())
        while len(self._derived) > _MOST_DERIVED or held > _MOST_BYTES:
            _, picture = self._derived.popitem(last=False)
            held -= len(picture.data)


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


def _fitted(fixture: Fixture, size: Size) -> Image.Image:
    # Pillow costs a third of the start-up time, and the documented sizes do without it.
    from PIL import Image, ImageOps

    file = fixture.files[_nearest(fixture, size)]
    try:
        with Image.open(file) as source:
            return ImageOps.fit(source.convert("RGB"), size, Image.Resampling.LANCZOS)
    except OSError as error:
        raise FixtureError(f"{file}: cannot be read: {error.strerror or error}") from None

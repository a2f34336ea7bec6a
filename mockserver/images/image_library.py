"""Choose images by prompt, and return each one in the requested size and format."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, TypeAlias

from mockserver.errors import FixtureError
from mockserver.images.image import FORMATS, PNG, Image, Size
from mockserver.paths import FIXTURES
from mockserver.strict_json import parse

if TYPE_CHECKING:
    from PIL import Image as PILImage

__all__ = ["ImageLibrary", "digest_of"]

_Key: TypeAlias = tuple[str, Size, str]
"""An image's name, size and media type."""

_MAX_DERIVED = 32
_MAX_DERIVED_BYTES = 64 * 1024 * 1024
"""How many images that are no fixture's own file are kept, and how many bytes of them."""

_LARGE = 1024 * 1024
_LARGE_AT_ONCE = 2
"""How many images of more pixels than that are made at once: each takes up to 100 MB meanwhile."""


@dataclass(frozen=True, slots=True)
class _Fixture:
    """A fixture image: its name, the prompts that it was drawn for, and its files by size."""

    name: str
    prompts: tuple[str, ...]
    files: Mapping[Size, Path]


def digest_of(prompt: str) -> str:
    """Return the SHA-256 of a prompt, in hexadecimal."""
    return sha256(prompt.encode()).hexdigest()


class ImageLibrary:
    """The fixture images. Each is read from disk on first use and then kept.

    :param seed: decides which image a prompt begins with.
    :param fixtures: the folder with ``manifest.json``.
    :raises FixtureError: when the manifest, or later a file, is not what it must be.
    """

    def __init__(self, seed: int = 0, fixtures: Path = FIXTURES) -> None:
        self._seed = seed
        self._fixtures = {fixture.name: fixture for fixture in _read_manifest(fixtures)}
        self._kept: dict[_Key, Image] = {}
        self._derived: OrderedDict[_Key, Image] = OrderedDict()
        self._being_made: dict[_Key, Lock] = {}
        self._lock = Lock()
        self._turns = BoundedSemaphore(_LARGE_AT_ONCE)

    @cached_property
    def names(self) -> list[str]:
        """The names of all images, in the manifest's order."""
        return list(self._fixtures)

    @cached_property
    def _by_prompt(self) -> dict[str, int]:
        fixtures = enumerate(self._fixtures.values())
        return {prompt: i for i, fixture in fixtures for prompt in fixture.prompts}

    def choose(self, prompt: str) -> Iterator[str]:
        """Yield names of images for a prompt without end; the first ones all differ.

        A prompt that an image was drawn for begins with that image. Any other begins with one
        that its digest and the seed pick.
        """
        first = self._by_prompt.get(prompt)
        if first is None:
            first = int(digest_of(f"{self._seed}:{prompt}")[:8], 16)
        while True:
            yield self.names[first % len(self.names)]
            first += 1

    def image(self, name: str, size: Size, media_type: str = PNG.media_type) -> Image:
        """Return an image in a size: a fixture's own file, or one made from the nearest.

        :param media_type: a key of :data:`mockserver.images.FORMATS`.
        :raises FixtureError: when there is no such image, or its file is missing.
        """
        key = (name, size, media_type)
        if kept := self._kept.get(key):
            return kept
        fixture = self._fixtures.get(name)
        if fixture is None:
            raise FixtureError(f"no image {name!r}; expected one of {', '.join(self.names)}")
        if media_type == PNG.media_type and size in fixture.files:
            return self._kept.setdefault(key, _read(fixture, size))
        return self._derive(fixture, key)

    def _derive(self, fixture: _Fixture, key: _Key) -> Image:
        with self._lock:
            making = self._being_made.setdefault(key, Lock())
        with making:  # who needs another image does not wait
            image = self._derived.get(key) or self._make(fixture, key)
            with self._lock:
                self._derived[key] = image
                self._derived.move_to_end(key)
                self._evict()
                self._being_made.pop(key, None)
        return image

    def _make(self, fixture: _Fixture, key: _Key) -> Image:
        name, size, media_type = key
        with self._turns if size[0] * size[1] > _LARGE else nullcontext():
            return Image.from_pillow(name, _fitted(fixture, size), FORMATS[media_type])

    def _evict(self) -> None:
        """Drop the least recently used images beyond the limits."""
        held = sum(len(image.data) for image in self._derived.values())
        while len(self._derived) > _MAX_DERIVED or held > _MAX_DERIVED_BYTES:
            _, image = self._derived.popitem(last=False)
            held -= len(image.data)


def _read_manifest(fixtures: Path) -> list[_Fixture]:
    file = fixtures / "manifest.json"
    try:
        listed = parse(file.read_bytes())["images"]
        images = [
            _Fixture(
                entry["name"],
                tuple(entry["prompts"]),
                {(f["width"], f["height"]): fixtures / f["path"] for f in entry["files"]},
            )
            for entry in listed
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FixtureError(f"{file}: {type(error).__name__}: {error}") from None
    if not images or not all(image.files for image in images):
        raise FixtureError(f"{file}: expected images with a file or more each")
    return images


def _read(fixture: _Fixture, size: Size) -> Image:
    file = fixture.files[size]
    try:
        return Image(fixture.name, *size, file.read_bytes())
    except OSError as error:
        raise FixtureError(f"{file}: cannot be read: {error.strerror}") from None


def _fitted(fixture: _Fixture, size: Size) -> PILImage.Image:
    """Return the smallest file that is large enough, else the largest, in a size."""
    # Importing Pillow takes a third of the start-up time; the documented sizes do not need it.
    from PIL import Image as PILImage
    from PIL import ImageOps

    enough = [s for s in fixture.files if s[0] >= size[0] and s[1] >= size[1]]
    file = fixture.files[min(enough) if enough else max(fixture.files)]
    # An enlarged image repeats its pixels: smoothing them takes four times as long, and no client
    # needs it.
    filtered = PILImage.Resampling.LANCZOS if enough else PILImage.Resampling.BOX
    try:
        with PILImage.open(file) as source:
            return ImageOps.fit(source.convert("RGB"), size, filtered)
    except OSError as error:
        raise FixtureError(f"{file}: cannot be read: {error.strerror or error}") from None

"""Choose images by prompt, and find each one in the size that was ordered."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, TypeAlias

from mockserver.errors import FixtureError
from mockserver.images.image import Image
from mockserver.images.jpeg import JPEGImage
from mockserver.images.manifest import Fixture, Size, read_manifest
from mockserver.images.webp import WebPImage
from mockserver.paths import FIXTURES

if TYPE_CHECKING:
    from PIL import Image as PILImage

__all__ = ["FORMATS", "ImageLibrary", "digest_of"]

FORMATS: Mapping[str, type[Image]] = {
    kind.media_type: kind for kind in (Image, JPEGImage, WebPImage)
}
"""What images are made as, by media type."""

_Key: TypeAlias = tuple[str, Size, str]
"""An image's name, size and media type."""

_MOST_DERIVED = 32
_MOST_BYTES = 64 * 1024 * 1024
"""How many images that no fixture is, and of how many bytes, are kept at a time."""


def digest_of(prompt: str) -> str:
    """Give the SHA-256 of a prompt, in hexadecimal."""
    return sha256(prompt.encode()).hexdigest()


class ImageLibrary:
    """The fixture images, read from disk when first wanted and then kept.

    :param seed: which image a prompt begins with.
    :param fixtures: the folder with ``manifest.json``.
    :raises FixtureError: when the manifest, or later a file, is not what it must be.
    """

    def __init__(self, seed: int = 0, fixtures: Path = FIXTURES) -> None:
        self._seed = seed
        self._fixtures = {fixture.name: fixture for fixture in read_manifest(fixtures)}
        self._kept: dict[_Key, Image] = {}
        self._derived: OrderedDict[_Key, Image] = OrderedDict()
        self._lock = Lock()

    @cached_property
    def names(self) -> list[str]:
        """Name every image, in the manifest's order."""
        return list(self._fixtures)

    @cached_property
    def _by_prompt(self) -> dict[str, int]:
        fixtures = enumerate(self._fixtures.values())
        return {prompt: i for i, fixture in fixtures for prompt in fixture.prompts}

    def choose(self, prompt: str) -> Iterator[str]:
        """Name images for a prompt without end; the first ones differ from each other.

        A prompt that an image was made for begins with that image; any other begins with one
        that its digest and the seed pick.
        """
        first = self._by_prompt.get(prompt)
        if first is None:
            first = int(digest_of(f"{self._seed}:{prompt}")[:8], 16)
        while True:
            yield self.names[first % len(self.names)]
            first += 1

    def image(self, name: str, size: Size, media_type: str = Image.media_type) -> Image:
        """Give an image in a size: a fixture's own file, or one made from the nearest.

        :param media_type: one of :data:`KINDS`.
        :raises FixtureError: when there is no such image, or its file is gone.
        """
        if kept := self._kept.get((name, size, media_type)):
            return kept
        fixture = self._fixtures.get(name)
        if fixture is None:
            raise FixtureError(f"no image {name!r}; expected one of {', '.join(self.names)}")
        if media_type == Image.media_type and size in fixture.files:
            return self._kept.setdefault((name, size, media_type), _read(fixture, size))
        return self._derive(fixture, size, media_type)

    def _derive(self, fixture: Fixture, size: Size, media_type: str) -> Image:
        key = (fixture.name, size, media_type)
        with self._lock:
            if key not in self._derived:
                self._derived[key] = FORMATS[media_type].from_pillow(
                    fixture.name, _fitted(fixture, size)
                )
            self._derived.move_to_end(key)
            image = self._derived[key]
            self._let_go()
            return image

    def _let_go(self) -> None:
        """Forget what was wanted the longest ago, if it is much."""
        held = sum(len(image.data) for image in self._derived.values())
        while len(self._derived) > _MOST_DERIVED or held > _MOST_BYTES:
            _, image = self._derived.popitem(last=False)
            held -= len(image.data)


def _read(fixture: Fixture, size: Size) -> Image:
    file = fixture.files[size]
    try:
        return Image(fixture.name, *size, file.read_bytes())
    except OSError as error:
        raise FixtureError(f"{file}: cannot be read: {error.strerror}") from None


def _nearest(fixture: Fixture, size: Size) -> Size:
    """Pick the smallest file that need not be enlarged, else the largest there is."""
    enough = [s for s in fixture.files if s[0] >= size[0] and s[1] >= size[1]]
    return min(enough) if enough else max(fixture.files)


def _fitted(fixture: Fixture, size: Size) -> PILImage.Image:
    # Pillow costs a third of the start-up time, and the documented sizes do without it.
    from PIL import Image as PILImage
    from PIL import ImageOps

    file = fixture.files[_nearest(fixture, size)]
    try:
        with PILImage.open(file) as source:
            return ImageOps.fit(source.convert("RGB"), size, PILImage.Resampling.LANCZOS)
    except OSError as error:
        raise FixtureError(f"{file}: cannot be read: {error.strerror or error}") from None

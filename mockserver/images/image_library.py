"""Choose images by prompt, and return each one in the requested size and format."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import nullcontext
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import TypeAlias
from weakref import WeakValueDictionary

from mockserver.errors import FixtureError
from mockserver.images.image import FORMATS, PNG, Image, Size
from mockserver.images.source_image import SourceImage, read_folder, read_manifest
from mockserver.paths import FIXTURES

_Key: TypeAlias = tuple[str, Size, str]
"""An image's name, size and media type."""

_MAX_DERIVED = 32
_MAX_DERIVED_BYTES = 64 * 1024 * 1024
"""How many images that are no fixture's own file are kept, and how many bytes of them."""

_LARGE = 1024 * 1024
_LARGE_AT_ONCE = 2
"""How many images of more pixels than that are made at once: each takes up to 100 MB meanwhile, and
one that is made from a large file of a user up to 500 MB."""

_MAX_NAMED = 6
"""How many images the error for an unknown one names."""


def digest_of(prompt: str) -> str:
    """Return the SHA-256 of a prompt, in hexadecimal."""
    return sha256(prompt.encode()).hexdigest()


class ImageLibrary:
    """The images that responses are made of. Each is read from disk on first use.

    :param seed: decides which image a prompt begins with.
    :param folder: holds images in place of the shipped ones.
    :param fixtures: the folder with ``manifest.json``.
    :raises SettingsError: when there is no such folder, no image in it, or a broken one.
    """

    def __init__(
        self, seed: int = 0, folder: Path | None = None, fixtures: Path = FIXTURES
    ) -> None:
        self._seed = seed
        sources = read_manifest(fixtures) if folder is None else read_folder(folder)
        self._sources = {source.name: source for source in sources}
        self._added: WeakValueDictionary[str, SourceImage] = WeakValueDictionary()
        self._kept: dict[_Key, Image] = {}
        self._derived: OrderedDict[_Key, Image] = OrderedDict()
        self._being_made: dict[_Key, Lock] = {}
        self._lock = Lock()
        self._turns = BoundedSemaphore(_LARGE_AT_ONCE)

    @cached_property
    def names(self) -> list[str]:
        """The names of all images that a prompt can get, in their order."""
        return list(self._sources)

    @cached_property
    def _by_prompt(self) -> dict[str, int]:
        sources = enumerate(self._sources.values())
        return {prompt: i for i, source in sources for prompt in source.prompts}

    def add(self, source: SourceImage) -> SourceImage:
        """Add an image that no prompt gets by itself, for as long as the caller keeps it.

        :returns: the image to keep: an earlier one of the same name, or this one.
        """
        with self._lock:
            return self._added.setdefault(source.name, source)

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
        """Return an image in a size: a shipped file, or one made from the nearest.

        :param media_type: a key of :data:`mockserver.images.FORMATS`.
        :raises FixtureError: when there is no such image, or its file cannot be read.
        """
        key = (name, size, media_type)
        if kept := self._kept.get(key):
            return kept
        source = self._source(name)
        if source.is_shipped and media_type == PNG.media_type and size in source.files:
            return self._kept.setdefault(key, source.own_file(size))
        return self._derive(source, key)

    def check_name(self, name: str) -> None:
        """Raise FixtureError, which names some images, when there is none of this name."""
        self._source(name)

    def _source(self, name: str) -> SourceImage:
        source = self._sources.get(name) or self._added.get(name)
        if source is None:
            more = ", …" if len(self.names) > _MAX_NAMED else ""
            expected = ", ".join(self.names[:_MAX_NAMED]) + more
            raise FixtureError(f"no image {name!r}; expected one of {expected}")
        return source

    def _derive(self, source: SourceImage, key: _Key) -> Image:
        with self._lock:
            making = self._being_made.setdefault(key, Lock())
        with making:  # who needs another image does not wait
            image = self._derived.get(key) or self._make(source, key)
            with self._lock:
                self._derived[key] = image
                self._derived.move_to_end(key)
                self._evict()
                self._being_made.pop(key, None)
        return image

    def _make(self, source: SourceImage, key: _Key) -> Image:
        name, size, media_type = key
        image_format = FORMATS[media_type]
        is_large = max(size[0] * size[1], source.largest) > _LARGE
        with self._turns if is_large else nullcontext():
            return Image.from_pillow(name, source.fitted(size, image_format), image_format)

    def _evict(self) -> None:
        """Drop the least recently used images beyond the limits."""
        held = sum(len(image.data) for image in self._derived.values())
        while len(self._derived) > _MAX_DERIVED or held > _MAX_DERIVED_BYTES:
            _, image = self._derived.popitem(last=False)
            held -= len(image.data)

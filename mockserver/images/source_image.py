"""The images that every sent one is made from: the shipped ones, and a user's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mockserver.errors import FixtureError, ImageError, SettingsError
from mockserver.images.image import JPEG, Image, ImageFormat, Size
from mockserver.images.inspect import opened
from mockserver.strict_json import parse

if TYPE_CHECKING:
    from PIL import Image as PILImage

_EXTENSIONS = {".png", ".jpg", ".jpeg", ".webp"}
_FORMATS = ("PNG", "JPEG", "WebP")


@dataclass(frozen=True, slots=True, weakref_slot=True)
class SourceImage:
    """An image that others are made from.

    :ivar files: its files by size; bytes are a file in memory.
    :ivar prompts: the prompts that it was drawn for.
    :ivar is_shipped: whether its files are PNG files that are sent as they are.
    """

    name: str
    files: Mapping[Size, Path | bytes]
    prompts: tuple[str, ...] = ()
    is_shipped: bool = False

    @property
    def largest(self) -> int:
        """The pixels of its largest file."""
        return max(width * height for width, height in self.files)

    def own_file(self, size: Size) -> Image:
        """Return one of its files as it is.

        :raises FixtureError: when it cannot be read.
        """
        file = self.files[size]
        try:
            return Image(self.name, *size, file if isinstance(file, bytes) else file.read_bytes())
        except OSError as error:
            raise self._unreadable(file, f"cannot be read: {error.strerror}") from None

    def fitted(self, size: Size, image_format: ImageFormat) -> PILImage.Image:
        """Return the smallest file that is large enough, else the largest, in a size.

        :raises FixtureError: when it cannot be read.
        """
        from PIL import Image as PILImage
        from PIL import ImageOps

        enough = [s for s in self.files if s[0] >= size[0] and s[1] >= size[1]]
        file = self.files[min(enough) if enough else max(self.files)]
        # An enlarged image repeats its pixels: smoothing them takes four times as long, and no
        # client needs it.
        filtered = PILImage.Resampling.LANCZOS if enough else PILImage.Resampling.BOX
        try:
            with opened(file, _FORMATS) as source:
                source.draft("RGB", (max(size), max(size)))  # decodes no more of a JPEG than needed
                ImageOps.exif_transpose(source, in_place=True)
                return _flat(ImageOps.fit(_in_colour(source), size, filtered), image_format)
        except ImageError as error:
            raise self._unreadable(file, str(error)) from None

    def _unreadable(self, file: Path | bytes, reason: str) -> FixtureError:
        return FixtureError(f"{self.name if isinstance(file, bytes) else file.name}: {reason}")


def _in_colour(source: PILImage.Image) -> PILImage.Image:
    """Return an image in RGB, with its transparency where it has any."""
    if source.mode == "I;16":  # Pillow would cut each value to 255
        source = source.point(lambda value: value / 256).convert("L")
    mode = "RGBA" if source.has_transparency_data else "RGB"
    return source if source.mode == mode else source.convert(mode)


def _flat(pil_image: PILImage.Image, image_format: ImageFormat) -> PILImage.Image:
    """Return an image that a format can hold: JPEG gets white where the image is transparent."""
    if image_format is not JPEG or pil_image.mode == "RGB":
        return pil_image
    from PIL import Image as PILImage

    white = PILImage.new("RGBA", pil_image.size, "white")
    return PILImage.alpha_composite(white, pil_image).convert("RGB")


def read_manifest(fixtures: Path) -> list[SourceImage]:
    """Return the shipped images.

    :param fixtures: the folder with ``manifest.json``.
    """
    return [
        SourceImage(
            entry["name"],
            {(f["width"], f["height"]): fixtures / f["path"] for f in entry["files"]},
            tuple(entry["prompts"]),
            is_shipped=True,
        )
        for entry in parse((fixtures / "manifest.json").read_bytes())["images"]
    ]


def read_folder(folder: Path) -> list[SourceImage]:
    """Return the images in a folder: its PNG, JPEG and WebP files, by name.

    Other files, hidden ones and folders inside it are ignored.

    :raises SettingsError: when there is no such folder, no image in it, or a broken one.
    """
    try:
        files = sorted(file for file in folder.iterdir() if _is_image_name(file))
    except OSError as error:
        raise SettingsError(f"{folder}: cannot be read: {error.strerror}") from None
    if not files:
        raise SettingsError(f"{folder}: expected PNG, JPEG or WebP files, found none")
    return [read_own_file(file, file.name) for file in files]


def _is_image_name(file: Path) -> bool:
    return file.suffix.lower() in _EXTENSIONS and not file.name.startswith(".") and file.is_file()


def read_own_file(file: Path, name: str) -> SourceImage:
    """Return the image in a file, which is checked now and read when it is sent.

    :raises SettingsError: naming the file, when it is not a complete PNG, JPEG or WebP image.
    """
    try:
        return own_image(file, name)
    except ImageError as error:
        raise SettingsError(f"{file}: {error}") from None


def own_image(file: Path | bytes, name: str) -> SourceImage:
    """Return the image in a file, or in the bytes of one.

    :raises ImageError: when it is not a complete PNG, JPEG or WebP image.
    """
    with opened(file, _FORMATS) as source:
        size = source.size
        if source.format == "JPEG":  # it has no checksums; an eighth of its size is decoded fast
            source.draft("RGB", (1, 1))
            source.load()
        else:
            source.verify()
    return SourceImage(name, {size: file})

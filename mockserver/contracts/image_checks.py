"""The checks of a response that no schema can express: its images are the requested ones."""

from __future__ import annotations

import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from mockserver.contracts.exchange import RESPONSE_BODY, Response
from mockserver.contracts.finding import Finding, Level, child, quote
from mockserver.contracts.image_request import ImageRequest
from mockserver.contracts.response_shape import ArrayShape, Leaf, ObjectShape, Shape
from mockserver.errors import ImageError
from mockserver.images.inspect import inspect, media_type
from mockserver.strict_json import JSON


def image_links(shape: Shape, body: JSON) -> list[str]:
    """Return the links to images in a response's body."""
    return [
        value
        for _, placeholder, value in leaves(shape, body, "")
        if placeholder == "image.url" and isinstance(value, str)
    ]


@dataclass(frozen=True, slots=True)
class ImageChecks:
    """The checks of one response.

    :ivar shape: the shape of the contract's response.
    :ivar arguments: the request's fields, defaults applied.
    :ivar downloads: what the links led to, by URL, as in an exchange.
    :ivar decode_images: whether to decode the images in the body.
    """

    shape: Shape
    arguments: Mapping[str, Any]
    image_request: ImageRequest
    downloads: Mapping[str, Response | str]
    decode_images: bool

    def findings(self, body: JSON) -> Iterator[Finding]:
        """Check a response's parsed body."""
        count = self.image_request.count
        for at, items in _image_arrays(self.shape, body, RESPONSE_BODY):
            if len(items) != count:
                yield _finding(at, "count", f"{count} images, as requested", str(len(items)))
        for at, placeholder, value in leaves(self.shape, body, RESPONSE_BODY):
            yield from self._check(at, placeholder, value)

    def _check(self, at: str, placeholder: str, value: JSON) -> Iterator[Finding]:
        if placeholder.startswith("request."):
            yield from self._echo(at, placeholder.removeprefix("request."), value)
        elif placeholder == "image.base64" and isinstance(value, str) and self.decode_images:
            yield from self._base64(at, value)
        elif placeholder == "image.url" and isinstance(value, str):
            yield from self._link(at, value)

    def _echo(self, at: str, field: str, value: JSON) -> Iterator[Finding]:
        sent = self.arguments.get(field)
        if value != sent or isinstance(value, bool) != isinstance(sent, bool):
            yield _finding(at, "echo", f"{quote(sent)}, as the request's {field}", quote(value))

    def _base64(self, at: str, value: str) -> Iterator[Finding]:
        try:
            data = binascii.a2b_base64(value, strict_mode=True)
        except ValueError as error:
            expected = "base64 without breaks (RFC 4648)"
            yield _finding(at, "base64", expected, f"{quote(value)}: {error}")
        else:
            yield from self._image(at, data)

    def _image(self, at: str, data: bytes) -> Iterator[Finding]:
        requested = self.image_request
        try:
            image = inspect(data)
        except ImageError as error:
            received = f"{len(data)} bytes: {error}"
            yield _finding(at, "image", "a complete PNG, JPEG, WebP or TIFF", received)
            return
        if (image.width, image.height) != (requested.width, requested.height):
            expected = f"{requested.width}x{requested.height} pixels, as requested"
            yield _finding(at, "image-size", expected, f"{image.width}x{image.height}")
        if requested.media_type and image.media_type != requested.media_type:
            expected = f"{requested.media_type}, as requested"
            yield _finding(at, "image-format", expected, image.media_type)

    def _link(self, at: str, url: str) -> Iterator[Finding]:
        if not _is_absolute(url):
            yield _finding(at, "absolute-url", "an absolute http or https URL", quote(url))
        download = self.downloads.get(url)
        if isinstance(download, str):
            yield _finding(at, "download", "an image at the link", f"no response: {download}")
        elif download and download.status != 200:
            expected = "an image at the link, status 200"
            yield _finding(at, "download", expected, f"status {download.status}")
        elif download:
            yield from self._download(at, download)

    def _download(self, at: str, download: Response) -> Iterator[Finding]:
        length = download.headers.get("content-length")
        if length is not None and length != str(len(download.body)):
            received = f"{len(download.body)} bytes"
            expected = f"{length} bytes, as Content-Length says"
            yield _finding(at, "content-length", expected, received)
        yield from self._image(at, download.body)
        actual = media_type(download.body)
        if actual and actual != download.media_type:
            expected = f"Content-Type {actual}"
            yield _finding(at, "content-type", expected, quote(download.media_type))


def _is_absolute(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)


def _finding(at: str, rule: str, expected: str, received: str) -> Finding:
    return Finding(Level.SEMANTIC, at, rule, expected, received)


def leaves(shape: Shape, value: JSON, at: str) -> Iterator[tuple[str, str, Any]]:
    """Yield the pointer, the placeholder and the value of each leaf that has a placeholder."""
    match shape:
        case Leaf(str(placeholder)):
            yield at, placeholder, value
        case ObjectShape(fields) if isinstance(value, dict):
            for name in (n for n in fields if n in value):
                yield from leaves(fields[name], value[name], child(at, name))
        case ArrayShape(item) if isinstance(value, list):
            for i, member in enumerate(value):
                yield from leaves(item, member, child(at, i))


def _image_arrays(shape: Shape, value: JSON, at: str) -> Iterator[tuple[str, list[Any]]]:
    """Yield the pointer and the items of each array that has an item for each image."""
    match shape:
        case ArrayShape(per_image=True) if isinstance(value, list):
            yield at, value
        case ObjectShape(fields) if isinstance(value, dict):
            for name in (n for n in fields if n in value):
                yield from _image_arrays(fields[name], value[name], child(at, name))

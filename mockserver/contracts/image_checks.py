"""What no schema can say of an answer: that its images are images, and the ones ordered."""

from __future__ import annotations

import binascii
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from mockserver.contracts.exchange import Response
from mockserver.contracts.finding import Finding, Level, child, quote
from mockserver.contracts.image_request import ImageRequest
from mockserver.contracts.response_shape import ArrayShape, Leaf, ObjectShape, Shape
from mockserver.errors import ImageError
from mockserver.images import inspect as imagefile
from mockserver.strict_json import JSON

__all__ = ["ImageChecks", "image_links"]


def image_links(shape: Shape, body: JSON) -> list[str]:
    """Collect the links to images that an answer's body carries."""
    leaves = _leaves(shape, body, "")
    return [
        value
        for _, placeholder, value in leaves
        if placeholder == "image.url" and isinstance(value, str)
    ]


class ImageChecks:
    """The checks of one answer against the request that it answers.

    :param shape: the contract's answer, with what fills each leaf.
    :param arguments: the request's fields, defaults applied.
    :param order: the images that it asks for.
    :param downloads: what the links led to, by URL, as in an exchange.
    """

    def __init__(
        self,
        shape: Shape,
        arguments: Mapping[str, Any],
        image_request: ImageRequest,
        downloads: Mapping[str, Response | str],
    ) -> None:
        self._shape = shape
        self._arguments = arguments
        self._order = image_request
        self._downloads = downloads

    def findings(self, body: JSON, root: str) -> Iterator[Finding]:
        """Check an answer's parsed body; ``root`` is its pointer in the exchange."""
        for at, items in _image_arrays(self._shape, body, root):
            if len(items) != self._order.count:
                filters = f"{self._order.count} images, as n asks"
                yield _finding(at, "count", filters, str(len(items)))
        for at, placeholder, value in _leaves(self._shape, body, root):
            yield from self._check(at, placeholder, value)

    def _check(self, at: str, placeholder: str, value: JSON) -> Iterator[Finding]:
        if placeholder.startswith("request."):
            yield from self._echo(at, placeholder.removeprefix("request."), value)
        elif placeholder == "image.base64" and isinstance(value, str):
            yield from self._base64(at, value)
        elif placeholder == "image.url" and isinstance(value, str):
            yield from self._link(at, value)

    def _echo(self, at: str, field: str, value: JSON) -> Iterator[Finding]:
        asked = self._arguments.get(field)
        if value != asked or isinstance(value, bool) != isinstance(asked, bool):
            yield _finding(at, "echo", f"{quote(asked)}, as the request's {field}", quote(value))

    def _base64(self, at: str, value: str) -> Iterator[Finding]:
        try:
            data = binascii.a2b_base64(value, strict_mode=True)
        except ValueError as error:
            yield _finding(
                at, "base64", "base64 without breaks (RFC 4648)", f"{quote(value)}: {error}"
            )
        else:
            yield from self._image(at, data)

    def _image(self, at: str, data: bytes) -> Iterator[Finding]:
        image_request = self._order
        try:
            image = imagefile.inspect(data)
        except ImageError as error:
            yield _finding(
                at, "image", "a complete PNG, JPEG or WebP", f"{len(data)} bytes: {error}"
            )
            return
        if (image.width, image.height) != (image_request.width, image_request.height):
            filters = f"{image_request.width}x{image_request.height} pixels, as ordered"
            yield _finding(at, "image-size", filters, f"{image.width}x{image.height}")
        if image_request.media_type and image.media_type != image_request.media_type:
            filters = f"{image_request.media_type}, as ordered"
            yield _finding(at, "image-format", filters, image.media_type)

    def _link(self, at: str, url: str) -> Iterator[Finding]:
        if not _is_absolute(url):
            yield _finding(at, "absolute-url", "an absolute http or https URL", quote(url))
        download = self._downloads.get(url)
        if isinstance(download, str):
            yield _finding(at, "download", "an image at the link", f"no answer: {download}")
        elif download and download.status != 200:
            yield _finding(
                at, "download", "an image at the link, status 200", f"status {download.status}"
            )
        elif download:
            yield from self._download(at, download)

    def _download(self, at: str, download: Response) -> Iterator[Finding]:
        length = download.headers.get("content-length")
        if length is not None and length != str(len(download.body)):
            sent = f"{len(download.body)} bytes"
            yield _finding(at, "content-length", f"{length} bytes, as Content-Length says", sent)
        yield from self._image(at, download.body)
        kind = imagefile.media_type(download.body)
        if kind and kind != download.media_type:
            yield _finding(at, "content-type", f"Content-Type {kind}", quote(download.media_type))


def _is_absolute(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)


def _finding(at: str, rule: str, expected: str, received: str) -> Finding:
    return Finding(Level.SEMANTIC, at, rule, expected, received)


def _leaves(shape: Shape, value: JSON, at: str) -> Iterator[tuple[str, str, Any]]:
    """Walk over the filled leaves that an answer holds: pointer, filler, value."""
    match shape:
        case Leaf(str(placeholder)):
            yield at, placeholder, value
        case ObjectShape(fields) if isinstance(value, dict):
            for name in (n for n in fields if n in value):
                yield from _leaves(fields[name], value[name], child(at, name))
        case ArrayShape(item) if isinstance(value, list):
            for i, member in enumerate(value):
                yield from _leaves(item, member, child(at, i))


def _image_arrays(shape: Shape, value: JSON, at: str) -> Iterator[tuple[str, list[Any]]]:
    """Walk over the arrays that hold one item an image."""
    match shape:
        case ArrayShape(per_image=True) if isinstance(value, list):
            yield at, value
        case ObjectShape(fields) if isinstance(value, dict):
            for name in (n for n in fields if n in value):
                yield from _image_arrays(fields[name], value[name], child(at, name))

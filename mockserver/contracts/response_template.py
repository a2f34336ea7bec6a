"""Render the response of a contract from byte strings that all requests share.

The shape of a response is compiled once, for each number of images, into JSON text with
placeholders. The base64 of an image, the bulk of a response, is passed on and never joined.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from secrets import token_hex
from typing import NamedTuple, TypeAlias

from mockserver.contracts.contract import Contract
from mockserver.contracts.response_headers import CREDITS_PER_USD
from mockserver.contracts.response_shape import (
    ArrayShape,
    Leaf,
    ObjectShape,
    Shape,
    undelivered_fields,
)
from mockserver.images import Image
from mockserver.strict_json import JSON

BODILESS = {204, 205, 304}
"""The statuses whose responses have no body (RFC 9110, section 15)."""

Reshape: TypeAlias = Callable[[Shape, bool], Shape]
"""Changes the shape of a response, with links (False) or base64 (True), within its contract."""


@dataclass(frozen=True, slots=True)
class MockResponse:
    """A response before it becomes one of the web framework.

    :ivar pieces: the body, in byte strings that requests share.
    :ivar length: the ``Content-Length`` to send where it is not the body's own.
    :ivar delay: the pause between the parts in which the body trickles, in seconds.
    :ivar connection_error: ends the connection instead of the response.
    """

    status: int
    pieces: Sequence[bytes]
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    delay: float = 0
    connection_error: ConnectionError | None = None


class RenderContext(NamedTuple):
    """The values that one response is filled with.

    :ivar arguments: the request's fields, defaults applied.
    :ivar images: the requested images.
    :ivar base64: returns the base64 of an image's file in pieces, by its index.
    :ivar url: returns the link to an image by its index.
    :ivar now: seconds since 1970-01-01 UTC.
    :ivar cost: the cost of the response, in the units of ``meta.usage``.
    """

    arguments: Mapping[str, JSON]
    images: Sequence[Image]
    base64: Callable[[int], list[bytes]]
    url: Callable[[int], str]
    now: float
    cost: int


_Placeholder: TypeAlias = Callable[[RenderContext, int], list[bytes]]
"""Returns the JSON text of a leaf, in pieces, for the image with an index."""

_Part: TypeAlias = bytes | tuple[_Placeholder, int]
"""JSON text, or a placeholder and the index of its image."""

_MARK = token_hex(8)
"""What no field and no constant holds; in JSON text, a placeholder's number follows it."""

_MARKED = re.compile(rf'"{_MARK}(\d+)"')

_MOST_KEPT = 64
"""For how many numbers of images a template keeps its text."""

_SMALL = 4096
"""The length in bytes below which adjacent pieces are joined."""


class Template:
    """The compiled response of a contract.

    :param reshape: changes the contract's shape first.
    """

    def __init__(self, contract: Contract, reshape: Reshape = lambda shape, _: shape) -> None:
        self.contract = contract
        self._shapes = {choice: reshape(contract.shape, choice) for choice in (False, True)}
        self._parts = lru_cache(_MOST_KEPT)(self._compiled)

    def render(self, render_context: RenderContext, *, as_base64: bool) -> list[bytes]:
        """Return a response's body in pieces.

        :param as_base64: how images are delivered where the contract leaves a choice.
        """
        pieces: list[bytes] = []
        for part in self._parts(as_base64, len(render_context.images)):
            if isinstance(part, bytes):
                pieces.append(part)
            else:
                placeholder, index = part
                pieces.extend(placeholder(render_context, index))
        return _coalesce(pieces)

    def _compiled(self, as_base64: bool, count: int) -> tuple[_Part, ...]:
        """Return the response with a number of images, as JSON text around its placeholders."""
        found: list[tuple[_Placeholder, int]] = []

        def filled(shape: Shape, index: int) -> JSON:
            match shape:
                case Leaf(str(name)):
                    found.append((_placeholder(name), index))
                    return f"{_MARK}{len(found) - 1}"
                case Leaf(_, constant):
                    return constant
                case ObjectShape(fields):
                    kept = fields.keys() - undelivered_fields(fields, as_base64)
                    return {name: filled(fields[name], index) for name in fields if name in kept}
                case ArrayShape(item, per_image, length):
                    indexes = range(count) if per_image else [index] * length
                    return [filled(item, i) for i in indexes]

        pieces = _MARKED.split(json.dumps(filled(self._shapes[as_base64], 0)))
        return tuple(found[int(p)] if i % 2 else p.encode() for i, p in enumerate(pieces))


def _coalesce(pieces: Sequence[bytes]) -> list[bytes]:
    """Join small adjacent pieces: sending one costs more than copying it."""
    if sum(map(len, pieces)) < _SMALL:
        return [b"".join(pieces)]
    gathered: list[bytes] = []
    for piece in pieces:
        if gathered and len(gathered[-1]) + len(piece) < _SMALL:
            gathered[-1] += piece
        else:
            gathered.append(piece)
    return gathered


def _placeholder(name: str) -> _Placeholder:
    if name.startswith("request."):
        field = name.removeprefix("request.")
        return lambda render_context, _: [_json(render_context.arguments.get(field))]
    return _PLACEHOLDERS[name]


def _base64(render_context: RenderContext, index: int) -> list[bytes]:
    return [b'"', *render_context.base64(index), b'"']


def _of_image(read: Callable[[Image], JSON], missing: JSON) -> _Placeholder:
    """Return a placeholder for what an image is; ``missing`` where a fault removed the image."""

    def render(render_context: RenderContext, index: int) -> list[bytes]:
        images = render_context.images
        return [_json(read(images[index]) if index < len(images) else missing)]

    return render


_PLACEHOLDERS: dict[str, _Placeholder] = {
    "image.base64": _base64,
    "image.url": lambda render_context, index: [_json(render_context.url(index))],
    "image.width": _of_image(lambda image: image.width, 0),
    "image.height": _of_image(lambda image: image.height, 0),
    "image.type": _of_image(lambda image: image.media_type, ""),
    "usage.credits": lambda render_context, _: [b"%d" % render_context.cost],
    "usage.usd": lambda render_context, _: [_json(render_context.cost / CREDITS_PER_USD)],
    "prompt.revised": lambda render_context, _: [_json(render_context.arguments.get("prompt", ""))],
    "clock.unix": lambda render_context, _: [b"%d" % render_context.now],
}


def _json(value: JSON) -> bytes:
    return json.dumps(value).encode()

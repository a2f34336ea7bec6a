"""Fill the answer that a contract describes, from byte strings that all requests share.

A contract's shape is compiled once into a flat run of ready JSON text with gaps in it. Answering a
request fills the gaps; an image's base64, the bulk of the answer, is handed on and never joined.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from mockserver.contracts import Contract
from mockserver.contracts.response_shape import (
    ArrayShape,
    Leaf,
    ObjectShape,
    Shape,
    undelivered_fields,
)
from mockserver.images import Image
from mockserver.strict_json import JSON

__all__ = ["MockResponse", "RenderContext", "Reshape", "Template"]


Reshape: TypeAlias = Callable[[Shape, bool], Shape]
"""Changes the shape of an answer, with links (False) or base64 (True), within its contract."""


@dataclass(frozen=True, slots=True)
class MockResponse:
    """An answer before it becomes a response of the web framework.

    :ivar pieces: the body, in byte strings that requests share.
    :ivar length: the Content-Length to announce where it is not the body's own.
    :ivar pause: how long to wait before each piece but the first, in seconds.
    """

    status: int
    pieces: Sequence[bytes]
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    delay: float = 0


@dataclass(frozen=True, slots=True)
class RenderContext:
    """What one answer is filled with.

    :ivar arguments: the request's fields, defaults applied.
    :ivar images: the images, as many as were ordered.
    :ivar base64: gives the base64 of an image's file in pieces, by its index.
    :ivar url: gives the link to an image, by its index.
    :ivar now: seconds since 1970-01-01 UTC.
    :ivar cost: what the whole answer costs, in the units of ``meta.usage``.
    """

    arguments: Mapping[str, JSON]
    images: Sequence[Image]
    base64: Callable[[int], list[bytes]]
    url: Callable[[int], str]
    now: float
    cost: int


Placeholder: TypeAlias = Callable[[RenderContext, int], list[bytes]]
"""Gives the JSON text of a leaf, in pieces, for the image of an index."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """A run that is filled once an image, with commas between."""

    parts: tuple[Part, ...]


_SMALL = 4096
"""What is shorter, in bytes, is joined with what stands beside it."""

Part: TypeAlias = bytes | Placeholder | Repeat


class Template:
    """A contract's answer, compiled.

    :param contract: whose shape to fill.
    :param reshape: changes the shape first; nothing unless given.
    """

    def __init__(self, contract: Contract, reshape: Reshape = lambda shape, _: shape) -> None:
        self.contract = contract
        self._parts = {
            as_base64: _concatenated(_compile(reshape(contract.shape, as_base64), as_base64))
            for as_base64 in (False, True)
        }

    def render(self, render_context: RenderContext, *, as_base64: bool) -> list[bytes]:
        """Write an answer's body in pieces.

        :param as_base64: how images are handed over where the contract leaves a choice.
        """
        pieces: list[bytes] = []
        _render(self._parts[as_base64], render_context, 0, pieces)
        return _coalesce(pieces)


def _render(
    parts: Sequence[Part], render_context: RenderContext, index: int, pieces: list[bytes]
) -> None:
    for part in parts:
        if isinstance(part, bytes):
            pieces.append(part)
        elif isinstance(part, Repeat):
            for i in range(len(render_context.images)):
                pieces.extend([b", "] if i else ())
                _render(part.parts, render_context, i, pieces)
        else:
            pieces.extend(part(render_context, index))


def _coalesce(pieces: Sequence[bytes]) -> list[bytes]:
    """Join small pieces that stand side by side: each costs more on its way than its copy does."""
    gathered: list[bytes] = []
    small: list[bytes] = []
    for piece in pieces:
        if len(piece) < _SMALL:
            small.append(piece)
        else:
            gathered += [b"".join(small), piece]
            small = []
    return [*gathered, b"".join(small)]


def _compile(shape: Shape, as_base64: bool) -> Iterator[Part]:
    match shape:
        case Leaf(str(name)):
            yield _placeholder(name)
        case Leaf(_, constant):
            yield _json(constant)
        case ObjectShape(fields):
            yield b"{"
            left_out = undelivered_fields(fields, as_base64)
            chosen = {name: field for name, field in fields.items() if name not in left_out}
            for i, (name, field) in enumerate(chosen.items()):
                yield (b", " if i else b"") + _json(name) + b": "
                yield from _compile(field, as_base64)
            yield b"}"
        case ArrayShape(item, per_image, length):
            once = _concatenated(_compile(item, as_base64))
            yield b"["
            if per_image:
                yield Repeat(once)
            else:
                for i in range(length):
                    yield from (b", ", *once) if i else once
            yield b"]"


def _concatenated(parts: Iterator[Part]) -> tuple[Part, ...]:
    """Join what stands side by side ready, so that only gaps part it."""
    joined: list[Part] = []
    for part in parts:
        if joined and isinstance(part, bytes) and isinstance(joined[-1], bytes):
            joined[-1] += part
        else:
            joined.append(part)
    return tuple(joined)


def _placeholder(name: str) -> Placeholder:
    if name.startswith("request."):
        field = name.removeprefix("request.")
        return lambda render_context, _: [_json(render_context.arguments.get(field))]
    return _PLACEHOLDERS[name]


def _base64(render_context: RenderContext, index: int) -> list[bytes]:
    return [b'"', *render_context.base64(index), b'"']


def _image_placeholder(told: Callable[[Image], JSON], none: JSON) -> Placeholder:
    """Say something of an image; ``none`` where a fault took it out."""

    def render(render_context: RenderContext, index: int) -> list[bytes]:
        there = render_context.images[index : index + 1]
        return [_json(told(there[0]) if there else none)]

    return render


_PLACEHOLDERS: dict[str, Placeholder] = {
    "image.base64": _base64,
    "image.url": lambda render_context, index: [_json(render_context.url(index))],
    "image.width": _image_placeholder(lambda image: image.width, 0),
    "image.height": _image_placeholder(lambda image: image.height, 0),
    "image.type": _image_placeholder(lambda image: image.media_type, ""),
    "usage.credits": lambda render_context, _: [_json(render_context.cost)],
    "clock.unix": lambda render_context, _: [_json(int(render_context.now))],
}


def _json(value: JSON) -> bytes:
    return json.dumps(value).encode()

"""Fill the answer that a contract describes, from byte strings that all requests share.

A contract's shape is compiled once into a flat run of ready JSON text with gaps in it. Answering a
request fills the gaps; a picture's base64, the bulk of the answer, is handed on and never joined.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from mockserver.contracts import Contract
from mockserver.contracts.response_shape import ArrayShape, Leaf, ObjectShape, Shape, unasked
from mockserver.images import Picture, Stamped
from mockserver.strict_json import JSON

__all__ = ["Answer", "Filling", "Reshape", "Template"]


Reshape: TypeAlias = Callable[[Shape, bool], Shape]
"""Changes the shape of an answer, with links (False) or base64 (True), within its contract."""


@dataclass(frozen=True, slots=True)
class Answer:
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
    pause: float = 0


@dataclass(frozen=True, slots=True)
class Filling:
    """What one answer is filled with.

    :ivar arguments: the request's fields, defaults applied.
    :ivar pictures: the pictures, as many as were ordered.
    :ivar url: gives the link to a picture, by its index.
    :ivar now: seconds since 1970-01-01 UTC.
    :ivar cost: what the whole answer costs, in the units of ``meta.usage``.
    """

    arguments: Mapping[str, JSON]
    pictures: Sequence[Stamped]
    url: Callable[[int], str]
    now: float
    cost: int


Filler: TypeAlias = Callable[[Filling, int], list[bytes]]
"""Gives the JSON text of a leaf, in pieces, for the picture of an index."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """A run that is filled once a picture, with commas between."""

    parts: tuple[Part, ...]


_SMALL = 4096
"""What is shorter, in bytes, is joined with what stands beside it."""

Part: TypeAlias = bytes | Filler | Repeat


class Template:
    """A contract's answer, compiled.

    :param contract: whose shape to fill.
    :param reshape: changes the shape first; nothing unless given.
    """

    def __init__(self, contract: Contract, reshape: Reshape = lambda shape, _: shape) -> None:
        self.contract = contract
        self._parts = {
            as_base64: _joined(_compile(reshape(contract.shape, as_base64), as_base64))
            for as_base64 in (False, True)
        }

    def fill(self, filling: Filling, *, as_base64: bool) -> list[bytes]:
        """Write an answer's body in pieces.

        :param as_base64: how pictures are handed over where the contract leaves a choice.
        """
        pieces: list[bytes] = []
        _fill(self._parts[as_base64], filling, 0, pieces)
        return _gathered(pieces)


def _fill(parts: Sequence[Part], filling: Filling, index: int, pieces: list[bytes]) -> None:
    for part in parts:
        if isinstance(part, bytes):
            pieces.append(part)
        elif isinstance(part, Repeat):
            for i in range(len(filling.pictures)):
                pieces.extend([b", "] if i else ())
                _fill(part.parts, filling, i, pieces)
        else:
            pieces.extend(part(filling, index))


def _gathered(pieces: Sequence[bytes]) -> list[bytes]:
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
            yield _filler(name)
        case Leaf(_, constant):
            yield _json(constant)
        case ObjectShape(fields):
            yield b"{"
            left_out = unasked(fields, as_base64)
            chosen = {name: field for name, field in fields.items() if name not in left_out}
            for i, (name, field) in enumerate(chosen.items()):
                yield (b", " if i else b"") + _json(name) + b": "
                yield from _compile(field, as_base64)
            yield b"}"
        case ArrayShape(item, per_picture, length):
            once = _joined(_compile(item, as_base64))
            yield b"["
            if per_picture:
                yield Repeat(once)
            else:
                for i in range(length):
                    yield from (b", ", *once) if i else once
            yield b"]"


def _joined(parts: Iterator[Part]) -> tuple[Part, ...]:
    """Join what stands side by side ready, so that only gaps part it."""
    joined: list[Part] = []
    for part in parts:
        if joined and isinstance(part, bytes) and isinstance(joined[-1], bytes):
            joined[-1] += part
        else:
            joined.append(part)
    return tuple(joined)


def _filler(name: str) -> Filler:
    if name.startswith("request."):
        field = name.removeprefix("request.")
        return lambda filling, _: [_json(filling.arguments.get(field))]
    return _FILLERS[name]


def _base64(filling: Filling, index: int) -> list[bytes]:
    return [b'"', *filling.pictures[index].base64(), b'"']


def _of_picture(told: Callable[[Picture], JSON], none: JSON) -> Filler:
    """Say something of a picture; ``none`` where a fault took it out."""

    def fill(filling: Filling, index: int) -> list[bytes]:
        there = filling.pictures[index : index + 1]
        return [_json(told(there[0].picture) if there else none)]

    return fill


_FILLERS: dict[str, Filler] = {
    "image.base64": _base64,
    "image.url": lambda filling, index: [_json(filling.url(index))],
    "picture.width": _of_picture(lambda picture: picture.width, 0),
    "picture.height": _of_picture(lambda picture: picture.height, 0),
    "picture.type": _of_picture(lambda picture: picture.media_type, ""),
    "usage.credits": lambda filling, _: [_json(filling.cost)],
    "clock.unix": lambda filling, _: [_json(int(filling.now))],
}


def _json(value: JSON) -> bytes:
    return json.dumps(value).encode()

"""Faults of the body: cut, malformed, or with a field that breaks the contract.

The large pieces of a body, which are base64, stay shared: a client that reads slowly holds no copy.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import uuid4

from mockserver.app.faults.base import FaultContext
from mockserver.contracts.refs import member_key, pointer_steps, resolve
from mockserver.contracts.response_template import MockResponse
from mockserver.strict_json import JSON

__all__ = ["change_field", "cut", "drop", "malformed", "retype", "set_null", "truncated"]

_LARGE = 4096
"""The length in bytes from which a piece is not copied."""


def cut(pieces: Sequence[bytes], start: int, end: int) -> list[bytes]:
    """Return the part of a body from one position to another, in views of its pieces."""
    parts: list[bytes] = []
    for piece in pieces:
        part = memoryview(piece)[max(0, start) : max(0, end)]
        if part:
            parts.append(part if len(part) >= _LARGE else bytes(part))  # type: ignore[arg-type]
        start, end = start - len(piece), end - len(piece)
    return parts


def truncated(response: MockResponse, _: FaultContext) -> MockResponse:
    """Return half of the body that Content-Length announces."""
    length = sum(map(len, response.pieces))
    return replace(response, pieces=cut(response.pieces, 0, length // 2), length=length)


def malformed(response: MockResponse, _: FaultContext) -> MockResponse:
    """Return the body without its last character."""
    length = sum(map(len, response.pieces))
    return replace(response, pieces=cut(response.pieces, 0, length - 1))


def change_field(
    change: Callable[[JSON, int | str], None], response: MockResponse, fault_context: FaultContext
) -> MockResponse:
    """Return a response whose field that the fault's pointer names is changed, if there is one.

    :param change: changes one member of an object or array.
    """
    marks = {
        f"{uuid4()}".encode(): piece
        for piece in response.pieces
        if len(piece) >= _LARGE and piece.isascii() and b'"' not in piece and b"\\" not in piece
    }
    body = _parse(response.pieces, marks)
    pointer = fault_context.options["pointer"]
    parent_pointer, _, last = pointer.rpartition("/")
    try:
        parent = resolve(body, parent_pointer)
        change(parent, member_key(parent, *pointer_steps(f"/{last}")))
    except LookupError:
        fault_context.no_effect_reason = f"nothing at {pointer} in this response"
        return response
    text = json.dumps(body).encode()
    parts = re.split(b"(%b)" % b"|".join(marks), text) if marks else [text]
    return replace(response, pieces=[marks.get(part, part) for part in parts if part])


def _parse(pieces: Sequence[bytes], marks: dict[bytes, bytes]) -> JSON:
    """Parse a body with a mark in the place of each large piece, which is inside a string."""
    short = {id(piece): mark for mark, piece in marks.items()}
    try:
        return json.loads(b"".join(short.get(id(piece), piece) for piece in pieces))
    except ValueError:  # a large piece is no part of a string
        marks.clear()
        return json.loads(b"".join(pieces))


def drop(parent: JSON, key: int | str) -> None:
    """Remove a member."""
    del parent[key]


def set_null(parent: JSON, key: int | str) -> None:
    """Set a member to null."""
    parent[key] = None


def retype(parent: JSON, key: int | str) -> None:
    """Turn a string into a number, and everything else into a string."""
    parent[key] = 0 if isinstance(parent[key], str) else json.dumps(parent[key])

"""Change the JSON of a body whose large pieces stay shared.

The large pieces of a body, which are base64, are never copied: a client that reads slowly holds no
copy.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from uuid import uuid4

from mockserver.strict_json import JSON

LARGE = 4096
"""The length in bytes from which a piece is not copied."""


def changed_body(pieces: Sequence[bytes], change: Callable[[JSON], JSON]) -> list[bytes]:
    """Return a body of JSON, changed.

    :param change: returns the new value of the whole body.
    """
    marks = {f"{uuid4()}".encode(): piece for piece in pieces if _is_large(piece)}
    text = json.dumps(change(_parse(pieces, marks))).encode()
    parts = re.split(b"(%b)" % b"|".join(marks), text) if marks else [text]
    return [marks.get(part, part) for part in parts if part]


def without_large(pieces: Sequence[bytes]) -> bytes:
    """Return a body of JSON without its large pieces, which are inside strings."""
    return b"".join(piece for piece in pieces if not _is_large(piece))


def _is_large(piece: bytes) -> bool:
    """Return whether a piece is large, and has no character that ends or escapes a string."""
    return len(piece) >= LARGE and piece.isascii() and b'"' not in piece and b"\\" not in piece


def _parse(pieces: Sequence[bytes], marks: dict[bytes, bytes]) -> JSON:
    """Parse a body with a mark in the place of each large piece, which is inside a string."""
    short = {id(piece): mark for mark, piece in marks.items()}
    try:
        return json.loads(b"".join(short.get(id(piece), piece) for piece in pieces))
    except ValueError:  # a large piece is no part of a string
        marks.clear()
        return json.loads(b"".join(pieces))

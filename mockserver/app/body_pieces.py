"""Change the JSON of a body whose large pieces stay shared, and fold what the journal keeps of it.

The large pieces of a body, which are base64, are never copied: a client that reads slowly holds no
copy.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from uuid import uuid4

from mockserver.recording.redact import ELLIPSIS
from mockserver.strict_json import JSON

LARGE = 4096
"""The length in bytes from which a piece is not copied."""

_MAX_BODY = 20_000
"""The most characters of a body that are kept."""

_SHOWN = 32
"""How many characters of base64 stay."""

_BASE64 = re.compile(
    rf'(?<=[",])([A-Za-z0-9+/]{{{_SHOWN}}})([A-Za-z0-9+/=]{{100,}})(?:{ELLIPSIS} \((\d+) more\))?'
)
"""A string of base64, or that of a data URL; its rest may be folded already."""

_RUN = re.compile(rb"[A-Za-z0-9+/]+={0,2}")


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


def kept_body(pieces: Sequence[bytes]) -> str:
    """Return what the journal keeps of a body: text without images, which is cut where it is long.

    :param pieces: the body, in which large base64 is a piece of its own; a fault may have joined
        them.
    """
    text = "".join(map(_kept_piece, pieces))
    return text if len(text) <= _MAX_BODY else text[:_MAX_BODY] + ELLIPSIS


def _kept_piece(piece: bytes) -> str:
    if len(piece) < LARGE:
        return bytes(piece).decode("utf-8", "replace")
    if _RUN.fullmatch(piece[:_SHOWN]) and _RUN.fullmatch(piece[-_SHOWN:]):
        return f"{ELLIPSIS} ({len(piece)} more)"  # searching megabytes would take milliseconds
    return folded(bytes(piece).decode("utf-8", "replace"))


def folded(text: str) -> str:
    """Return a text with the base64 in it folded to its first characters and its length."""
    return _BASE64.sub(_fold, text)


def _fold(found: re.Match[str]) -> str:
    more = len(found[2]) + int(found[3] or 0)
    return f"{found[1]}{ELLIPSIS} ({more} more)"

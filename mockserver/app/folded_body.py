"""The body of a response as the journal keeps and shows it: text without the bytes of images."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mockserver.app.body_pieces import LARGE
from mockserver.recording.redact import ELLIPSIS

_MAX_BODY = 20_000
"""The most characters of a body that are kept."""

_SHOWN = 32
"""How many characters of base64 stay."""

_BASE64 = re.compile(
    rf'(?<=[",])([A-Za-z0-9+/]{{{_SHOWN}}})([A-Za-z0-9+/=]{{100,}})(?:{ELLIPSIS} \((\d+) more\))?'
)
"""A string of base64, or that of a data URL; its rest may be folded already."""

_RUN = re.compile(rb"[A-Za-z0-9+/]+={0,2}")


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

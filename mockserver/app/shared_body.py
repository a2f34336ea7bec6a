"""A response body made of byte strings that many responses share, sent without a copy."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from wsgiref.types import WSGIEnvironment

__all__ = ["SharedFile", "shared_body"]


def shared_body(environ: WSGIEnvironment, pieces: Sequence[bytes]) -> Iterable[bytes]:
    """Return what hands byte strings to the WSGI server of a request.

    Waitress copies what it iterates over, but sends a file in ``wsgi.file_wrapper`` (PEP 3333) as
    the file gives it. Every other server gets the pieces, since it would read small copies.
    """
    if not {"waitress.client_disconnected", "wsgi.file_wrapper"} <= environ.keys():
        return pieces
    body: Iterable[bytes] = environ["wsgi.file_wrapper"](SharedFile(pieces))
    return body


class SharedFile:
    """A file over byte strings, which is read in views of them: nothing is joined or copied."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._pieces = [memoryview(piece) for piece in pieces]
        self._starts = [0, *accumulate(map(len, pieces))]
        self._position = 0

    def tell(self) -> int:
        """Return the position in bytes."""
        return self._position

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move to an offset from the start (0), from the position (1) or from the end (2)."""
        self._position = (0, self._position, self._starts[-1])[whence] + offset
        return self._position

    def read(self, size: int) -> memoryview | bytes:
        """Return at most ``size`` bytes, all from one piece; none at the end."""
        index = bisect_right(self._starts, self._position) - 1
        if index == len(self._pieces):
            return b""
        start = self._position - self._starts[index]
        view = self._pieces[index][start : start + size]
        self._position += len(view)
        return view

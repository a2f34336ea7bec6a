"""A response body made of byte strings that many responses share, sent without a copy."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from wsgiref.types import WSGIEnvironment


def shared_body(
    environ: WSGIEnvironment, pieces: Sequence[bytes], length: int | None = None
) -> Iterable[bytes]:
    """Return what hands byte strings to the WSGI server of a request.

    Waitress copies what it iterates over, but sends a file in ``wsgi.file_wrapper`` (PEP 3333) as
    the file gives it. Every other server gets the pieces, since it would read small copies.

    :param length: what ``Content-Length`` announces, where that is more than all pieces have.
    """
    if not {"waitress.client_disconnected", "wsgi.file_wrapper"} <= environ.keys():
        return [bytes(piece) for piece in pieces]  # views become bytes, bytes stay the same
    body: Iterable[bytes] = environ["wsgi.file_wrapper"](SharedFile(pieces, length))
    return body


class SharedFile:
    """A file over byte strings, which is read in views of them: nothing is joined or copied.

    :param length: the size that the file claims; reading beyond the pieces is an error then.
    """

    def __init__(self, pieces: Sequence[bytes], length: int | None = None) -> None:
        self._pieces = [memoryview(piece) for piece in pieces]
        self._starts = [0, *accumulate(map(len, pieces))]
        self._length = self._starts[-1] if length is None else length
        self._position = 0

    def tell(self) -> int:
        """Return the position in bytes."""
        return self._position

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move to an offset from the start (0), from the position (1) or from the end (2)."""
        self._position = (0, self._position, self._length)[whence] + offset
        return self._position

    def read(self, size: int) -> memoryview | bytes:
        """Return at most ``size`` bytes, all from one piece; none at the end.

        :raises ConnectionAbortedError: when the pieces end before the claimed size.
        """
        index = bisect_right(self._starts, self._position) - 1
        if index == len(self._pieces):
            if self._position < self._length:
                raise ConnectionAbortedError("the body is cut short")
            return b""
        start = self._position - self._starts[index]
        view = self._pieces[index][start : start + size]
        self._position += len(view)
        return view

"""The response that Flask sends, from one of the contract, a recording, a rule or a fault."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from flask import Response
from werkzeug.datastructures import Headers

from mockserver.app.faults import Sleep
from mockserver.app.faults.delivery import parts
from mockserver.contracts.response_template import BODILESS, MockResponse
from mockserver.errors import APIError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class _Response(Response):
    """A response whose headers are complete: werkzeug need not copy each of them."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """Return the headers; werkzeug corrects those of redirections and without a body."""
        is_special = self.status_code in BODILESS or self.status_code // 100 == 3
        return super().get_wsgi_headers(environ) if is_special else self.headers


def flask_response(mock_response: MockResponse, environ: WSGIEnvironment, sleep: Sleep) -> Response:
    """Return a response for Flask.

    :param environ: the request's.
    :param sleep: waits for a number of seconds.
    """
    body: Iterable[bytes] = mock_response.pieces
    if mock_response.connection_error:
        body = _broken(mock_response.connection_error)
    elif mock_response.delay:
        body = _delayed(mock_response, sleep)
    else:
        body = shared_body(environ, mock_response.pieces, mock_response.length)
    response = _Response(
        body, mock_response.status, mimetype=mock_response.media_type, direct_passthrough=True
    )
    if mock_response.headers:
        response.headers.update(mock_response.headers)
    if not mock_response.delay:
        response.content_length = mock_response.length or sum(map(len, mock_response.pieces))
    return response


def _broken(error: ConnectionError) -> Iterator[bytes]:
    """Raise an error before the first byte, for which the head waits (PEP 3333).

    WSGI servers close the connection then; :mod:`mockserver.server` can also reset it.
    """
    yield from ()
    raise error


def _delayed(mock_response: MockResponse, sleep: Sleep) -> Iterator[bytes]:
    for i, part in enumerate(parts(mock_response.pieces)):
        try:
            sleep(mock_response.delay if i else 0)
        except APIError as error:  # the body must not end as if it were whole
            raise ConnectionAbortedError(error.message) from None
        yield part


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

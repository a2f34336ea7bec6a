"""The response that Flask sends, from one of the contract, a recording, a rule or a fault."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from flask import Response
from werkzeug.datastructures import Headers

from mockserver.app.faults import Sleep
from mockserver.app.faults.delivery import parts
from mockserver.app.shared_body import shared_body
from mockserver.contracts.response_template import BODILESS, MockResponse
from mockserver.errors import APIError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class _Response(Response):
    """A response whose headers are complete: werkzeug need not copy each of them."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """Return the headers; werkzeug removes what a response without a body must not have."""
        is_special = self.status_code in BODILESS or "Location" in self.headers
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

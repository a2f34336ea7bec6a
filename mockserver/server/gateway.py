"""One request through gunicorn's parser and the application, to the pieces of its answer."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http import HTTPStatus
from io import BytesIO, RawIOBase
from threading import Lock
from typing import IO, Any, cast
from uuid import uuid4
from wsgiref.types import WSGIApplication, WSGIEnvironment

from gunicorn import SERVER
from gunicorn.config import Config
from gunicorn.http import RequestParser, wsgi
from gunicorn.http.errors import (
    ExpectationFailed,
    LimitRequestHeaders,
    LimitRequestLine,
    NoMoreData,
    ParseException,
    UnsupportedTransferCoding,
)
from gunicorn.http.message import Request

from mockserver.contracts.error_catalog import REQUEST_ID, api_error, error_body
from mockserver.contracts.finding import quote
from mockserver.errors import APIError
from mockserver.server.connection import Address, Connection, Gone
from mockserver.settings import PAUSING

__all__ = ["HTTP_SETTINGS", "Gateway"]

HTTP_SETTINGS = {
    # No header may change the request's address or scheme: the application decides whom it trusts.
    "forwarder_headers": "",
    "secure_scheme_headers": {},
    # With nothing left to trust, this only saves comparing every client's address with a list.
    "forwarded_allow_ips": "*",
    # The C parser refuses in other words, so what is installed beside us would change the answers.
    "http_parser": "python",
}
"""gunicorn's settings that bear on how a request is read."""

_STATUS = {
    LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
    UnsupportedTransferCoding: HTTPStatus.NOT_IMPLEMENTED,
}

_TLS = b"\x16\x03"
"""How a client begins that speaks TLS."""

_log = logging.getLogger("mockserver.server")


class Outbox:
    """Stands where gunicorn's response expects a socket, and keeps the pieces instead."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def sendall(self, piece: bytes) -> None:
        """Keep a piece of the answer, as it lies."""
        self.pieces.append(piece)

    def send(self, _interim: bytes) -> None:
        """Drop gunicorn's ``100 Continue``: the body has come, the connection asked for it."""

    def empty(self) -> list[bytes]:
        """Give the pieces kept so far, and begin anew."""
        pieces, self.pieces = self.pieces, []
        return pieces


class Response(wsgi.Response):
    """gunicorn's, but for an application that gives Date and Server itself, as a proxy does."""

    def process_headers(self, headers: Iterable[tuple[str, str]]) -> None:
        """Note down what gunicorn would drop."""
        given = list(headers)
        super().process_headers(given)
        self._own = {n.title(): v for n, v in given if n.lower() in {"date", "server"}}

    def default_headers(self) -> list[str]:
        """Give the first lines of the answer."""
        lines = super().default_headers()
        for name, value in self._own.items():
            lines = [f"{name}: {value}\r\n" if ln.startswith(f"{name}: ") else ln for ln in lines]
        return lines


class RefusedBody(RawIOBase):
    """Stands for a body that was not taken: whoever reads it learns why."""

    def __init__(self, api_error: APIError) -> None:
        self._api_error = api_error

    def readable(self) -> bool:
        """Say that it can be tried."""
        return True

    def readinto(self, _buffer: object) -> int:
        """Refuse.

        :raises Refusal: always.
        """
        raise self._api_error


class Gateway:
    """Turns the bytes of a request into an answer that is sent to its client.

    :param application: what answers.
    :param config: gunicorn's, with :data:`HTTP_SETTINGS`.
    :ivar paused: how many threads only wait.
    :ivar on_pause: called by a thread that begins to wait.
    """

    def __init__(self, application: WSGIApplication, config: Config) -> None:
        self._application = application
        self._config = config
        self._lock = Lock()
        self.closing = False
        self.paused = 0
        self.on_pause: Callable[[], object] = lambda: None

    @contextmanager
    def pausing(self) -> Iterator[None]:
        """Tell, for as long as it lasts, that a thread only waits, and that another may work."""
        with self._lock:
            self.paused += 1
        self.on_pause()
        try:
            yield
        finally:
            with self._lock:
                self.paused -= 1

    def answer(self, connection: Connection) -> None:
        """Answer the request that a connection has ready.

        :raises Gone: when the client has hung up.
        """
        raw = b""
        try:
            raw = connection.inbox.take()
            request = _parse(raw, connection.peer, self._config)
            body = _read_body(request)
            self._respond(request, BytesIO(body), connection)
        except APIError as error:
            self._refuse(connection, error, raw)

    def _refuse(self, connection: Connection, error: APIError, raw: bytes) -> None:
        """Let the application refuse where it can tell what was asked, and do it here elsewhere.

        The application knows more: which pages may read the answer, and where it is written down.
        """
        try:
            if not raw and (head := connection.inbox.head()):
                request = _parse(head, connection.peer, self._config)
                self._respond(request, cast(IO[bytes], RefusedBody(error)), connection, last=True)
                return
        except APIError as better:
            error = better
        _refuse(connection, error, raw or connection.inbox.peek())

    def _respond(
        self, request: Request, body: IO[bytes], connection: Connection, *, last: bool = False
    ) -> None:
        outbox = Outbox()
        try:
            sink = cast(Any, outbox)
            _, environ = wsgi.create(
                request, sink, connection.peer, connection.server, self._config
            )
            response = Response(request, sink, self._config)
            environ["wsgi.input"] = body
            environ["wsgi.multithread"] = True
            environ[PAUSING] = self.pausing
            if self.closing or last:
                response.force_close()
            self._run(cast(WSGIEnvironment, environ), response, connection, outbox)
        except Gone:
            raise
        except APIError as error:
            raise (Gone if connection.streaming else error) from error.__cause__
        except Exception as error:
            _log.exception("%s %s failed", request.method, request.path)
            raise (Gone if connection.streaming else api_error("internal")) from error
        keep = not response.should_close() and not _is_cut_short(response)
        connection.send(outbox.pieces, keep=keep)

    def _run(
        self,
        environ: WSGIEnvironment,
        response: Response,
        connection: Connection,
        outbox: Outbox,
    ) -> None:
        """Let the application answer; send what it makes as it goes when its length is unknown."""
        pieces = self._application(environ, cast(Any, response.start_response))
        try:
            for piece in pieces:
                response.write(piece)
                if response.response_length is None:
                    connection.stream(outbox.empty())
            response.close()
        finally:
            if hasattr(pieces, "close"):
                pieces.close()


def _is_cut_short(response: Response) -> bool:
    """Tell whether a body has begun and is not all that was announced; only an end says so."""
    announced = response.response_length
    return announced is not None and 0 < response.sent < announced


def _parse(raw: bytes, peer: Address, config: Config) -> Request:
    """Read the head of a request."""
    if raw.startswith(_TLS):
        raise APIError(400, "Bad Request: expected http, received https; say http:// in the URL")
    with _parsing():
        return next(RequestParser(config, iter((raw,)), peer))


def _read_body(request: Request) -> bytes:
    """Read all of a body, so that the application never meets a broken one."""
    with _parsing():
        return request.body.read() if request.body else b""


@contextmanager
def _parsing() -> Iterator[None]:
    try:
        yield
    except NoMoreData as error:
        raise APIError(400, "Bad Request\nExpected an HTTP/1.1 request") from error
    except ParseException as error:
        status = _STATUS.get(type(error), HTTPStatus.BAD_REQUEST)
        raise APIError(status, f"{status.phrase}\n{error}") from error


def _refuse(connection: Connection, error: APIError, beginning: bytes) -> None:
    """Send the documented error body, and close.

    :param beginning: the first bytes of the request, which may name a path.
    """
    request_id, path = str(uuid4()), _path(beginning)
    body = error_body(error.status, error.message, path, request_id)
    answer = [_head(error, len(body), request_id), body]
    # The first line only: further ones may quote a header that holds a key.
    _log.info("%s %s %s", quote(path)[1:-1], error.status, error.message.partition("\n")[0])
    connection.send(answer[:1] if beginning.startswith(b"HEAD ") else answer, keep=False)


def _head(error: APIError, length: int, request_id: str) -> bytes:
    headers = {
        "Server": SERVER,
        "Date": formatdate(usegmt=True),
        "Connection": "close",
        "Content-Type": "application/json",
        "Content-Length": length,
        REQUEST_ID: request_id,
        **error.headers,
    }
    lines = [f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def _path(beginning: bytes) -> str:
    """Give the path of a request that may be broken; the root when there is none."""
    words = beginning.partition(b"\r\n")[0].split(b" ")
    target = words[1].partition(b"?")[0] if len(words) > 1 else b""
    return target.decode("latin-1") if target.startswith(b"/") else "/"

"""The mock without a socket: the same application, answering as a server would."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import TypeAlias, cast
from wsgiref.types import WSGIApplication, WSGIEnvironment

from werkzeug.test import EnvironBuilder
from werkzeug.wsgi import ClosingIterator

from mockserver.app.factory import create_app
from mockserver.settings import Settings
from mockserver.strict_json import JSON
from mockserver.testing.admin_client import AdminClient

__all__ = ["ORIGIN", "Head", "InProcess", "StreamingExchange"]

ORIGIN = "https://api.aimlapi.com"
"""The live API's address: the default origin of links to images."""

Head: TypeAlias = tuple[int, list[tuple[str, str]]]
"""The status and the headers of a response."""

_Part: TypeAlias = Head | bytes | BaseException | None
"""A part of a response: its head, a piece of its body, its end; or the error that broke it."""


class InProcess:
    """A mock in this process.

    :param contract: the contract of responses, such as ``dall-e-2@2026-01-16``; by default the
        pinned one.
    :param settings: see :class:`mockserver.settings.Settings`.
    :ivar origin: the origin of links to images.
    """

    def __init__(self, contract: str | None, settings: dict[str, JSON]) -> None:
        self._settings = Settings.of(contract, {"public_url": ORIGIN, **settings})
        self._application = create_app(self._settings)
        self.origin = self._settings.public_url or ORIGIN

    def admin_client(self, key: str | None) -> AdminClient:
        """Return a client of the admin API, for one key or for all."""
        return AdminClient(self._send, key)

    def start(
        self, method: str, url: str, headers: Iterable[tuple[str, str]], body: bytes
    ) -> StreamingExchange:
        """Start to answer a request."""
        request = EnvironBuilder(path=url, method=method, headers=list(headers), data=body)
        return StreamingExchange(self._application.wsgi_app, request.get_environ())

    def _send(self, method: str, path: str, body: JSON) -> tuple[int, JSON]:
        token = self._settings.admin_token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        client = self._application.test_client()
        response = client.open(path, method=method, json=body, headers=headers)
        return response.status_code, response.json


class StreamingExchange:
    """A request that is answered on its own thread, so that its client can time out.

    :param application: the application that answers.
    :param environ: the request.
    """

    def __init__(self, application: WSGIApplication, environ: WSGIEnvironment) -> None:
        self._application = application
        self._cancelled = Event()
        # The name by which waitress tells an application that its client has left.
        left = {"waitress.client_disconnected": self._cancelled.is_set}
        self._environ = environ | left
        self._head: Head | None = None
        self._parts: SimpleQueue[_Part] = SimpleQueue()
        Thread(target=self._respond, name="mockserver-response", daemon=True).start()

    def head(self, timeout: float | None = None) -> Head:
        """Wait for the status and the headers.

        :param timeout: in seconds; None waits without limit.
        :raises TimeoutError: when the time is up first; the request is over then.
        :raises ConnectionError: when the connection ends instead.
        """
        return cast("Head", self._next(timeout))

    def piece(self, timeout: float | None = None) -> bytes | None:
        """Wait for the next piece of the body, in the same way; None is its end."""
        return cast("bytes | None", self._next(timeout))

    def cancel(self) -> None:
        """End the request, and wake up a waiting thread: the client has left."""
        self._cancelled.set()
        self._parts.put(None)

    def _next(self, timeout: float | None) -> Head | bytes | None:
        try:
            part = self._parts.get(timeout=timeout)
        except Empty:
            self.cancel()
            raise TimeoutError(f"no response for {timeout:g} s") from None
        if isinstance(part, BaseException):
            raise part
        return part

    def _respond(self) -> None:
        try:
            pieces = ClosingIterator(self._application(self._environ, self._start_response))
            with closing(pieces):
                for piece in filter(None, pieces):
                    self._put(piece)
            self._put(None)
        except Exception as error:  # noqa: BLE001 - it is raised where the response is awaited
            self._parts.put(error)

    def _put(self, piece: bytes | None) -> None:
        """Hand on a piece of the body, or its end, and the head before the first (PEP 3333)."""
        if self._head:
            self._parts.put(self._head)
            self._head = None
        self._parts.put(piece)

    def _start_response(
        self, status: str, headers: list[tuple[str, str]], _error: object = None
    ) -> Callable[[bytes], object]:
        self._head = int(status.split()[0]), list(headers)
        return self._put

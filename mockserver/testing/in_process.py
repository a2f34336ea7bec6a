"""The mock without a socket: waitress reads and writes the same bytes, in memory."""

from __future__ import annotations

import errno
import os
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from waitress.adjustments import Adjustments

from mockserver.app.factory import create_app
from mockserver.server import ADJUSTMENTS, Channel
from mockserver.settings import Settings
from mockserver.strict_json import JSON
from mockserver.testing.admin_client import AdminClient

ORIGIN = "https://api.aimlapi.com"
"""The live API's address: the default origin of links to images."""

_CLIENT_ADDRESS = ("127.0.0.1", 0)
_PIECE_BYTES = 1 << 16


class InProcess:
    """A mock in this process; see :class:`mockserver.testing.mock_server.MockServer`.

    :ivar origin: the origin of links to images.
    """

    def __init__(self, contract: str | None, settings: dict[str, JSON]) -> None:
        self._settings = Settings.of(contract, {"public_url": ORIGIN, **settings})
        self._application = create_app(self._settings)
        self._server = _Server(self._application)
        self.origin = self._settings.public_url or ORIGIN

    def admin_client(self, key: str | None) -> AdminClient:
        """Return a client of the admin API, for one key or for all."""
        return AdminClient(self._send, key)

    def connect(self) -> Connection:
        """Return a new connection to the mock."""
        return Connection(self._server)

    def _send(self, method: str, path: str, body: JSON) -> tuple[int, JSON]:
        token = self._settings.admin_token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        client = self._application.test_client()
        response = client.open(path, method=method, json=body, headers=headers)
        return response.status_code, response.json


class Connection:
    """The client's end of a connection in memory."""

    def __init__(self, server: _Server) -> None:
        self._pieces: SimpleQueue[bytes | OSError] = SimpleQueue()
        self._rest = b""
        socket: Any = _ServerSocket(self._pieces)
        self._channel = Channel(server, socket, _CLIENT_ADDRESS, server.adj, map={})  # type: ignore[arg-type]

    @property
    def is_readable(self) -> bool:
        """Whether something has come that is not received yet, or the connection has ended."""
        return bool(self._rest) or not self._pieces.empty()

    def send(self, data: bytes) -> None:
        """Send bytes to the mock; it answers on a thread of its own when a request is whole.

        :raises BrokenPipeError: when the mock has closed the connection.
        """
        if not self._channel.connected:
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
        self._channel.received(bytes(data))

    def receive(self, size: int, timeout: float | None) -> bytes:
        """Wait for bytes from the mock, and return at most ``size``; none at the end.

        :param timeout: in seconds; None waits without limit.
        :raises TimeoutError: when the time is up first.
        :raises ConnectionResetError: when the mock has reset the connection.
        """
        try:
            piece = self._rest or self._pieces.get(timeout=timeout)
        except Empty:
            raise TimeoutError("timed out") from None
        if not piece or isinstance(piece, OSError):
            self._pieces.put(b"")  # the end stays
        if isinstance(piece, OSError):
            raise piece
        self._rest = piece[size:]
        return piece[:size]

    def close(self) -> None:
        """Close the connection: what waits for it wakes up, and a request under way ends."""
        self._channel.handle_close()


class _ServerSocket:
    """The mock's end of a connection, with what waitress needs of a socket.

    :param pieces: what the client is to receive.
    """

    def __init__(self, pieces: SimpleQueue[bytes | OSError]) -> None:
        self._pieces = pieces
        self._end: bytes | OSError = b""

    def setblocking(self, _: object) -> None: ...

    def fileno(self) -> int:
        return -1

    def getsockopt(self, *_: object) -> int:
        return _PIECE_BYTES

    def setsockopt(self, *_: object) -> None:
        """Reset the connection when it is closed; the server sets no other option."""
        self._end = ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))

    def recv(self, _: int) -> bytes:
        """Return nothing: the channel gets what a client sends without a socket."""
        return b""

    def send(self, data: bytes) -> int:
        piece = bytes(data)
        self._pieces.put(piece)
        return len(piece)

    def close(self) -> None:
        self._pieces.put(self._end)


class _Server:
    """What connections need of their server; each request has its own thread, and may wait."""

    effective_port = 80
    server_name = _CLIENT_ADDRESS[0]

    def __init__(self, application: Any) -> None:  # noqa: ANN401
        self.application = application
        self.adj = Adjustments(**ADJUSTMENTS)
        self.active_channels: dict[int, Channel] = {}
        self.task_dispatcher = self

    def add_task(self, channel: Channel) -> None:
        Thread(target=_respond, args=[channel], name="mockserver-response", daemon=True).start()

    def is_leading(self) -> bool:
        return False

    def begin_waiting(self) -> bool:
        return True

    def end_waiting(self) -> None: ...

    def pull_trigger(self) -> None:
        """Do nothing: there is no loop to wake up, since nothing waits to be sent."""


def _respond(channel: Channel) -> None:
    channel.service()
    while channel.connected and channel.writable():
        channel.handle_write()

"""The mock at the live API's address, for code that uses ``requests``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from io import BufferedReader, RawIOBase
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from mockserver.optional_deps import extra
from mockserver.strict_json import JSON
from mockserver.testing.admin_client import AdminClient
from mockserver.testing.in_process import Connection, InProcess

if TYPE_CHECKING:
    from requests import PreparedRequest
    from requests.adapters import HTTPAdapter

_MAX_IDLE_CONNECTIONS = 64


@contextmanager
def intercept_requests(
    contract: str | None = None,
    *,
    key: str | None = None,
    passthrough: Iterable[str] = (),
    **settings: JSON,
) -> Iterator[AdminClient]:
    """Answer what ``requests`` sends to https://api.aimlapi.com, images' links among it.

    :param contract: the contract of responses, such as ``dall-e-2@2026-01-16``; by default the
        pinned one.
    :param key: the API key of the returned admin client; by default it is for all keys.
    :param passthrough: prefixes of other URLs that may be requested; all others are refused.
    :param settings: see :class:`mockserver.settings.Settings`; ``public_url`` is the intercepted
        address.
    :raises MockserverError: when the extra ``requests`` is missing.
    """
    requests = extra("requests", "requests", "intercept_requests")
    mock = InProcess(contract, settings)
    there = re.compile(rf"{re.escape(mock.origin)}([/?#]|$)")
    connect = requests.adapters.HTTPAdapter.get_connection_with_tls_context

    def pool_for(adapter: HTTPAdapter, request: PreparedRequest, *more: Any, **options: Any) -> Any:  # noqa: ANN401
        url = request.url or ""
        if there.match(url):
            return pool
        if url.startswith(tuple(passthrough)):
            return connect(adapter, request, *more, **options)
        reason = f"{url} does not match {mock.origin} or passthrough: the connection is refused"
        raise requests.ConnectionError(reason, request=request)

    with (
        closing(_pool(mock)) as pool,
        patch.object(requests.adapters.HTTPAdapter, "get_connection_with_tls_context", pool_for),
    ):
        yield mock.admin_client(key)


def _pool(mock: InProcess) -> Any:  # noqa: ANN401 - of urllib3
    import urllib3

    pool: Any = urllib3.connection_from_url(mock.origin, maxsize=_MAX_IDLE_CONNECTIONS)

    class InMemory(pool.ConnectionCls):  # type: ignore[misc]
        def connect(self) -> None:
            self.sock = _Socket(mock.connect())
            self.is_verified = True

        @property
        def is_connected(self) -> bool:
            return bool(self.sock) and not self.sock.connection.is_readable

    pool.ConnectionCls = InMemory
    return pool


class _Socket:
    """A connection as the socket that ``http.client`` needs.

    Like a socket, it stays open until the file of the response is closed, too.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.timeout: float | None = None
        self._open = 1

    def settimeout(self, seconds: float | None) -> None:
        self.timeout = seconds

    def sendall(self, data: bytes) -> None:
        self.connection.send(data)

    def makefile(self, *_: object) -> BufferedReader:
        self._open += 1
        return BufferedReader(_File(self))

    def close(self) -> None:
        self._open -= 1
        if not self._open:
            self.connection.close()


class _File(RawIOBase):
    def __init__(self, socket: _Socket) -> None:
        self._socket = socket

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401
        data = self._socket.connection.receive(len(buffer), self._socket.timeout)
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._socket.close()
        super().close()

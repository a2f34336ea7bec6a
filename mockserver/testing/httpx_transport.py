"""The mock as a transport of ``httpx``, and so of the OpenAI SDK.

Newer versions of the SDK use ``httpx2``. Its clients take the same transports, so each request is
sent by the transport of its own library, over connections to the mock.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, contextmanager
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from mockserver.optional_deps import extra
from mockserver.strict_json import JSON
from mockserver.testing.admin_client import AdminClient
from mockserver.testing.in_process import Connection, InProcess


def httpx_transport(
    contract: str | None = None, *, key: str | None = None, **settings: JSON
) -> Any:  # noqa: ANN401
    """Return a transport that answers every URL: ``httpx.Client(transport=…)``.

    It is a :class:`Transport`; Any, because the types of httpx and httpx2 are unrelated.

    :param contract: the contract of responses, such as ``dall-e-2@2026-01-16``; by default the
        pinned one.
    :param key: the API key of its ``api``; by default it is for all keys.
    :param settings: see :class:`mockserver.settings.Settings`.
    :raises MockserverError: when the extra ``httpx`` is missing.
    """
    extra("anyio", "httpx", "httpx_transport")
    return Transport(InProcess(contract, settings), key)


def async_httpx_transport(
    contract: str | None = None, *, key: str | None = None, **settings: JSON
) -> Any:  # noqa: ANN401
    """Return the same transport for ``httpx.AsyncClient``."""
    return httpx_transport(contract, key=key, **settings)


class Transport(AbstractContextManager[Any], AbstractAsyncContextManager[Any]):
    """Answers the requests of a client; its ``api`` still works when the client is closed.

    :ivar api: the client of the mock's admin API.
    """

    def __init__(self, mock: InProcess, key: str | None) -> None:
        self._mock = mock
        self._transports: dict[tuple[str, str], Any] = {}
        self.api: AdminClient = mock.admin_client(key)

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def close(self) -> None:
        """Close the connections of clients that are not async."""
        for (_, prefix), transport in self._transports.items():
            if not prefix:
                transport.close()

    async def aclose(self) -> None:
        """Close the connections of async clients."""
        for (_, prefix), transport in self._transports.items():
            if prefix:
                await transport.aclose()

    def handle_request(self, request: Any) -> Any:  # noqa: ANN401
        """Answer a request, as the library's transports do."""
        return self._transport_for(request, "").handle_request(request)

    async def handle_async_request(self, request: Any) -> Any:  # noqa: ANN401
        """Answer a request, as the library's async transports do."""
        return await self._transport_for(request, "Async").handle_async_request(request)

    def _transport_for(self, request: Any, prefix: str) -> Any:  # noqa: ANN401
        library = type(request).__module__.partition(".")[0]
        if (library, prefix) not in self._transports:
            made = _library_transport(self._mock, library, prefix)
            self._transports.setdefault((library, prefix), made)
        return self._transports[library, prefix]


def _library_transport(mock: InProcess, library: str, prefix: str) -> Any:  # noqa: ANN401
    """Return a transport of a library, whose connections lead to the mock.

    :param prefix: ``Async`` for an async one, or empty.
    """
    core = import_module(library.replace("httpx", "httpcore"))

    def connect(*_: object, **__: object) -> _Stream:
        return _Stream(mock.connect(), core)

    async def connect_async(*_: object, **__: object) -> _AsyncStream:
        return _AsyncStream(connect())

    no_certificates = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made = getattr(import_module(library), f"{prefix}HTTPTransport")(verify=no_certificates)
    made._pool = getattr(core, f"{prefix}ConnectionPool")(  # noqa: SLF001 - no argument sets it
        ssl_context=no_certificates,
        max_connections=None,
        network_backend=SimpleNamespace(connect_tcp=connect_async if prefix else connect),
    )
    return made


class _Stream:
    """A network stream of httpcore, or httpcore2, whose errors it raises."""

    def __init__(self, connection: Connection, core: Any) -> None:  # noqa: ANN401
        self.connection = connection
        self._core = core

    def start_tls(self, *_: object, **__: object) -> _Stream:
        return self

    def get_extra_info(self, name: str) -> bool | None:
        return self.connection.is_readable if name == "is_readable" else None

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with self.errors():
            return self.connection.receive(max_bytes, timeout)

    def write(self, data: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        with self.errors():
            self.connection.send(data)

    def close(self) -> None:
        self.connection.close()

    @contextmanager
    def errors(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError as error:
            raise self._core.ReadTimeout(error) from error
        except BrokenPipeError as error:
            raise self._core.WriteError(error) from error
        except OSError as error:
            raise self._core.ReadError(error) from error


class _AsyncStream:
    """The same for async transports.

    It waits on threads that do not count among the 40 of anyio, which are the user's.
    """

    def __init__(self, stream: _Stream) -> None:
        self._stream = stream
        self.get_extra_info = stream.get_extra_info

    async def start_tls(self, *_: object, **__: object) -> _AsyncStream:
        return self

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        anyio = extra("anyio", "httpx", "httpx_transport")
        with self._stream.errors(), anyio.fail_after(timeout):
            received: bytes = await anyio.to_thread.run_sync(
                self._stream.connection.receive,
                max_bytes,
                None,
                abandon_on_cancel=True,  # the library closes the connection, which ends the wait
                limiter=anyio.CapacityLimiter(1),
            )
        return received

    async def write(self, data: bytes, timeout: float | None = None) -> None:
        self._stream.write(data, timeout)

    async def aclose(self) -> None:
        self._stream.close()

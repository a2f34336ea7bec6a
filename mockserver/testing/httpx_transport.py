"""The mock as a transport of ``httpx``, and so of the OpenAI SDK.

Newer versions of the SDK use ``httpx2``. Its clients take the same transports but need responses of
their own library, so each response is made by the library of its request.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any, TypeVar

from mockserver.optional_deps import extra
from mockserver.strict_json import JSON
from mockserver.testing.admin_client import AdminClient
from mockserver.testing.in_process import Head, InProcess

__all__ = ["Transport", "async_httpx_transport", "httpx_transport"]

Part = TypeVar("Part")


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
        self.api: AdminClient = mock.admin_client(key)

    def __exit__(self, *_: object) -> None: ...

    async def __aexit__(self, *_: object) -> None: ...

    def close(self) -> None:
        """Do nothing: there is no socket."""

    async def aclose(self) -> None:
        """Do nothing: there is no socket."""

    def handle_request(self, request: Any) -> Any:  # noqa: ANN401
        """Answer a request; the method is part of the library's transport interface."""
        exchange = _Exchange(self._mock, request, request.read())
        return exchange.response(exchange.wait(exchange.streaming.head), exchange.pieces())

    async def handle_async_request(self, request: Any) -> Any:  # noqa: ANN401
        """Answer a request; the method is part of the library's transport interface."""
        exchange = _Exchange(self._mock, request, await request.aread())
        head = await exchange.wait_async(exchange.streaming.head)
        return exchange.response(head, exchange.pieces_async())


class _Exchange:
    """A request of either library, and its response as an object of that library.

    :param body: of the request, in bytes.
    """

    def __init__(self, mock: InProcess, request: Any, body: bytes) -> None:  # noqa: ANN401
        self._request = request
        self._library: Any = sys.modules[type(request).__module__.partition(".")[0]]
        self._timeout: float | None = request.extensions.get("timeout", {}).get("read")
        self._missing = 0
        headers = request.headers.multi_items()
        self.streaming = mock.start(request.method, str(request.url), headers, body)

    def response(self, head: Head, pieces: Iterator[bytes] | AsyncIterator[bytes]) -> Any:  # noqa: ANN401
        """Return a response of the library."""
        status, headers = head
        made = self._library.Response(status, headers=headers, content=pieces)
        if self._request.method != "HEAD":
            self._missing = int(made.headers.get("Content-Length", 0))
        return made

    def pieces(self) -> Iterator[bytes]:
        """Yield the body."""
        while (piece := self.wait(self.streaming.piece)) is not None:
            self._missing -= len(piece)
            yield piece
        self._check_end()

    async def pieces_async(self) -> AsyncIterator[bytes]:
        """Yield the body."""
        while (piece := await self.wait_async(self.streaming.piece)) is not None:
            self._missing -= len(piece)
            yield piece
        self._check_end()

    def wait(self, wait: Callable[[float | None], Part]) -> Part:
        """Wait for a part of the response, within the client's timeout."""
        try:
            return wait(self._timeout)
        except OSError as error:
            raise self._error(error) from None

    async def wait_async(self, wait: Callable[[], Part]) -> Part:
        """Wait for a part of the response, within the client's timeout."""
        anyio = extra("anyio", "httpx", "httpx_transport")
        try:
            with anyio.fail_after(self._timeout):
                part: Part = await anyio.to_thread.run_sync(wait, abandon_on_cancel=True)
                return part
        except BaseException as error:
            self.streaming.cancel()
            if isinstance(error, OSError):
                raise self._error(error) from None
            raise

    def _error(self, error: OSError) -> Exception:
        """Return the library's own error for a timeout or a connection that ended."""
        name, reason = "RemoteProtocolError", "Server disconnected without sending a response."
        if isinstance(error, TimeoutError):
            name, reason = "ReadTimeout", f"no response for {self._timeout:g} s"
        elif error.errno:
            name, reason = "ReadError", str(error)
        made: Exception = getattr(self._library, name)(reason, request=self._request)
        return made

    def _check_end(self) -> None:
        """Raise an error when the body ended early, as reading from a socket does."""
        if self._missing > 0:
            reason = f"the response ended {self._missing} bytes before its Content-Length"
            raise self._library.RemoteProtocolError(reason, request=self._request)

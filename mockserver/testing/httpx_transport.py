"""The mock as a transport of ``httpx``, and so of the OpenAI SDK.

The SDK's newer versions use ``httpx2``, whose clients take the same transports but want their own
library's responses; so each answer is made by the library that its request is of.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any, TypeVar

from mockserver.optional_deps import extra
from mockserver.strict_json import JSON
from mockserver.testing.admin_client import AdminClient
from mockserver.testing.conversation import Head
from mockserver.testing.in_process import InProcess

__all__ = ["AsyncTransport", "Transport", "async_httpx_transport", "httpx_transport"]


Part = TypeVar("Part")


def httpx_transport(
    contract: str | None = None, *, key: str | None = None, **settings: JSON
) -> Any:  # noqa: ANN401
    """Make a transport that answers whatever a client is sent to: ``httpx.Client(transport=…)``.

    It is a :class:`Transport`; Any, because httpx and httpx2 know nothing of each other's types.

    :param contract: what answers, such as ``dall-e-2@2026-01-16``; the pinned one unless given.
    :param key: whose requests its ``api`` is for; everybody's unless given.
    :param settings: see :class:`mockserver.settings.Settings`.
    :raises MockserverError: where the extra ``httpx`` is missing.
    """
    extra("anyio", "httpx")
    return Transport(InProcess(contract, settings), key)


def async_httpx_transport(
    contract: str | None = None, *, key: str | None = None, **settings: JSON
) -> Any:  # noqa: ANN401
    """Make the same transport for ``httpx.AsyncClient``."""
    extra("anyio", "httpx")
    return AsyncTransport(InProcess(contract, settings), key)


class Transport(AbstractContextManager["Transport"]):
    """Answers the requests of a client; when that closes, it can still be asked what they were.

    :ivar api: what controls the mock.
    """

    def __init__(self, mock: InProcess, key: str | None) -> None:
        self._mock = mock
        self.api: AdminClient = mock.control(key)

    def __exit__(self, *_: object) -> None: ...

    def close(self) -> None:
        """Do nothing: there is no socket."""

    def handle_request(self, request: Any) -> Any:  # noqa: ANN401
        """Answer a request, as the library's transports do."""
        exchange = _Exchange(self._mock, request, request.read())
        return exchange.response(exchange.wait(exchange.conversation.head), exchange.pieces())


class AsyncTransport(AbstractAsyncContextManager["AsyncTransport"]):
    """The same for an asynchronous client.

    :ivar api: what controls the mock.
    """

    def __init__(self, mock: InProcess, key: str | None) -> None:
        self._mock = mock
        self.api: AdminClient = mock.control(key)

    async def __aexit__(self, *_: object) -> None: ...

    async def aclose(self) -> None:
        """Do nothing: there is no socket."""

    async def handle_async_request(self, request: Any) -> Any:  # noqa: ANN401
        """Answer a request, as the library's transports do."""
        exchange = _Exchange(self._mock, request, await request.aread())
        head = await exchange.wait_async(exchange.conversation.head)
        return exchange.response(head, exchange.pieces_async())


class _Exchange:
    """A request of either library, and its answer in the terms of that library.

    :param body: of the request, in bytes.
    """

    def __init__(self, mock: InProcess, request: Any, body: bytes) -> None:  # noqa: ANN401
        self._request = request
        self._kind: Any = sys.modules[type(request).__module__.partition(".")[0]]
        self._patience: float | None = request.extensions.get("timeout", {}).get("read")
        self._missing = 0
        headers = request.headers.multi_items()
        self.conversation = mock.converse(request.method, str(request.url), headers, body)

    def response(self, head: Head, pieces: Iterator[bytes] | AsyncIterator[bytes]) -> Any:  # noqa: ANN401
        """Make the library's response."""
        status, headers = head
        made = self._kind.Response(status, headers=headers, content=pieces)
        if self._request.method != "HEAD":
            self._missing = int(made.headers.get("Content-Length", 0))
        return made

    def pieces(self) -> Iterator[bytes]:
        """Hand the body on."""
        while (piece := self.wait(self.conversation.piece)) is not None:
            self._missing -= len(piece)
            yield piece
        self._check_end()

    async def pieces_async(self) -> AsyncIterator[bytes]:
        """Hand the body on."""
        while (piece := await self.wait_async(self.conversation.piece)) is not None:
            self._missing -= len(piece)
            yield piece
        self._check_end()

    def wait(self, wait: Callable[[float | None], Part]) -> Part:
        """Wait for a part of the answer, for as long as the client is patient."""
        try:
            return wait(self._patience)
        except TimeoutError:
            raise self._too_late() from None

    async def wait_async(self, wait: Callable[[], Part]) -> Part:
        """Wait for a part of the answer, for as long as the client is patient."""
        anyio = extra("anyio", "httpx")
        try:
            with anyio.fail_after(self._patience):
                part: Part = await anyio.to_thread.run_sync(wait, abandon_on_cancel=True)
                return part
        except BaseException as error:
            self.conversation.cancel()
            if isinstance(error, TimeoutError):
                raise self._too_late() from None
            raise

    def _too_late(self) -> Exception:
        reason = f"no answer for {self._patience:g} s"
        made: Exception = self._kind.ReadTimeout(reason, request=self._request)
        return made

    def _check_end(self) -> None:
        """Complain about an early end, as whoever reads from a socket does."""
        if self._missing > 0:
            reason = f"the answer ended {self._missing} bytes before its Content-Length"
            raise self._kind.RemoteProtocolError(reason, request=self._request)

"""The mock at the live API's address, for code that uses ``requests``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from io import BufferedReader, RawIOBase
from typing import TYPE_CHECKING, Any

from mockserver.optional_deps import extra
from mockserver.strict_json import JSON
from mockserver.testing.admin_client import AdminClient
from mockserver.testing.in_process import InProcess, StreamingExchange

if TYPE_CHECKING:
    from requests import PreparedRequest

__all__ = ["intercept_requests"]

_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")


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
    responses = extra("responses", "requests", "intercept_requests")
    mock = InProcess(contract, settings)

    with responses.RequestsMock(assert_all_requests_are_fired=False) as intercepted:
        there = re.compile(rf"{re.escape(mock.origin)}([/?#]|$)")
        for method in _METHODS:
            intercepted.add_callback(method, there, partial(_respond, mock), content_type=None)
        for prefix in passthrough:
            intercepted.add_passthru(prefix)
        yield mock.admin_client(key)


def _respond(
    mock: InProcess, request: PreparedRequest
) -> tuple[int, list[tuple[str, str]], BufferedReader]:
    from requests import ConnectionError as RequestsConnectionError
    from requests import ReadTimeout
    from urllib3.exceptions import ProtocolError

    timeout = _timeout(request)
    body = request.body or b""
    exchange = mock.start(
        request.method or "",
        request.url or "",
        request.headers.items(),
        body.encode() if isinstance(body, str) else body,
    )
    try:
        status, headers = exchange.head(timeout)
    except TimeoutError as error:
        raise ReadTimeout(error, request=request) from None
    except OSError as error:
        aborted = ProtocolError("Connection aborted.", error)
        raise RequestsConnectionError(aborted, request=request) from None
    return status, headers, BufferedReader(_Body(exchange, timeout))


class _Body(RawIOBase):
    """The body of a response as the file that urllib3 reads; urllib3 counts the bytes."""

    def __init__(self, exchange: StreamingExchange, timeout: float | None) -> None:
        self._exchange = exchange
        self._timeout = timeout
        self._left: memoryview | None = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401
        if self._left is not None and not self._left:
            piece = self._exchange.piece(self._timeout)
            self._left = None if piece is None else memoryview(piece)
        if self._left is None:
            return 0
        taken = min(len(buffer), len(self._left))
        buffer[:taken] = self._left[:taken]
        self._left = self._left[taken:]
        return taken


def _timeout(request: PreparedRequest) -> float | None:
    """Return the caller's read timeout in seconds, which ``responses`` stores."""
    timeout = vars(request).get("req_kwargs", {}).get("timeout")
    seconds: float | None = timeout[1] if isinstance(timeout, tuple) else timeout
    return seconds

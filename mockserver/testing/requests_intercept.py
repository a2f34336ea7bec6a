"""The mock in front of the live API's address, for code that uses ``requests``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BufferedReader, RawIOBase
from typing import TYPE_CHECKING, Any

from mockserver.optional_deps import extra
from mockserver.strict_json import JSON
from mockserver.testing.admin_client import AdminClient
from mockserver.testing.conversation import StreamingExchange
from mockserver.testing.in_process import InProcess

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

    :param contract: what answers, such as ``dall-e-2@2026-01-16``; the pinned one unless given.
    :param key: whose requests the given control is for; everybody's unless given.
    :param passthrough: what other URLs begin with that may go out; all others are refused.
    :param settings: see :class:`mockserver.settings.Settings`; ``public_url`` is the address that
        is answered for.
    :raises MockserverError: where the extra ``requests`` is missing.
    """
    responses = extra("responses", "requests")
    mock = InProcess(contract, settings)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as intercepted:
        there = re.compile(rf"{re.escape(mock.origin)}([/?#]|$)")
        for method in _METHODS:
            intercepted.add_callback(method, there, _Answering(mock), content_type=None)
        for prefix in passthrough:
            intercepted.add_passthru(prefix)
        yield mock.control(key)


class _Answering:
    """Answers requests of the library, as ``responses`` asks for it."""

    def __init__(self, mock: InProcess) -> None:
        self._mock = mock

    def __call__(self, request: PreparedRequest) -> tuple[int, list[tuple[str, str]], Any]:
        from requests import ReadTimeout

        timeout = _patience(request)
        body = request.body or b""
        conversation = self._mock.converse(
            request.method or "",
            request.url or "",
            request.headers.items(),
            body.encode() if isinstance(body, str) else body,
        )
        try:
            status, headers = conversation.head(timeout)
        except TimeoutError as error:
            raise ReadTimeout(error, request=request) from None
        return status, headers, BufferedReader(_Body(conversation, timeout))


class _Body(RawIOBase):
    """The body of an answer as the file that urllib3 reads; it counts the bytes itself."""

    def __init__(self, conversation: StreamingExchange, timeout: float | None) -> None:
        self._conversation = conversation
        self._patience = timeout
        self._left: memoryview | None = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401
        if self._left is not None and not self._left:
            piece = self._conversation.piece(self._patience)
            self._left = None if piece is None else memoryview(piece)
        if self._left is None:
            return 0
        taken = min(len(buffer), len(self._left))
        buffer[:taken] = self._left[:taken]
        self._left = self._left[taken:]
        return taken


def _patience(request: PreparedRequest) -> float | None:
    """Read how long the caller waits for each byte, in seconds; ``responses`` notes it down."""
    timeout = vars(request).get("req_kwargs", {}).get("timeout")
    seconds: float | None = timeout[1] if isinstance(timeout, tuple) else timeout
    return seconds

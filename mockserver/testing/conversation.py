"""One answer of the mock in process, bounded by its client's patience as over a socket."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeAlias
from wsgiref.types import WSGIApplication, WSGIEnvironment

__all__ = ["Head", "StreamingExchange"]

Head: TypeAlias = tuple[int, list[tuple[str, str]]]
"""The status and the headers of an answer."""

Part: TypeAlias = Head | bytes | BaseException | None
"""What an answer comes in: its head, pieces of its body, its end; or what broke it."""


class StreamingExchange:
    """A request, answered on a thread of its own, so that its client can give up first.

    :param application: what answers.
    :param environ: the request.
    """

    def __init__(self, application: WSGIApplication, environ: WSGIEnvironment) -> None:
        self._application = application
        self._environ = environ
        self._parts: SimpleQueue[Part] = SimpleQueue()
        Thread(target=self._response, name="mockserver-answer", daemon=True).start()

    def head(self, timeout: float | None = None) -> Head:
        """Wait for the status and the headers.

        :param patience: in seconds; None waits for as long as it takes.
        :raises TimeoutError: when the patience is over first.
        """
        head: Head = self._next(timeout)
        return head

    def piece(self, timeout: float | None = None) -> bytes | None:
        """Wait for the next piece of the body; None is its end.

        :param patience: in seconds; None waits for as long as it takes.
        :raises TimeoutError: when the patience is over first.
        """
        piece: bytes | None = self._next(timeout)
        return piece

    def cancel(self) -> None:
        """Wake whoever waits: the client listens no longer."""
        self._parts.put(None)

    def _next(self, timeout: float | None) -> Any:  # noqa: ANN401
        try:
            part = self._parts.get(timeout=timeout)
        except Empty:
            raise TimeoutError(f"no answer for {timeout:g} s") from None
        if isinstance(part, BaseException):
            raise part
        return part

    def _response(self) -> None:
        try:
            for piece in self._pieces():
                if piece:
                    self._parts.put(piece)
            self._parts.put(None)
        except Exception as error:  # noqa: BLE001 - it is raised where the answer is awaited
            self._parts.put(error)

    def _pieces(self) -> Iterator[bytes]:
        pieces: Iterable[bytes] = self._application(self._environ, self._begin)
        try:
            yield from pieces
        finally:
            close: Callable[[], object] = getattr(pieces, "close", lambda: None)
            close()

    def _begin(
        self, status: str, headers: list[tuple[str, str]], _error: object = None
    ) -> Callable[[bytes], object]:
        self._parts.put((int(status.split()[0]), list(headers)))
        return self._parts.put

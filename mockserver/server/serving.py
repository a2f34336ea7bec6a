"""The HTTP server: waitress, listening, stopping, and the limits that it is set to.

Waitress reads whole requests in one loop, so a slow client costs no thread.
"""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from threading import Thread
from time import sleep
from typing import TYPE_CHECKING, Any, cast

from waitress import wasyncore
from waitress.server import create_server

from mockserver.clock import monotonic
from mockserver.server.address import BACKLOG, reachable
from mockserver.server.channel import IDENT, Channel
from mockserver.server.dispatcher import Dispatcher
from mockserver.server.parser import MAX_BODY_BYTES, MAX_HEADER_BYTES
from mockserver.settings import THREADS

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

_CONNECTIONS = 1000
_SPARE_FILES = 64
"""Descriptors that are no clients: the listener, logs, what the application opens."""

_GRACE_SECONDS = 1
"""How long a stop waits for the responses under way."""

_LOOK_SECONDS = 1
"""How often the server looks for connections to close."""

_MAX_UNSENT_BYTES = 128 * 1024
"""How much of a body that is sent part by part waits for a client that does not read.

A body of known parts, which are shared, waits as a whole.
"""

ADJUSTMENTS: dict[str, Any] = {
    "ident": IDENT,
    "outbuf_high_watermark": _MAX_UNSENT_BYTES,
    "outbuf_overflow": MAX_BODY_BYTES,  # else a response would need a temporary file
    "max_request_header_size": MAX_HEADER_BYTES,
    "max_request_body_size": MAX_BODY_BYTES,
    "channel_request_lookahead": 1,  # else it does not notice that a client has left
    "clear_untrusted_proxy_headers": False,  # the application decides whom it trusts
    "log_socket_errors": False,
}
"""The settings of waitress for every client, over a socket or without."""


def serve(
    application: WSGIApplication,
    listener: socket.socket,
    *,
    threads: int = THREADS,
    on_ready: Callable[[], None],
) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP, then finish the responses under way.

    :param listener: from :func:`listen`; closed at the end.
    :param threads: the most requests that are worked on at once.
    :param on_ready: called when a client that connects will be answered.
    """
    server = _Server(application, listener, threads)
    for number in _stop_signals():
        signal.signal(number, lambda *_: server.stop())
    server.start()
    on_ready()
    server.run()
    server.close()


def _stop_signals() -> Iterator[signal.Signals]:
    yield from (signal.SIGINT, signal.SIGTERM)
    # Windows has none; nohup ignores it, and so must the command that it starts.
    hangup = getattr(signal, "SIGHUP", None)
    if hangup and signal.getsignal(hangup) is not signal.SIG_IGN:
        yield hangup


@contextmanager
def background(
    application: WSGIApplication, listener: socket.socket, *, threads: int = THREADS
) -> Iterator[None]:
    """Serve on a thread of this process while the context lasts; see :func:`serve`."""
    server = _Server(application, listener, threads)
    server.start()
    thread = Thread(target=server.run, name="mockserver", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.stop()
        thread.join()
        server.close()


class _Server:
    """Waitress, with an end that lets responses finish."""

    def __init__(self, application: WSGIApplication, listener: socket.socket, threads: int) -> None:
        self._sockets: dict[int, Any] = {}
        self._stops: SimpleQueue[None] = SimpleQueue()  # a signal's handler may put into it
        self._next_look = 0.0
        self._max_connections = _max_connections()
        self._dispatcher = Dispatcher(threads, self._turn)
        server = create_server(
            application,
            map=self._sockets,
            _dispatcher=cast(Any, self._dispatcher),
            sockets=[listener],
            server_name=reachable(listener.getsockname()),
            backlog=BACKLOG,
            connection_limit=self._max_connections,
            **ADJUSTMENTS,
        )
        self._waitress = cast(Any, server)  # its type hints are those of several sockets
        self._waitress.channel_class = Channel
        self._waitress.pull_trigger = self._wake

    def start(self) -> None:
        """Begin to respond.

        :raises RuntimeError: when no thread can be started.
        """
        self._dispatcher.start()

    def run(self) -> None:
        """Serve until :meth:`stop`, then for as long as responses take, up to the grace time."""
        while not self._is_stopped_within(self._dispatcher.watch()):
            pass
        self._waitress.accepting = False
        end = monotonic() + _GRACE_SECONDS
        while self._is_answering() and monotonic() < end:
            self._dispatcher.watch()
            sleep(0.02)

    def _is_stopped_within(self, seconds: float) -> bool:
        with suppress(Empty):
            self._stops.get(timeout=seconds)
            return True
        return False

    def stop(self) -> None:
        """End :meth:`run`; from any thread, or from a signal's handler."""
        self._stops.put(None)

    def close(self) -> None:
        """Hang up on every client, and close the listener."""
        self._dispatcher.stop(self._wake)
        for channel in self._channels():
            channel.handle_close()
        # Before the trigger, since a thread that is left could write into its descriptor.
        self._dispatcher.join(_GRACE_SECONDS)
        wasyncore.close_all(self._sockets)

    def _turn(self) -> None:
        if monotonic() >= self._next_look:
            self._next_look = monotonic() + _LOOK_SECONDS
            # Waitress closes them only once their clients read.
            for channel in filter(Channel.is_silent, self._channels()):
                channel.handle_close()
        if len(self._sockets) >= self._max_connections:
            self._close_idle_connection()
        wasyncore.loop(_LOOK_SECONDS, use_poll=True, map=self._sockets, count=1)

    def _wake(self) -> None:
        """End the wait for clients; waitress calls it after each response."""
        if not self._dispatcher.is_leading():  # it does not wait
            self._waitress.trigger.pull_trigger()

    def _close_idle_connection(self) -> None:
        """Close the connection that has been silent for the longest, so that others get in."""
        idle = [each for each in self._channels() if not each.is_answering()]
        if idle:
            min(idle, key=lambda channel: channel.last_activity).handle_close()

    def _channels(self) -> list[Channel]:
        return [each for each in [*self._sockets.values()] if isinstance(each, Channel)]

    def _is_answering(self) -> bool:
        return any(channel.is_answering() for channel in self._channels())


def _max_connections() -> int:
    """Return how many clients fit: waitress spins when it can open no more files."""
    try:
        import resource
    except ImportError:
        return 512 - _SPARE_FILES  # Windows waits for at most 512 sockets
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return _CONNECTIONS
    return max(1, min(_CONNECTIONS, files - _SPARE_FILES))

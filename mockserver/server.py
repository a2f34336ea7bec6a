"""The HTTP server: waitress, listening, stopping, and the limits that it is set to.

Waitress reads whole requests in one loop and hands only those to threads, so a slow client costs
no thread.
"""

from __future__ import annotations

import errno
import logging
import os
import signal
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any, cast
from wsgiref.types import WSGIApplication

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server
from waitress.task import Task, ThreadedTaskDispatcher, WSGITask

from mockserver.clock import monotonic
from mockserver.errors import AddressError
from mockserver.settings import THREADS

__all__ = ["ADJUSTMENTS", "Channel", "background", "base_url", "listen", "serve"]

_BACKLOG = 1024
"""Connections that the kernel holds until they are accepted."""

_CONNECTIONS = 1000
_SPARE_FILES = 64
"""Descriptors that are no clients: the listener, logs, what the application opens."""

_GRACE_SECONDS = 1
"""How long a stop waits for the responses under way."""

_IDENT = "mockserver"
_MAX_HEADER_BYTES = 64 * 1024
_MAX_BODY_BYTES = 128 * 1024 * 1024
"""Above every limit of an application, so that the application refuses in its own words.

A body waits in a temporary file, not in memory.
"""

ADJUSTMENTS: dict[str, Any] = {
    "ident": _IDENT,
    "max_request_header_size": _MAX_HEADER_BYTES,
    "max_request_body_size": _MAX_BODY_BYTES,
    "channel_request_lookahead": 1,  # else it does not notice that a client has left
    "clear_untrusted_proxy_headers": False,  # the application decides whom it trusts
    "log_socket_errors": False,
}
"""The settings of waitress for every client, over a socket or without."""

_TLS = b"\x16\x03"
"""How a client begins that speaks TLS."""

_RESET = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
"""The option of a socket that sends RST instead of FIN when it is closed."""

_log = logging.getLogger("mockserver.server")
_log.setLevel(logging.ERROR)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    :param host: a name or an address, IPv4 or IPv6.
    :param port: 0 takes any free one.
    :raises AddressError: when the port is in use or needs more rights, or the host is unknown.
    """
    family, address = _resolve(host, port)
    dual = family == socket.AF_INET6 and socket.has_dualstack_ipv6()
    try:
        return socket.create_server(address, family=family, backlog=_BACKLOG, dualstack_ipv6=dual)
    except OSError as error:
        raise AddressError(_reason(error, host, port)) from error


def _resolve(host: str, port: int) -> tuple[int, tuple[Any, ...]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        reason = f"cannot serve on {host!r}: no such host on this machine; try --host 127.0.0.1"
        raise AddressError(reason) from error
    # A name such as localhost can be both; it is IPv4 that clients and containers always have.
    family, _, _, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    return family, address


def _reason(error: OSError, host: str, port: int) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            way_out = f"--port {port + 1} or PORT={port + 1} takes another, --port 0 any free one"
            return f"port {port} of {host} is in use; {way_out}"
        case errno.EACCES:
            return f"port {port} of {host} needs more rights; try one above 1023: --port 8000"
        case errno.EADDRNOTAVAIL:
            return f"cannot serve on {host!r}: not an address of this machine; try --host 127.0.0.1"
        case _:
            return f"cannot serve on port {port} of {host}: {error.strerror}"


def base_url(address: tuple[Any, ...]) -> str:
    """Return the origin by which a client on this machine reaches a listening address."""
    host, port = _reachable(address), address[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _reachable(address: tuple[Any, ...]) -> str:
    host: str = address[0]
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


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
    thread = Thread(target=server.run, name="mockserver", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.stop()
        thread.join()
        server.close()


class _Task(WSGITask):
    """Waitress's, without a warning of each body that a fault cuts short."""

    logger = _log

    def execute(self) -> None:
        """Send the response; reset the connection where the application asks for that."""
        try:
            super().execute()
        except OSError as error:
            if error.errno == errno.ECONNRESET and self.channel.socket:
                self.channel.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            raise

    def build_response_header(self) -> bytes:
        """Return the head, without the ``Via`` that waitress adds to that of the proxy."""
        return super().build_response_header().replace(f"\r\nVia: {_IDENT}\r\n".encode(), b"\r\n")


class Channel(HTTPChannel):
    """Waitress's connection of one client."""

    task_class = _Task

    def received(self, data: bytes) -> bool:
        """Take in what a client has sent."""
        if self.request is None and data.startswith(_TLS):
            _log.error("a client speaks https to this server: its URL must begin with http://")
            data = _TLS + b"\r\n\r\n"  # the parser rejects it at once
        return super().received(data)

    def writable(self) -> bool:
        """Return whether the loop is to send; it would spin while a thread sends."""
        # Above this mark the thread waits for the loop.
        if self.total_outbufs_len <= self.adj.outbuf_high_watermark:
            if not self.outbuf_lock.acquire(blocking=False):
                return False
            self.outbuf_lock.release()
        return bool(super().writable())


class _Dispatcher(ThreadedTaskDispatcher):
    """Waitress's, but a thread is started only when all others are busy.

    :param threads: the most there are.
    """

    def __init__(self, threads: int) -> None:
        super().__init__()
        self._max_threads = threads

    def add_task(self, task: Task) -> None:
        """Hand a request to a thread."""
        with self.lock:
            self.queue.append(task)
            self.queue_cv.notify()
            idle = len(self.threads) - self.active_count
            busy = len(self.queue) > idle and len(self.threads) < self._max_threads
        if busy:
            self.set_thread_count(len(self.threads) + 1)


class _Server:
    """Waitress, with an end that lets responses finish."""

    def __init__(self, application: WSGIApplication, listener: socket.socket, threads: int) -> None:
        self._sockets: dict[int, Any] = {}
        self._stopping = Event()
        server = create_server(
            application,
            map=self._sockets,
            _dispatcher=_Dispatcher(threads),
            sockets=[listener],
            server_name=_reachable(listener.getsockname()),
            backlog=_BACKLOG,
            connection_limit=_max_connections(),
            **ADJUSTMENTS,
        )
        self._waitress = cast(BaseWSGIServer, server)  # as it is for one socket
        self._waitress.channel_class = Channel

    def run(self) -> None:
        """Serve until :meth:`stop`, then for as long as responses take, up to the grace time."""
        while not self._stopping.is_set():
            self._turn(1)
        self._waitress.accepting = False
        end = monotonic() + _GRACE_SECONDS
        while self._is_answering() and monotonic() < end:
            self._turn(0.05)

    def stop(self) -> None:
        """End :meth:`run`; from any thread, or from a signal's handler."""
        if not self._stopping.is_set():  # a second signal could find the trigger closed
            self._stopping.set()
            self._waitress.pull_trigger()

    def close(self) -> None:
        """Hang up on every client, and close the listener."""
        for channel in self._channels():
            channel.handle_close()
        # Before the trigger, since a thread that is left could write into its descriptor.
        self._waitress.task_dispatcher.shutdown(timeout=_GRACE_SECONDS)
        wasyncore.close_all(self._sockets)

    def _turn(self, seconds: float) -> None:
        wasyncore.loop(seconds, use_poll=True, map=self._sockets, count=1)

    def _channels(self) -> list[HTTPChannel]:
        return [each for each in self._sockets.values() if isinstance(each, HTTPChannel)]

    def _is_answering(self) -> bool:
        return any(channel.requests or channel.total_outbufs_len for channel in self._channels())


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

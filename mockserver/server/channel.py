"""A client's connection, and how much of the threads slow clients can take up."""

from __future__ import annotations

import errno
import logging
import os
import socket
import struct
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, Any, cast

from waitress.buffers import ReadOnlyFileBasedBuffer
from waitress.channel import HTTPChannel
from waitress.task import WSGITask

from mockserver.server.dispatcher import Dispatcher
from mockserver.server.parser import Parser

__all__ = ["IDENT", "Channel"]

IDENT = "mockserver"
"""The value of the ``Server`` header."""

_TLS = b"\x16\x03"
"""How a client begins that speaks TLS."""

_RESET = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
"""The option of a socket that sends RST instead of FIN when it is closed."""

_MAX_PARTS = 100
"""How many parts of responses are sent in one call; every system takes more."""

_LAST_READ_BYTES = 64 * 1024
_MAX_LAST_READS = 16

_log = logging.getLogger("mockserver.server")
_log.setLevel(logging.ERROR)


class _Task(WSGITask):
    """Waitress's, without a warning of each body that a fault cuts short."""

    logger = _log
    _waits = False

    def service(self) -> None:
        """Respond to the request."""
        try:
            super().service()
        finally:
            if self._waits:
                self._dispatcher.end_waiting()

    @property
    def _dispatcher(self) -> Dispatcher:
        return cast(Channel, self.channel).dispatcher

    def get_environment(self) -> dict[str, Any]:
        """Return the request's environment, in which the application asks whether it may wait."""
        environ = super().get_environment()
        environ["mockserver.may_wait"] = self._may_wait
        return environ

    def _may_wait(self) -> bool:
        """Return whether the request may wait, from now until its end."""
        self._waits = self._waits or self._dispatcher.begin_waiting()
        return self._waits

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
        cast(Channel, self.channel).head_waits = True
        return super().build_response_header().replace(f"\r\nVia: {IDENT}\r\n".encode(), b"\r\n")


class Channel(HTTPChannel):
    """Waitress's connection of one client."""

    task_class = _Task
    parser_class = Parser
    head_waits = False
    _thread_waits = False

    @property
    def dispatcher(self) -> Dispatcher:
        """The threads of the server."""
        return cast(Dispatcher, self.server.task_dispatcher)

    def is_answering(self) -> bool:
        """Return whether a response is being made or sent."""
        return bool(self.requests or self.total_outbufs_len)

    def received(self, data: bytes) -> bool:
        """Take in what a client has sent."""
        if self.request is None and data.startswith(_TLS):
            _log.error("a client speaks https to this server: its URL must begin with http://")
            data = _TLS + b"\r\n\r\n"  # the parser rejects it at once
        return super().received(data)

    def service(self) -> None:
        """Respond to the first of the requests that wait."""
        super().service()
        if self.dispatcher.is_leading() and super().writable():
            self.handle_write()  # else the loop would have to turn first

    def writable(self) -> bool:
        """Return whether the loop is to send; it would spin while a thread sends."""
        if not self._thread_waits:
            if not self.outbuf_lock.acquire(blocking=False):
                return False
            self.outbuf_lock.release()
        return bool(super().writable())

    def is_silent(self) -> bool:
        """Return whether the client has neither sent nor read for the time that it has."""
        is_due = self._thread_waits or not self.requests
        return is_due and time.time() - self.last_activity > self.adj.channel_timeout

    def handle_write(self) -> None:
        """Send what waits; the thread that responded may still do that, and no longer lead."""
        with self.outbuf_lock:
            super().handle_write()

    def handle_close(self) -> None:
        """Close the connection.

        What the client has sent is taken in first: else the system resets the connection, and the
        client may lose the response.
        """
        if self.will_close and self.connected:
            receive = cast(socket.socket, self.socket).recv
            with suppress(OSError):
                for _ in range(_MAX_LAST_READS):
                    if not receive(_LAST_READ_BYTES):
                        break
        super().handle_close()

    def _flush_some(self, do_close: bool = True) -> bool:
        """Send what waits; a head and the parts of its body in one call, not one by one."""
        if self.head_waits:  # its body follows at once
            self.head_waits = False
            return False
        sent = len(self.outbufs) > 1 and self._send_together()
        return bool(super()._flush_some(do_close)) or sent  # type: ignore[misc]

    def _send_together(self) -> bool:
        """Send as much of all buffers as the system takes at once, and return whether it took any.

        Waitress sends the rest, and handles the errors that it meets then.
        """
        parts = _parts(self.outbufs, self.sendbuf_len)[:_MAX_PARTS]
        try:
            sent = left = cast(socket.socket, self.socket).sendmsg(parts)
        except (AttributeError, OSError):  # Windows has no sendmsg
            return False
        self.total_outbufs_len -= sent
        self.last_activity = time.time()
        for buffer in self.outbufs:
            taken = min(left, len(buffer))
            buffer.skip(taken, True)
            left -= taken
        return bool(sent)

    def _flush_outbufs_below_high_watermark(self) -> None:
        """Let a thread wait until the client has read; hang up where too many threads wait."""
        if self.total_outbufs_len <= self.adj.outbuf_high_watermark:
            return
        if not self.dispatcher.begin_waiting():
            self.will_close, self.connected = True, False
            self.server.pull_trigger()
            return
        self._thread_waits = True
        try:
            super()._flush_outbufs_below_high_watermark()  # type: ignore[misc]
        finally:
            self._thread_waits = False
            self.dispatcher.end_waiting()


def _parts(buffers: Sequence[Any], size: int) -> list[bytes | memoryview]:
    """Return what buffers hold, up to a size, and leave it there."""
    parts: list[bytes | memoryview] = []
    for buffer in buffers:
        wanted = min(size, len(buffer))
        is_file = isinstance(buffer, ReadOnlyFileBasedBuffer)
        found = _parts_of_file(buffer.file, wanted) if is_file else [buffer.get(wanted)]
        parts += found
        size -= wanted
        if not size or sum(map(len, found)) < wanted:
            break
    return parts


def _parts_of_file(file: IO[bytes], size: int) -> list[bytes | memoryview]:
    """Return the parts that a file reads, up to a size, or up to where a fault cuts it."""
    parts: list[bytes | memoryview] = []
    position = file.tell()
    try:
        while size and (part := file.read(size)):
            parts.append(part)
            size -= len(part)
    except ConnectionAbortedError:
        pass
    file.seek(position)
    return parts

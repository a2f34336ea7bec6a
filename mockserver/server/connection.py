"""One client: what it has sent, what it has not taken yet, and how long it may take."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterable
from contextlib import suppress
from enum import Enum, auto
from http import HTTPStatus
from time import monotonic
from typing import Any

from mockserver.errors import APIError
from mockserver.server.inbox import Inbox
from mockserver.server.limits import Limits

__all__ = ["Address", "Connection", "Gone", "Stage"]

LINGER_SECONDS = 0.005
"""How long a thread waits for a client's next request before it hands the client back."""

PATIENCE_SECONDS = 0.25
"""How long a thread waits for a client to take an answer before the loop goes on with it."""

_CUT_SHORT = "Bad Request\nExpected the rest of the request, received its end"
_FAREWELL_SECONDS = 2.0
_MOST_PIECES = os.sysconf("SC_IOV_MAX")
_RECEIVE_BYTES = 64 * 1024


Address = tuple[Any, ...]
"""A socket's address: host and port, and two more fields for IPv6."""


class Gone(Exception):
    """The client has hung up."""


class Stage(Enum):
    """What a connection waits for: its client's next bytes, a thread, its client's ear, its end."""

    READING = auto()
    READY = auto()
    SENDING = auto()
    LEAVING = auto()
    GONE = auto()


class Connection:
    """A client's socket, and the stage that the conversation has reached.

    The socket blocks, but never for longer than the two times above: the kernel watches them, and
    asking it first whether the socket is ready would cost a system call each time. A thread and
    the loop never use a connection at the same time.

    :param peer: the client's address.
    """

    def __init__(self, client: socket.socket, peer: Address, limits: Limits) -> None:
        self.socket = client
        self.peer = peer
        self.server: Address = client.getsockname()
        self.inbox = Inbox(limits)
        self.stage = Stage.READING
        self.streaming = False
        self.deadline = monotonic() + limits.idle_seconds
        self._limits = limits
        self._unsent: list[bytes | memoryview] = []
        self._keep = True
        client.setblocking(True)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _timeval(LINGER_SECONDS))
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _timeval(PATIENCE_SECONDS))

    def proceed(self) -> None:
        """Do what the stage waited for.

        :raises Gone: when the client has hung up.
        """
        if self.stage is Stage.READING:
            self.read()
        elif self.stage is Stage.SENDING:
            self._push(socket.MSG_DONTWAIT)
        elif self.stage is Stage.LEAVING and self._receive() == b"":
            raise Gone

    def read(self) -> None:
        """Take in what the client has sent; it is ready when that makes a whole request.

        :raises Gone: when the client has hung up.
        """
        data = self._receive()
        if data is None:
            return
        if not self.inbox:
            self.deadline = monotonic() + self._limits.request_seconds
        if data:
            self.inbox.add(data)
        elif self.inbox:
            self.inbox.refuse(APIError(400, _CUT_SHORT))
        else:
            raise Gone
        self._look()

    def _receive(self) -> bytes | None:
        """Give what has come, nothing at the end, and None when the linger was over first."""
        try:
            return self.socket.recv(_RECEIVE_BYTES)
        except BlockingIOError:
            return None
        except OSError as error:
            raise Gone from error

    def _look(self) -> None:
        if self.inbox.whole():
            self.stage = Stage.READY
        elif self.inbox.expects_continue:
            self.inbox.expects_continue = False
            self.send([b"HTTP/1.1 100 Continue\r\n\r\n"], keep=True)

    def time_out(self) -> None:
        """End what has taken too long; a request that has begun is worth an answer."""
        if self.stage is Stage.READING and self.inbox:
            self.inbox.refuse(APIError(408, HTTPStatus.REQUEST_TIMEOUT.phrase))
            self.stage = Stage.READY
        else:
            self.stage = Stage.GONE

    def send(self, pieces: Iterable[bytes], *, keep: bool) -> None:
        """Send an answer; what the client does not take in time is left for the loop.

        :param pieces: byte strings, sent as they lie: none is copied.
        :param keep: whether the connection stays open after it.
        :raises Gone: when the client has hung up.
        """
        self._unsent += [piece for piece in pieces if piece]
        self._keep = keep
        self.stage = Stage.SENDING
        self._push()

    def stream(self, pieces: Iterable[bytes]) -> None:
        """Send a part of an answer that is still being made.

        :raises Gone: when the client has hung up, or takes nothing for too long.
        """
        self.streaming = True
        self._unsent += [piece for piece in pieces if piece]
        end = monotonic() + self._limits.request_seconds
        while self._unsent:
            if monotonic() > end:
                raise Gone
            self._push_batch()

    def _push(self, flags: int = 0) -> None:
        while self._unsent:
            if not self._push_batch(flags):
                self.deadline = monotonic() + self._limits.request_seconds
                return
        self._finish()

    def _push_batch(self, flags: int = 0) -> bool:
        """Send one gathered write, and tell whether the kernel took the whole of it."""
        batch = self._unsent[:_MOST_PIECES]
        try:
            sent = self.socket.sendmsg(batch, (), flags)
        except BlockingIOError:
            return False
        except OSError as error:
            raise Gone from error
        taken = 0
        while taken < len(batch) and sent >= len(batch[taken]):
            sent -= len(batch[taken])
            taken += 1
        del self._unsent[:taken]
        if sent:
            self._unsent[0] = memoryview(self._unsent[0])[sent:]
        return taken == len(batch)

    def _finish(self) -> None:
        """Go on after an answer: to what the client has already sent, or to the end."""
        self.streaming = False
        if not self._keep:
            return self._leave()
        self.stage = Stage.READING
        wait = self._limits.request_seconds if self.inbox else self._limits.idle_seconds
        self.deadline = monotonic() + wait
        return self._look() if self.inbox else None

    def _leave(self) -> None:
        """Say that no more will come, and wait for the client to hang up.

        To close at once would reset the connection while the client is still sending, and the end
        of the answer would be lost with it (RFC 9112 section 9.6).
        """
        self.stage = Stage.LEAVING
        self.deadline = monotonic() + _FAREWELL_SECONDS
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError as error:
            raise Gone from error

    def hang_up(self) -> None:
        """End the conversation from the server's side; a thread that waits for the client wakes."""
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


def _timeval(seconds: float) -> bytes:
    whole = int(seconds)
    return struct.pack("@ll", whole, round((seconds - whole) * 1_000_000))

"""Waits for all clients at once, and hands those with a whole request to threads."""

from __future__ import annotations

import selectors
import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from time import monotonic, sleep

from mockserver.server.connection import Connection, Gone, Stage
from mockserver.server.gateway import Gateway
from mockserver.server.limits import Limits

__all__ = ["Loop"]

_COURTESY_SECONDS = 0.0001
_MOST_COURTESY_SECONDS = 0.001
_SWEEP_SECONDS = 0.5
_JOIN_SECONDS = 0.2
_EVENTS = {
    Stage.READING: selectors.EVENT_READ,
    Stage.SENDING: selectors.EVENT_WRITE,
    Stage.LEAVING: selectors.EVENT_READ,
}


class Loop:
    """The clients of one process.

    A connection is either parked here, while its client is waited for, or in hand: queued for a
    thread or with one. Only the thread that runs the loop parks, hands over and closes.

    :param listener: listening, and not blocking.
    :param threads: the most requests that are worked on at the same time.
    :param shared: whether other processes take clients from the same listener.
    """

    def __init__(
        self,
        listener: socket.socket,
        gateway: Gateway,
        *,
        threads: int,
        limits: Limits,
        shared: bool = False,
    ) -> None:
        self._listener = listener
        self._gateway = gateway
        gateway.on_pause = self._ring
        self._most_threads = threads
        self._shared = shared
        self._limits = limits
        self._capacity = limits.capacity()
        self._parked: set[Connection] = set()
        self._in_hand: set[Connection] = set()
        self._returned: deque[Connection] = deque()
        self._threads: list[Thread] = []
        self._queue: SimpleQueue[Connection | None] = SimpleQueue()
        self._accepting = False
        self._stopping = False
        self._selector = selectors.DefaultSelector()
        self._bell, self._cord = socket.socketpair()
        for end in (self._bell, self._cord):
            end.setblocking(False)

    def run(self, beat: Callable[[], object] = lambda: None) -> None:
        """Serve until :meth:`stop`, then finish what is under way, as far as the limits let it.

        :param beat: called about twice a second.
        """
        self._selector.register(self._bell, selectors.EVENT_READ)
        self._accept_clients(True)
        next_sweep = monotonic()
        while not self._stopping:
            if monotonic() >= next_sweep:
                next_sweep = monotonic() + _SWEEP_SECONDS
                beat()
                self._sweep()
            self._turn(_SWEEP_SECONDS)
        self._finish()
        self._close()

    def stop(self) -> None:
        """Bring :meth:`run` to its end; from any thread, or from a signal's handler."""
        self._gateway.closing = True
        self._stopping = True
        self._ring()

    def _ring(self) -> None:
        with suppress(OSError):  # full: the bell is ringing already; closed: nobody listens
            self._cord.send(b"\0")

    def _turn(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            if key.fileobj is self._listener:
                self._accept()
            elif key.fileobj is self._bell:
                self._bell.recv(4096)
                self._staff()
            elif key.data in self._parked:
                self._attend(key.data)
        while self._returned:
            self._take_back(self._returned.popleft())

    def _accept_clients(self, wanted: bool) -> None:
        if wanted and not self._accepting:
            self._selector.register(self._listener, selectors.EVENT_READ)
        elif self._accepting and not wanted:
            self._selector.unregister(self._listener)
        self._accepting = wanted

    def _accept(self) -> None:
        clients = len(self._parked) + len(self._in_hand)
        if clients >= self._capacity and not self._make_room():
            self._accept_clients(False)
            return
        if self._shared:
            # Whoever has fewer clients is faster, so that no process is left without work.
            sleep(min(clients * _COURTESY_SECONDS, _MOST_COURTESY_SECONDS))
        with suppress(OSError):  # another worker was faster, or the client has gone again
            client, peer = self._listener.accept()
            self._park(Connection(client, peer, self._limits))

    def _make_room(self) -> bool:
        """Close the connection whose time is up first: sooner an unfinished request's than ours."""
        if not self._parked:
            return False
        first = min(self._parked, key=lambda parked: parked.deadline)
        self._unpark(first)
        first.socket.close()
        return True

    def _park(self, connection: Connection) -> None:
        self._parked.add(connection)
        self._selector.register(connection.socket, _EVENTS[connection.stage], connection)

    def _unpark(self, connection: Connection) -> None:
        self._parked.remove(connection)
        self._selector.unregister(connection.socket)

    def _attend(self, connection: Connection) -> None:
        """Go on with a parked connection whose client has done something."""
        self._unpark(connection)
        try:
            connection.proceed()
        except Gone:
            connection.stage = Stage.GONE
        self._place(connection)

    def _sweep(self) -> None:
        """End what has taken too long."""
        now = monotonic()
        for connection in [parked for parked in self._parked if parked.deadline <= now]:
            self._unpark(connection)
            connection.time_out()
            self._place(connection)

    def _place(self, connection: Connection) -> None:
        """Put a connection where its stage belongs."""
        if connection.stage is Stage.READY:
            self._hand_over(connection)
        elif connection.stage is Stage.GONE:
            connection.socket.close()
        else:
            self._park(connection)

    def _hand_over(self, connection: Connection) -> None:
        self._in_hand.add(connection)
        self._staff()
        self._queue.put(connection)

    def _staff(self) -> None:
        """Have a thread for each request in hand, as far as they may work at the same time."""
        while len(self._threads) < min(len(self._in_hand), self._places()):
            self._threads.append(Thread(target=self._work, name="mockserver", daemon=True))
            self._threads[-1].start()

    def _places(self) -> int:
        """Count the threads that there may be: one that waits on demand works on nothing."""
        return self._most_threads + self._gateway.paused

    def _take_back(self, connection: Connection) -> None:
        self._in_hand.remove(connection)
        self._place(connection)
        self._accept_clients(not self._stopping)

    def _work(self) -> None:
        """Do what a thread does: converse with one connection after the other."""
        while connection := self._queue.get():
            try:
                self._converse(connection)
            except Gone:
                connection.stage = Stage.GONE
            self._returned.append(connection)
            self._ring()

    def _converse(self, connection: Connection) -> None:
        """Answer a client, and stay for its next request while no other waits for a thread."""
        while True:
            self._gateway.answer(connection)
            if len(self._in_hand) > self._places():
                return
            if connection.stage is Stage.READING:
                connection.read()
            if connection.stage is not Stage.READY:
                return

    def _finish(self) -> None:
        """Let the answers under way come to their end, for as long as a stop may take."""
        self._accept_clients(False)
        deadline = monotonic() + self._limits.stop_seconds
        while monotonic() < deadline and self._is_answering():
            self._turn(0.05)

    def _is_answering(self) -> bool:
        sending = any(parked.stage is Stage.SENDING for parked in self._parked)
        return sending or bool(self._in_hand)

    def _close(self) -> None:
        for connection in [*self._parked, *self._in_hand]:
            connection.hang_up()
        for _ in self._threads:
            self._queue.put(None)
        deadline = monotonic() + _JOIN_SECONDS
        for thread in self._threads:
            thread.join(max(0, deadline - monotonic()))
        for closable in (self._selector, self._bell, self._cord):
            closable.close()

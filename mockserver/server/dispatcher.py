"""The threads of the server: one reads and responds, the others wait.

Python runs one thread at a time, so a request that another thread responds to costs two switches
and gains nothing. The thread that reads requests therefore responds to them as well. When a
response has to wait, or takes long, another thread goes on reading.
"""

from __future__ import annotations

import logging
import math
from collections import deque
from collections.abc import Callable
from threading import Condition, Lock, Thread, get_ident
from typing import Protocol

from mockserver.clock import monotonic

_LONG_SECONDS = 0.02
"""How long one response keeps all others waiting."""

_IDLE_SECONDS = 0.2
"""The same for the first response after a while without any."""

_log = logging.getLogger("mockserver.server")


class _Task(Protocol):
    def service(self) -> None: ...


class Dispatcher:
    """The threads, of which one leads: it alone reads, and responds to what it has read.

    At most three quarters of the threads wait at once; the others serve what does not wait.

    :param threads: the most requests that are worked on at once.
    :param read: reads what clients have sent, and adds the tasks.
    """

    def __init__(self, threads: int, read: Callable[[], None]) -> None:
        self._max_waiting = max(1, threads * 3 // 4)
        self._max_threads = threads + 1  # one leads
        self._read = read
        self._tasks: deque[_Task] = deque()
        self._lock = Lock()
        self._changed = Condition(self._lock)
        self._threads: set[Thread] = set()
        self._idle = 0
        self._waiting = 0
        self._leader = 0
        self._busy_since = math.inf
        self._is_idle = True
        self._stopped = False

    def start(self) -> None:
        """Begin to read and respond.

        :raises RuntimeError: when no thread can be started.
        """
        with self._lock:
            if not self._start_thread():
                raise RuntimeError("expected a thread to serve requests, but none can be started")

    def add_task(self, task: _Task) -> None:
        """Have a request responded to; waitress calls it."""
        self._tasks.append(task)

    def is_leading(self) -> bool:
        """Return whether this thread is the one that reads."""
        return self._leader == get_ident()

    def begin_waiting(self) -> bool:
        """Return whether this thread may wait; :meth:`end_waiting` must follow then."""
        with self._lock:
            if self._waiting >= self._max_waiting or (self.is_leading() and not self._replace()):
                return False
            self._waiting += 1
            return True

    def end_waiting(self) -> None:
        """Let another thread wait."""
        with self._lock:
            self._waiting -= 1

    def watch(self) -> float:
        """Let another thread lead when a response takes long.

        :returns: after how many seconds to call it again.
        """
        with self._lock:
            if monotonic() - self._busy_since > _LONG_SECONDS:
                self._replace()
            was_idle, self._is_idle = self._is_idle, True
            return _IDLE_SECONDS if was_idle else _LONG_SECONDS

    def stop(self, wake: Callable[[], None]) -> None:
        """Read nothing more, and let the threads end when they have responded.

        :param wake: ends a wait for clients.
        """
        with self._lock:
            self._stopped = True
            self._changed.notify_all()
            wake()
            # The limit is a safeguard: nothing may keep a server from ending.
            self._changed.wait_for(
                lambda: not self._leader or self._busy_since < math.inf, timeout=1
            )

    def join(self, seconds: float) -> None:
        """Wait for the threads to end, up to a time."""
        end = monotonic() + seconds
        for thread in [*self._threads]:
            thread.join(max(0.0, end - monotonic()))

    def _replace(self) -> bool:
        """Let another thread lead, and return whether there is one."""
        if not self._idle and not self._start_thread():
            return False
        self._leader, self._busy_since = 0, math.inf
        self._changed.notify()
        return True

    def _start_thread(self) -> bool:
        if len(self._threads) >= self._max_threads:
            return False
        number = len(self._threads)
        thread = Thread(target=self._work, name=f"mockserver-{number}", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # more than the system, or the container, allows
            self._max_threads = number
            _log.error("cannot start more than %d threads; requests wait", number)
            return False
        self._threads.add(thread)
        return True

    def _work(self) -> None:
        while self._becomes_leader():
            while step := self._next_step():
                try:
                    step()
                except BaseException:  # noqa: BLE001  # also SystemExit: somebody has to lead
                    _log.exception("Exception while serving")

    def _becomes_leader(self) -> bool:
        with self._lock:
            self._idle += 1
            self._changed.wait_for(lambda: self._stopped or not self._leader)
            self._idle -= 1
            if not self._stopped:
                self._leader = get_ident()
            return not self._stopped

    def _next_step(self) -> Callable[[], None] | None:
        """Return what the leader does next; None when this thread does not lead any more."""
        with self._lock:
            if not self.is_leading():
                return None
            if self._stopped:
                self._leader = 0
                self._changed.notify_all()
                return None
            if not self._tasks:
                self._busy_since = math.inf
                return self._read
            self._busy_since = monotonic()
            self._is_idle = False
            return self._tasks.popleft().service

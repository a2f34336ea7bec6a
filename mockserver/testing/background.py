"""Work on a daemon thread behind a bounded queue, for which no caller ever waits."""

from __future__ import annotations

import atexit
from collections import deque
from collections.abc import Callable
from threading import Condition, Thread
from typing import Generic, TypeVar

Item = TypeVar("Item")

_EXIT_SECONDS = 2.0
"""How long the end of the process waits for what is still to do."""

_PAUSE_SECONDS = 0.02
"""How long an item waits where no other is before it, so that who submits it is not slowed down."""


class BackgroundWorker(Generic[Item]):
    """Calls a function with each submitted item, in their order, on one daemon thread.

    What is still to do at the end of the process is done if that takes little time.

    :param work: the function; it must not raise.
    :param max_bytes: how large the items that wait may be together.
    """

    def __init__(self, work: Callable[[Item], None], max_items: int, max_bytes: int) -> None:
        self._work = work
        self._max_items, self._max_bytes = max_items, max_bytes
        self._items: deque[tuple[Item, int]] = deque()
        self._bytes = 0
        self._changed = Condition()
        self._thread: Thread | None = None
        self._is_closed = False
        atexit.register(self.close, _EXIT_SECONDS)

    def submit(self, item: Item, size: int) -> bool:
        """Add an item of a size in bytes, and return whether there was room for it."""
        with self._changed:
            is_full = len(self._items) >= self._max_items or self._bytes + size > self._max_bytes
            if is_full or self._is_closed:
                return False
            if self._thread is None or not self._thread.is_alive():  # it ends in a forked process
                self._thread = Thread(target=self._run, name="mockserver-watch", daemon=True)
                self._thread.start()
            self._items.append((item, size))
            self._bytes += size
            self._changed.notify_all()
        return True

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._items:
                    self._changed.wait_for(lambda: self._items or self._is_closed)
                    self._changed.wait_for(lambda: self._is_closed, _PAUSE_SECONDS)
                if not self._items:
                    return
                item, size = self._items[0]
            self._work(item)
            with self._changed:
                self._items.popleft()
                self._bytes -= size
                self._changed.notify_all()

    def wait(self, timeout: float) -> bool:
        """Wait some seconds until nothing is left to do, and return whether that is so."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._items, timeout)

    def close(self, timeout: float) -> None:
        """Accept no more items, and wait some seconds until nothing is left to do."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        self.wait(timeout)
        atexit.unregister(self.close)

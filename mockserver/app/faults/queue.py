"""Faults that wait for the requests that they are meant for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import count
from random import Random
from threading import Lock

from mockserver.app.faults.catalog import make_behavior
from mockserver.app.faults.fault import Fault
from mockserver.strict_json import JSON

__all__ = ["FaultQueue", "QueuedFault"]

_numbers = count(1)


class QueuedFault:
    """A fault in a queue, and how often it was met and used.

    :raises SettingsError: when the fault is of no known kind, or lacks what its kind needs.
    """

    def __init__(self, fault: Fault) -> None:
        self._behavior = make_behavior(fault)
        self.number = next(_numbers)
        self.fault = fault
        self.seen = 0
        self.used = 0
        self._random = Random(fault.seed)
        self._lengths = Random(f"seconds of {fault.seed}")

    def try_match(self, fields: Mapping[str, JSON], tenant: str) -> bool:
        """Count a request, and tell whether the fault happens to it."""
        spent = isinstance(self.fault.times, int) and self.used >= self.fault.times
        meant = self.fault.tenant in (None, tenant) and self.fault.match.holds(fields)
        if spent or not meant:
            return False
        self.seen += 1
        if self.seen <= self.fault.after or self._random.random() >= self.fault.probability:
            return False
        self.used += 1
        return True

    def happening(self) -> Fault:
        """Give the fault as it happens now: how long it takes is drawn by its own seed."""
        if not isinstance(self.fault.options.get("seconds"), str):
            return self.fault
        seconds = self._behavior.drawn(self._lengths)
        return replace(self.fault, options={**self.fault.options, "seconds": seconds})

    def to_json(self) -> dict[str, JSON]:
        """Write the fault and its counts down."""
        return {"id": self.number, **self.fault.to_json(), "seen": self.seen, "used": self.used}


class FaultQueue:
    """Faults in the order in which they were set; the first that matches happens."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._lock = Lock()
        self._queued_fault = [QueuedFault(fault) for fault in faults]

    def __len__(self) -> int:
        return len(self._queued_fault)

    def add(self, fault: Fault) -> QueuedFault:
        """Put a fault at the end.

        :raises SettingsError: when the fault is of no known kind.
        """
        waiting = QueuedFault(fault)
        with self._lock:
            self._queued_fault.append(waiting)
        return waiting

    def replace(self, faults: Iterable[Fault]) -> FaultQueue:
        """Put faults in the place of all that waited.

        :raises SettingsError: when a fault is of no known kind; nothing is replaced then.
        """
        waiting = [QueuedFault(fault) for fault in faults]
        with self._lock:
            self._queued_fault = waiting
        return self

    def pop_matching(self, fields: Mapping[str, JSON], tenant: str) -> Fault | None:
        """Take the fault that happens to a tenant's request with these fields, if one does."""
        if not self._queued_fault:
            return None
        with self._lock:
            pop_matching = next(
                (w for w in self._queued_fault if w.try_match(fields, tenant)), None
            )
            return pop_matching.happening() if pop_matching else None

    def clear(self, number: int | None = None) -> int:
        """Take out one fault by its number, or all; tell how many that were."""
        with self._lock:
            kept = [w for w in self._queued_fault if number is not None and w.number != number]
            removed, self._queued_fault = len(self._queued_fault) - len(kept), kept
        return removed

    def to_json(self) -> list[dict[str, JSON]]:
        """List the faults with their counts."""
        with self._lock:
            return [waiting.to_json() for waiting in self._queued_fault]

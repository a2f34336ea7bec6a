"""Queues of faults that wait for matching requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import count
from random import Random
from threading import Lock

from mockserver.app.faults.catalog import check_fault
from mockserver.app.faults.fault import Fault
from mockserver.app.latency import parse_duration
from mockserver.strict_json import JSON

__all__ = ["FaultQueue", "QueuedFault"]

_numbers = count(1)


class QueuedFault:
    """A fault in a queue, and how many requests it matched and happened to.

    :raises SettingsError: when the fault is unknown, or lacks a required option.
    """

    def __init__(self, fault: Fault) -> None:
        check_fault(fault)
        self.number = next(_numbers)
        self.fault = fault
        self.seen = 0
        self.used = 0
        self._random = Random(fault.seed)
        self._lengths = Random(f"seconds of {fault.seed}")

    def try_match(self, fields: Mapping[str, JSON], tenant: str) -> bool:
        """Count a request, and return whether the fault happens to it."""
        spent = isinstance(self.fault.times, int) and self.used >= self.fault.times
        matches = self.fault.tenant in (None, tenant) and self.fault.match.holds(fields)
        if spent or not matches:
            return False
        self.seen += 1
        if self.seen <= self.fault.after or self._random.random() >= self.fault.probability:
            return False
        self.used += 1
        return True

    def with_drawn_seconds(self) -> Fault:
        """Return the fault for one request; its own seed draws how long it takes."""
        if not isinstance(text := self.fault.options.get("seconds"), str):
            return self.fault
        seconds = parse_duration(text)(self._lengths)
        return replace(self.fault, options={**self.fault.options, "seconds": seconds})

    def to_json(self) -> dict[str, JSON]:
        """Return the fault and its counts as JSON."""
        return {"id": self.number, **self.fault.to_json(), "seen": self.seen, "used": self.used}


class FaultQueue:
    """Faults in the order in which they were set; the first that matches happens."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._lock = Lock()
        self._queued = [QueuedFault(fault) for fault in faults]

    def __len__(self) -> int:
        return len(self._queued)

    def add(self, fault: Fault) -> QueuedFault:
        """Append a fault.

        :raises SettingsError: when the fault is unknown.
        """
        queued = QueuedFault(fault)
        with self._lock:
            self._queued.append(queued)
        return queued

    def replace(self, faults: Iterable[Fault]) -> FaultQueue:
        """Replace all faults.

        :raises SettingsError: when a fault is unknown; nothing is replaced then.
        """
        queued = [QueuedFault(fault) for fault in faults]
        with self._lock:
            self._queued = queued
        return self

    def pop_matching(self, fields: Mapping[str, JSON], tenant: str) -> Fault | None:
        """Return the fault that happens to a tenant's request with these fields, if one does."""
        if not self._queued:
            return None
        with self._lock:
            matching = (queued for queued in self._queued if queued.try_match(fields, tenant))
            first = next(matching, None)
            return first.with_drawn_seconds() if first else None

    def clear(self, number: int | None = None) -> int:
        """Remove one fault by its number, or all, and return how many that were."""
        with self._lock:
            kept = [w for w in self._queued if number is not None and w.number != number]
            removed, self._queued = len(self._queued) - len(kept), kept
        return removed

    def to_json(self) -> list[dict[str, JSON]]:
        """Return the faults with their counts as JSON."""
        with self._lock:
            return [queued.to_json() for queued in self._queued]

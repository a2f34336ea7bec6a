"""Queues of faults that wait for matching requests."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from mockserver.app.faults.catalog import check_fault
from mockserver.app.faults.fault import Fault
from mockserver.app.latency import parse_duration
from mockserver.app.match_queue import MatchQueue, Queued

__all__ = ["FaultQueue"]


class _QueuedFault(Queued[Fault]):
    """A fault in a queue.

    :raises SettingsError: when the fault is unknown, or lacks a required option.
    """

    def __init__(self, fault: Fault) -> None:
        check_fault(fault)
        super().__init__(fault)
        self._lengths = Random(f"seconds of {fault.seed}")

    def drawn(self) -> Fault:
        """Return the fault for one request; its own seed draws how long it takes."""
        if not isinstance(text := self.item.options.get("seconds"), str):
            return self.item
        seconds = parse_duration(text)(self._lengths)
        return replace(self.item, options={**self.item.options, "seconds": seconds})


class FaultQueue(MatchQueue[Fault]):
    """Faults in the order in which they were set; the first that matches happens."""

    queued_type = _QueuedFault

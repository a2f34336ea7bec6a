"""Queues of faults that wait for matching requests."""

from __future__ import annotations

from mockserver.app.faults.catalog import check_fault
from mockserver.app.faults.fault import Fault
from mockserver.app.match_queue import Kind, MatchQueue

__all__ = ["FAULTS", "FaultQueue"]

FAULTS = Kind("faults", Fault.of_valid, check_fault)
"""The kind of the items in a queue of faults."""

FaultQueue = MatchQueue[Fault]
"""Faults in the order in which they were set; the first that matches happens."""

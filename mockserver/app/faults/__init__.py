"""Faults: failures on demand."""

from mockserver.app.faults.base import FaultBehavior, FaultContext, Sleep
from mockserver.app.faults.catalog import fault_kinds, make_behavior
from mockserver.app.faults.fault import Fault, Match
from mockserver.app.faults.prefer_header import Preferences, read_preferences
from mockserver.app.faults.queue import FaultQueue
from mockserver.app.faults.scenario import Scenario, read_scenario, scenarios

__all__ = [
    "Fault",
    "FaultBehavior",
    "FaultContext",
    "FaultQueue",
    "Match",
    "Preferences",
    "Scenario",
    "Sleep",
    "fault_kinds",
    "make_behavior",
    "read_preferences",
    "read_scenario",
    "scenarios",
]

"""Faults: failures on demand."""

from mockserver.app.faults.catalog import fault_kinds, read_fault
from mockserver.app.faults.fault import Fault, FaultContext, FaultKind, Sleep
from mockserver.app.faults.prefer_header import read_preferences
from mockserver.app.faults.scenario import Scenario, read_scenario, scenarios

__all__ = [
    "Fault",
    "FaultContext",
    "FaultKind",
    "Scenario",
    "Sleep",
    "fault_kinds",
    "read_fault",
    "read_preferences",
    "read_scenario",
    "scenarios",
]

"""Faults: failures on demand."""

from mockserver.app.faults.base import FaultContext, FaultKind, Sleep
from mockserver.app.faults.catalog import FAULTS, check_fault, fault_kinds
from mockserver.app.faults.fault import Fault, Match
from mockserver.app.faults.prefer_header import Preferences, read_preferences
from mockserver.app.faults.scenario import Scenario, read_scenario, scenarios

__all__ = [
    "FAULTS",
    "Fault",
    "FaultContext",
    "FaultKind",
    "Match",
    "Preferences",
    "Scenario",
    "Sleep",
    "check_fault",
    "fault_kinds",
    "read_preferences",
    "read_scenario",
    "scenarios",
]

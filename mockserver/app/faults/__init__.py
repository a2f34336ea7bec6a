"""Failing on demand: what can go wrong, when, and for whom."""

from mockserver.app.faults.base import Effect, Occasion, Sleep
from mockserver.app.faults.catalog import effect_of, fault_kinds
from mockserver.app.faults.fault import Fault, Match
from mockserver.app.faults.prefer_header import Preferences, read_preferences
from mockserver.app.faults.queue import FaultQueue
from mockserver.app.faults.scenario import Scenario, read_scenario, scenarios

__all__ = [
    "Effect",
    "Fault",
    "FaultQueue",
    "Match",
    "Occasion",
    "Preferences",
    "Scenario",
    "Sleep",
    "effect_of",
    "fault_kinds",
    "read_preferences",
    "read_scenario",
    "scenarios",
]

"""Failing on demand: what can go wrong, when, and for whom."""

from mockserver.faults.catalogue import effect_of, fault_kinds
from mockserver.faults.effect import Effect, Occasion, Sleep
from mockserver.faults.fault import Fault, Match
from mockserver.faults.prefer import Preferences, read_preferences
from mockserver.faults.queue import FaultQueue
from mockserver.faults.scenario import Scenario, read_scenario, scenarios

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

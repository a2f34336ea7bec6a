"""Faults of time: late answers, answers that never come, and bodies that trickle."""

from __future__ import annotations

from dataclasses import replace

from mockserver.app.faults.base import FaultBehavior, FaultContext
from mockserver.app.faults.fault import Fault
from mockserver.contracts.error_catalog import api_error
from mockserver.contracts.response_template import MockResponse

__all__ = ["Delay", "Hang", "SlowDrip"]

_DROPS = 20


class Delay(FaultBehavior):
    """The right answer, late."""

    summary = "the right answer, late: by `seconds` (2), or a range such as 100ms..2s"
    takes = ("seconds",)
    seconds = 2.0

    def before_response(self, fault_context: FaultContext) -> MockResponse | None:
        """Take the time, then let the request pass."""
        fault_context.sleep(self.drawn(fault_context.random))
        return None


class Hang(Delay):
    """No answer within any patience, then a documented timeout."""

    summary = "no answer for `seconds` (300), longer than clients wait"
    seconds = 300.0

    def before_response(self, fault_context: FaultContext) -> MockResponse | None:
        """Take the time, then give up."""
        super().before_response(fault_context)
        raise api_error("generation-timeout")


class SlowDrip(FaultBehavior):
    """The right answer, whose body trickles."""

    summary = "the right answer at once, but its body trickles for `seconds` (10)"
    takes = ("seconds",)
    seconds = 10.0

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self._taken = 0.0

    def before_response(self, fault_context: FaultContext) -> MockResponse | None:
        """Settle how long the body takes."""
        self._taken = self.drawn(fault_context.random)
        return None

    def change_response(self, response: MockResponse) -> MockResponse:
        """Cut the body into drops with a pause between.

        No length is announced, so that the server sends each drop when it comes.
        """
        body = b"".join(response.pieces)
        step = -(-len(body) // _DROPS)
        drops = [body[at : at + step] for at in range(0, len(body), step)]
        return replace(response, pieces=drops, delay=self._taken / max(1, len(drops) - 1))

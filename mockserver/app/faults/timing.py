"""Faults of time: late responses, responses that never come, and bodies that trickle."""

from __future__ import annotations

from dataclasses import replace

from mockserver.app.faults.base import FaultBehavior, FaultContext
from mockserver.contracts.error_catalog import api_error
from mockserver.contracts.response_template import MockResponse

__all__ = ["Delay", "Hang", "SlowDrip"]

_PARTS = 20


class Delay(FaultBehavior):
    """The right response, late."""

    summary = "the right answer, late: by `seconds` (2), or a range such as 100ms..2s"
    takes = ("seconds",)
    seconds = 2.0

    def before_response(self, fault_context: FaultContext) -> MockResponse | None:
        """Take the time, then let the request pass."""
        fault_context.sleep(fault_context.seconds)
        return None


class Hang(Delay):
    """No response within any client's timeout, then the documented 504."""

    summary = "no answer for `seconds` (300), longer than clients wait"
    seconds = 300.0

    def before_response(self, fault_context: FaultContext) -> MockResponse | None:
        """Take the time, then give up."""
        super().before_response(fault_context)
        raise api_error("generation-timeout")


class SlowDrip(FaultBehavior):
    """The right response, whose body trickles."""

    summary = "the right answer at once, but its body trickles for `seconds` (10)"
    takes = ("seconds",)
    seconds = 10.0

    def change_response(self, response: MockResponse, fault_context: FaultContext) -> MockResponse:
        """Cut the body into parts with a pause between.

        No length is announced, so that the server sends each part when it comes.
        """
        body = b"".join(response.pieces)
        step = -(-len(body) // _PARTS)
        parts = [body[start : start + step] for start in range(0, len(body), step)]
        return replace(response, pieces=parts, delay=fault_context.seconds / max(1, len(parts) - 1))

"""Faults of time: late responses, responses that never come, and bodies that trickle."""

from __future__ import annotations

from dataclasses import replace

from mockserver.app.faults.base import FaultContext
from mockserver.contracts.error_catalog import api_error
from mockserver.contracts.response_template import MockResponse

__all__ = ["delay", "hang", "slow_drip"]

_PARTS = 20


def delay(fault_context: FaultContext) -> None:
    """Take the time, then let the request pass."""
    fault_context.sleep(fault_context.seconds)


def hang(fault_context: FaultContext) -> MockResponse | None:
    """Take the time, then respond with the documented 504."""
    fault_context.sleep(fault_context.seconds)
    raise api_error("generation-timeout")


def slow_drip(response: MockResponse, fault_context: FaultContext) -> MockResponse:
    """Return the body in parts with a pause between.

    No length is announced, so that the server sends each part when it comes.
    """
    body = b"".join(response.pieces)
    step = -(-len(body) // _PARTS)
    parts = [body[start : start + step] for start in range(0, len(body), step)]
    return replace(response, pieces=parts, delay=fault_context.seconds / max(1, len(parts) - 1))

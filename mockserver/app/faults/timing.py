"""Faults of time: late answers, answers that never come, and bodies that trickle."""

from __future__ import annotations

from dataclasses import replace

from mockserver.app.faults.base import Effect, Occasion
from mockserver.app.faults.fault import Fault
from mockserver.contracts.refusals import refusal
from mockserver.contracts.response_template import Answer

__all__ = ["Delay", "Hang", "SlowDrip"]

_DROPS = 20


class Delay(Effect):
    """The right answer, late."""

    summary = "the right answer, late: by `seconds` (2), or a range such as 100ms..2s"
    takes = ("seconds",)
    seconds = 2.0

    def instead(self, occasion: Occasion) -> Answer | None:
        """Take the time, then let the request pass."""
        occasion.sleep(self.drawn(occasion.random))
        return None


class Hang(Delay):
    """No answer within any patience, then a documented timeout."""

    summary = "no answer for `seconds` (300), longer than clients wait"
    seconds = 300.0

    def instead(self, occasion: Occasion) -> Answer | None:
        """Take the time, then give up."""
        super().instead(occasion)
        raise refusal("generation-timeout")


class SlowDrip(Effect):
    """The right answer, whose body trickles."""

    summary = "the right answer at once, but its body trickles for `seconds` (10)"
    takes = ("seconds",)
    seconds = 10.0

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self._taken = 0.0

    def instead(self, occasion: Occasion) -> Answer | None:
        """Settle how long the body takes."""
        self._taken = self.drawn(occasion.random)
        return None

    def answer(self, answer: Answer) -> Answer:
        """Cut the body into drops with a pause between.

        No length is announced, so that the server sends each drop when it comes.
        """
        body = b"".join(answer.pieces)
        step = -(-len(body) // _DROPS)
        drops = [body[at : at + step] for at in range(0, len(body), step)]
        return replace(answer, pieces=drops, pause=self._taken / max(1, len(drops) - 1))

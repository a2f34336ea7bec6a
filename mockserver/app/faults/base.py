"""What every fault's kind can change: the moments at which it steps in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

from mockserver.app.duration import parse_duration
from mockserver.app.faults.fault import Fault
from mockserver.app.signed_urls import ImageRef
from mockserver.contracts import Contract, ErrorCatalog, ImageRequest
from mockserver.contracts.response_template import MockResponse

__all__ = ["FaultBehavior", "FaultContext", "Sleep"]

Sleep: TypeAlias = Callable[[float], None]
"""Waits for a number of seconds."""


@dataclass(frozen=True, slots=True)
class FaultContext:
    """What an effect may know of the request that it happens to.

    :ivar path: the request's path.
    :ivar request_id: the request's UUID.
    :ivar now: seconds since 1970-01-01 UTC.
    :ivar errors: those of the contract that answers.
    :ivar sleep: waits for a number of seconds, or until the tenant is reset.
    """

    path: str
    request_id: str
    now: float
    errors: ErrorCatalog
    sleep: Sleep
    random: Random


class FaultBehavior:
    """A kind of fault; it lets everything pass that it does not override.

    :param fault: with the kind's options.
    """

    summary = ""
    """What a client sees, in one line."""
    needs: tuple[str, ...] = ()
    """The options that it cannot do without."""
    takes: tuple[str, ...] = ()
    """The options that it can have besides."""
    seconds = 0.0
    """How long it takes unless the fault says otherwise."""

    contract: Contract | None = None
    """The contract that answers instead of the request's own."""

    no_effect_reason = ""
    """Why it changed nothing, where it did not."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self._duration = parse_duration(fault.options.get("seconds", self.seconds))

    def before_response(self, fault_context: FaultContext) -> MockResponse | None:
        """Answer before the request is looked at; or refuse it, or only take time."""

    def change_request(self, image_request: ImageRequest) -> ImageRequest:
        """Change what is ordered."""
        return image_request

    def change_images(self, image_refs: Sequence[ImageRef]) -> Sequence[ImageRef]:
        """Change the images that are given."""
        return image_refs

    def change_response(self, response: MockResponse) -> MockResponse:
        """Change the finished answer."""
        return response

    def drawn(self, random: Random) -> float:
        """Draw how long it takes, in seconds."""
        return self._duration(random)

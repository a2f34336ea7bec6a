"""What every kind of fault can change, and when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

from mockserver.app.faults.fault import Fault
from mockserver.app.latency import parse_duration
from mockserver.app.signed_urls import ImageRef
from mockserver.contracts import Contract, ErrorCatalog, ImageRequest
from mockserver.contracts.response_template import MockResponse

__all__ = ["FaultBehavior", "FaultContext", "Sleep"]

Sleep: TypeAlias = Callable[[float], None]
"""Waits for a number of seconds."""


@dataclass(slots=True)
class FaultContext:
    """One request that a fault happens to.

    :ivar behavior: the behavior of the fault.
    :ivar path: the request's path.
    :ivar request_id: the request's UUID.
    :ivar now: seconds since 1970-01-01 UTC.
    :ivar errors: those of the contract that answers.
    :ivar sleep: waits for a number of seconds, or until the tenant is reset.
    :ivar seconds: how long the fault takes, drawn for this request.
    :ivar no_effect_reason: why the fault changed nothing, where it did not.
    """

    behavior: FaultBehavior
    path: str
    request_id: str
    now: float
    errors: ErrorCatalog
    sleep: Sleep
    seconds: float = 0
    no_effect_reason: str = ""


class FaultBehavior:
    """The behavior of a fault, by default to change nothing. It is shared by all requests.

    :param fault: the fault with its options.
    """

    summary = ""
    """What a client sees, in one line."""
    needs: tuple[str, ...] = ()
    """The required options."""
    takes: tuple[str, ...] = ()
    """The further options."""
    seconds = 0.0
    """How long it takes unless the fault has an option ``seconds``."""
    applies_to_recordings = True
    """Whether ``change_images`` applies to the images of a recorded response."""

    contract: Contract | None = None
    """The contract that replaces the request's own."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self._duration = parse_duration(fault.options.get("seconds", self.seconds))

    def draw_seconds(self, random: Random) -> float:
        """Draw how long it takes."""
        return self._duration(random)

    def before_response(self, fault_context: FaultContext) -> MockResponse | None:
        """Run before validation: return a response, raise APIError, or sleep and return None."""

    def change_request(self, image_request: ImageRequest) -> ImageRequest:
        """Change which images are requested."""
        return image_request

    def change_images(
        self, image_refs: Sequence[ImageRef], fault_context: FaultContext
    ) -> Sequence[ImageRef]:
        """Change the images of the response."""
        return image_refs

    def change_response(self, response: MockResponse, fault_context: FaultContext) -> MockResponse:
        """Change the finished response."""
        return response

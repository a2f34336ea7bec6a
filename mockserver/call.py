"""One request on its way through the mock."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from mockserver.contract import Contract, Order
from mockserver.faults import Fault
from mockserver.jsontext import JSON
from mockserver.links import Negative

__all__ = ["ANONYMOUS", "Call"]

ANONYMOUS = "-"
"""The tenant of requests without a key."""


@dataclass(slots=True)
class Call:
    """What is known about a request so far; filled in from one step to the next.

    :ivar id: the request's UUID, as in the error body.
    :ivar tenant: whose request it is, by a digest of the key.
    :ivar fields: the body, parsed; None until then, and where it is no JSON.
    :ivar fault: what went wrong on demand.
    :ivar negatives: the pictures given.
    """

    id: str
    begun: float = field(default_factory=time.perf_counter)
    tenant: str = ANONYMOUS
    fields: JSON = None
    contract: Contract | None = None
    order: Order | None = None
    fault: Fault | None = None
    negatives: Sequence[Negative] = ()
    variation: str = ""

    @property
    def duration(self) -> float:
        """How long the call has taken so far, in milliseconds."""
        return (time.perf_counter() - self.begun) * 1000

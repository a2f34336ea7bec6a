"""One request on its way through the mock."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from mockserver.app.faults import Fault
from mockserver.contracts import Contract, Finding
from mockserver.images import Image
from mockserver.recording.redact import Redactor
from mockserver.strict_json import JSON

__all__ = ["ANONYMOUS", "RECORDING", "RequestContext"]

ANONYMOUS = "-"
"""The tenant of requests without a key."""


RECORDING = "X-Mock-Recording"
"""Ours: the header that names the file that an answer was recorded in."""


@dataclass(slots=True)
class RequestContext:
    """What is known about a request so far; filled in from one step to the next.

    :ivar id: the request's UUID, as in the error body.
    :ivar key: the key that came with it; empty when there was none.
    :ivar redactor: keeps the key, and the mock's own secrets, out of what is written down.
    :ivar tenant: whose request it is, by a digest of the key.
    :ivar fields: the body, parsed; None until then, and where it is no JSON.
    :ivar fault: what went wrong on demand.
    :ivar variation: how the answer uses the freedom that the contract leaves.
    :ivar recording: the file that the answer was recorded in.
    :ivar message: what a refusal said.
    :ivar headers: further headers of the answer.
    :ivar images: the images given.
    :ivar findings: what is wrong with an answer that was passed on.
    """

    id: str = field(default_factory=lambda: str(uuid4()))
    begun: float = field(default_factory=time.perf_counter)
    key: str = field(default="", repr=False)
    redactor: Redactor = field(default_factory=Redactor, repr=False)
    tenant: str = ANONYMOUS
    fields: JSON = None
    contract: Contract | None = None
    fault: Fault | None = None
    variation: str = ""
    recording: str = ""
    message: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    images: Sequence[Image] = ()
    findings: Sequence[Finding] = ()

    @property
    def duration(self) -> float:
        """How long the call has taken so far, in milliseconds."""
        return (time.perf_counter() - self.begun) * 1000

    @property
    def prompt(self) -> str:
        """The prompt, or nothing where there is none."""
        prompt = self.fields.get("prompt") if isinstance(self.fields, dict) else None
        return prompt if isinstance(prompt, str) else ""

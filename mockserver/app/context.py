"""What is known about one request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from flask import Request

from mockserver.app.faults import Fault
from mockserver.app.rules import Rule
from mockserver.app.signed_urls import ImageRef
from mockserver.clock import monotonic, now
from mockserver.contracts import Contract, Finding
from mockserver.images import Image
from mockserver.recording.redact import Redactor
from mockserver.strict_json import JSON

ANONYMOUS = "-"
"""The tenant of requests without a key."""

RECORDING = "X-Mock-Recording"
"""Project-defined: the header that names the file of a recorded response."""


@dataclass(slots=True)
class RequestContext:
    """What is known about a request so far; each step adds to it.

    :ivar request: Flask's; its proxy ``request`` looks it up at each access.
    :ivar id: the request's UUID, as in the error body.
    :ivar at: when it came, in seconds since 1970-01-01 UTC.
    :ivar begun: the same by the clock that measures durations.
    :ivar key: the API key of the request; empty where there was none.
    :ivar redactor: keeps the key, and the mock's own secrets, out of the journal and the log.
    :ivar tenant: whose request it is, by a digest of the key.
    :ivar fields: the body, parsed; None until then, and where it is no JSON.
    :ivar fault: the fault that happened.
    :ivar rule: the rule that responded.
    :ivar variation: how the response uses the freedom that the contract leaves.
    :ivar recording: the file of the recorded response.
    :ivar source: where the response is from: ``recorded``, ``bought``, ``upstream`` (passed on, and
        not recorded), ``fixture``, or empty.
    :ivar message: the message of an error, or of a warning.
    :ivar headers: further headers of the response.
    :ivar image_refs: where each of the images comes from.
    :ivar body: the response's, in pieces.
    :ivar findings: the findings about a response of a rule, or one that the proxy forwarded.
    """

    request: Request = field(repr=False)
    method: str
    path: str
    id: str = field(default_factory=lambda: str(uuid4()))
    at: float = field(default_factory=now)
    begun: float = field(default_factory=monotonic)
    key: str = field(default="", repr=False)
    redactor: Redactor = field(default_factory=Redactor, repr=False)
    tenant: str = ANONYMOUS
    fields: JSON = None
    contract: Contract | None = None
    fault: Fault | None = None
    rule: Rule | None = None
    variation: str = ""
    recording: str = ""
    source: str = ""
    message: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    images: Sequence[Image] = ()
    image_refs: Sequence[ImageRef] = ()
    body: Sequence[bytes] = ()
    findings: Sequence[Finding] = ()

    @property
    def duration(self) -> float:
        """The time since the request came, in milliseconds."""
        return (monotonic() - self.begun) * 1000

    @property
    def prompt(self) -> str:
        """The prompt; empty where there is none."""
        prompt = self.fields.get("prompt") if isinstance(self.fields, dict) else None
        return prompt if isinstance(prompt, str) else ""

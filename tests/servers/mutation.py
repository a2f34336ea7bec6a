"""A server that is wrong in one thing, and what the suite has to report of it."""

from __future__ import annotations

from dataclasses import dataclass

from tests.servers.stub_server import Behavior

JOB = "dall-e-2@2025-08-19"
"""Answers with the job: base64 always, the request repeated."""
LINKS = "dall-e-2@2026-01-16"
"""Answers with data[]: links or base64, as request."""
TOKENS = "dall-e-2@2025-11-20"
WIDE = "dall-e-2@2025-02-27"
"""Takes no undocumented fields, and null for some."""
TALL = "dall-e-3@2026-01-16"
"""Knows sizes that are no squares."""


@dataclass(frozen=True)
class WrongServer:
    """A server that is wrong in one thing.

    :ivar expects: what the suite has to report.
    :ivar timeout: how long the suite waits for a response, in seconds.
    """

    name: str
    contract: str
    behave: Behavior
    expects: tuple[str, ...]
    timeout: float = 30

    def __str__(self) -> str:
        return self.name

"""How much, and for how long, one client may ask of the server."""

from __future__ import annotations

import resource
from dataclasses import dataclass

from mockserver.settings import MAX_BODY

__all__ = ["Limits"]

_SPARE_FILES = 64
"""Descriptors that are not clients: listener, selector, logs, what the application opens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one client may cost, and one process may hold; all of it ours.

    :ivar request_seconds: from a request's first byte to its last, and between two bytes of an
        answer being taken.
    :ivar idle_seconds: how long a connection is kept open with nothing on it.
    :ivar stop_seconds: how long a stop waits for the answers under way.
    :ivar head_bytes: the largest request line and headers together.
    :ivar body_bytes: the largest request body.
    :ivar connections: how many clients a process holds; more push out who has waited longest.
    """

    request_seconds: float = 20.0
    idle_seconds: float = 75.0
    stop_seconds: float = 0.8
    head_bytes: int = 64 * 1024
    body_bytes: int = MAX_BODY
    connections: int = 1000

    def capacity(self) -> int:
        """Tell how many clients this process can hold under its limit of open files."""
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if files == resource.RLIM_INFINITY:
            return self.connections
        return max(1, min(self.connections, files - _SPARE_FILES))

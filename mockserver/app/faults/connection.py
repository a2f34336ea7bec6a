"""Faults of the connection, which ends without a response."""

from __future__ import annotations

import errno
import os
from http.client import RemoteDisconnected

from mockserver.app.faults.base import FaultContext
from mockserver.contracts.response_template import MockResponse

__all__ = ["NO_RESPONSE", "close", "reset"]

NO_RESPONSE = 444
"""Project-defined: the status in the journal of a request without a response, as nginx logs it."""


def close(_: FaultContext) -> MockResponse:
    """Close the connection."""
    error = RemoteDisconnected("Remote end closed connection without response")
    return MockResponse(NO_RESPONSE, [], connection_error=error)


def reset(_: FaultContext) -> MockResponse:
    """Reset the connection (TCP RST)."""
    error = ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
    return MockResponse(NO_RESPONSE, [], connection_error=error)

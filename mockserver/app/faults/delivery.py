"""Faults of the delivery: late responses, slow bodies, and connections that end without one."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from http.client import RemoteDisconnected

from mockserver.app.faults.base import FaultContext
from mockserver.app.faults.body import cut
from mockserver.contracts.error_catalog import api_error
from mockserver.contracts.response_template import MockResponse

_NO_RESPONSE = 444
"""Project-defined: the status in the journal of a request without a response, as nginx logs it."""

_PARTS = 20
_MAX_PART = 64 * 1024
"""The least number of parts of a body that trickles, and the largest part in bytes."""


def delay(fault_context: FaultContext) -> None:
    """Take the time, then let the request pass."""
    fault_context.sleep(fault_context.seconds)


def hang(fault_context: FaultContext) -> MockResponse | None:
    """Take the time, then respond with the documented 504."""
    fault_context.sleep(fault_context.seconds)
    raise api_error("generation-timeout")


def close(_: FaultContext) -> MockResponse:
    """Close the connection."""
    error = RemoteDisconnected("Remote end closed connection without response")
    return MockResponse(_NO_RESPONSE, [], connection_error=error)


def reset(_: FaultContext) -> MockResponse:
    """Reset the connection (TCP RST)."""
    error = ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
    return MockResponse(_NO_RESPONSE, [], connection_error=error)


def slow_drip(response: MockResponse, fault_context: FaultContext) -> MockResponse:
    """Return the body with a pause between its parts; see :func:`parts`.

    No length is announced, so that the server sends each part when it comes.
    """
    pauses = len(_starts(response.pieces)) - 1
    return replace(response, delay=fault_context.seconds / max(1, pauses))


def parts(pieces: Sequence[bytes]) -> Iterator[bytes]:
    """Yield the parts in which a body trickles; each is joined when it is sent."""
    starts = _starts(pieces)
    for start in starts:
        yield b"".join(cut(pieces, start, start + starts.step))


def _starts(pieces: Sequence[bytes]) -> range:
    length = sum(map(len, pieces))
    return range(0, length, min(-(-length // _PARTS), _MAX_PART) or 1)

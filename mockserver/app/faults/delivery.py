"""Faults of a response: late, slow, cut, malformed, without a field, or none at all."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from http.client import RemoteDisconnected

from mockserver.app.body_pieces import LARGE, changed_body
from mockserver.app.faults.fault import FaultContext
from mockserver.contracts.error_catalog import api_error
from mockserver.contracts.refs import member_key, pointer_steps, resolve
from mockserver.contracts.response_template import MockResponse
from mockserver.strict_json import JSON

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
        yield b"".join(_cut(pieces, start, start + starts.step))


def _starts(pieces: Sequence[bytes]) -> range:
    length = sum(map(len, pieces))
    return range(0, length, min(-(-length // _PARTS), _MAX_PART) or 1)


def _cut(pieces: Sequence[bytes], start: int, end: int) -> list[bytes]:
    """Return the part of a body from one position to another, in views of its pieces."""
    found: list[bytes] = []
    for piece in pieces:
        part = memoryview(piece)[max(0, start) : max(0, end)]
        if part:
            found.append(part if len(part) >= LARGE else bytes(part))  # type: ignore[arg-type]
        start, end = start - len(piece), end - len(piece)
    return found


def truncated(response: MockResponse, _: FaultContext) -> MockResponse:
    """Return half of the body that Content-Length announces."""
    length = sum(map(len, response.pieces))
    return replace(response, pieces=_cut(response.pieces, 0, length // 2), length=length)


def malformed(response: MockResponse, _: FaultContext) -> MockResponse:
    """Return the body without its last character."""
    length = sum(map(len, response.pieces))
    return replace(response, pieces=_cut(response.pieces, 0, length - 1))


def change_field(
    change: Callable[[JSON, int | str], None], response: MockResponse, fault_context: FaultContext
) -> MockResponse:
    """Return a response whose field that the fault's pointer names is changed, if there is one.

    :param change: changes one member of an object or array.
    """
    pointer = fault_context.options["pointer"]
    parent_pointer, _, last = pointer.rpartition("/")

    def changed(body: JSON) -> JSON:
        parent = resolve(body, parent_pointer)
        change(parent, member_key(parent, *pointer_steps(f"/{last}")))
        return body

    try:
        return replace(response, pieces=changed_body(response.pieces, changed))
    except LookupError:
        fault_context.no_effect_reason = f"nothing at {pointer} in this response"
        return response


def drop(parent: JSON, key: int | str) -> None:
    """Remove a member."""
    del parent[key]


def set_null(parent: JSON, key: int | str) -> None:
    """Set a member to null."""
    parent[key] = None


def retype(parent: JSON, key: int | str) -> None:
    """Turn a string into a number, and everything else into a string."""
    parent[key] = 0 if isinstance(parent[key], str) else json.dumps(parent[key])

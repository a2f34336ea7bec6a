"""Faults of the body: cut, malformed, or with a field that breaks the contract."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

from mockserver.app.body_pieces import LARGE, changed_body
from mockserver.app.faults.base import FaultContext
from mockserver.contracts.refs import member_key, pointer_steps, resolve
from mockserver.contracts.response_template import MockResponse
from mockserver.strict_json import JSON


def cut(pieces: Sequence[bytes], start: int, end: int) -> list[bytes]:
    """Return the part of a body from one position to another, in views of its pieces."""
    parts: list[bytes] = []
    for piece in pieces:
        part = memoryview(piece)[max(0, start) : max(0, end)]
        if part:
            parts.append(part if len(part) >= LARGE else bytes(part))  # type: ignore[arg-type]
        start, end = start - len(piece), end - len(piece)
    return parts


def truncated(response: MockResponse, _: FaultContext) -> MockResponse:
    """Return half of the body that Content-Length announces."""
    length = sum(map(len, response.pieces))
    return replace(response, pieces=cut(response.pieces, 0, length // 2), length=length)


def malformed(response: MockResponse, _: FaultContext) -> MockResponse:
    """Return the body without its last character."""
    length = sum(map(len, response.pieces))
    return replace(response, pieces=cut(response.pieces, 0, length - 1))


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

"""Faults of the body: cut, malformed, or with a field that breaks the contract."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from mockserver.app.faults.base import FaultContext
from mockserver.contracts.refs import member_key, pointer_steps, resolve
from mockserver.contracts.response_template import MockResponse
from mockserver.strict_json import JSON

__all__ = ["change_field", "drop", "malformed", "retype", "set_null", "truncated"]


def truncated(response: MockResponse, _: FaultContext) -> MockResponse:
    """Return half of the body that Content-Length announces."""
    body = b"".join(response.pieces)
    return replace(response, pieces=[body[: len(body) // 2]], length=len(body))


def malformed(response: MockResponse, _: FaultContext) -> MockResponse:
    """Return the body without its last character."""
    *most, last = response.pieces
    return replace(response, pieces=[*most, last[:-1]])


def change_field(
    change: Callable[[JSON, int | str], None], response: MockResponse, fault_context: FaultContext
) -> MockResponse:
    """Return a response whose field that the fault's pointer names is changed, if there is one.

    :param change: changes one member of an object or array.
    """
    body = json.loads(b"".join(response.pieces))
    pointer = fault_context.options["pointer"]
    parent_pointer, _, last = pointer.rpartition("/")
    try:
        parent = resolve(body, parent_pointer)
        change(parent, member_key(parent, *pointer_steps(f"/{last}")))
    except LookupError:
        fault_context.no_effect_reason = f"nothing at {pointer} in this response"
        return response
    return replace(response, pieces=[json.dumps(body).encode()])


def drop(parent: JSON, key: int | str) -> None:
    """Remove a member."""
    del parent[key]


def set_null(parent: JSON, key: int | str) -> None:
    """Set a member to null."""
    parent[key] = None


def retype(parent: JSON, key: int | str) -> None:
    """Turn a string into a number, and everything else into a string."""
    parent[key] = 0 if isinstance(parent[key], str) else json.dumps(parent[key])

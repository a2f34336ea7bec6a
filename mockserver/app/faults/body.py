"""Faults of the body: cut, malformed, mislabelled, or with a field that breaks the contract."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import replace

from mockserver.app.faults.base import FaultBehavior, FaultContext
from mockserver.contracts.refs import member_key, pointer_steps, resolve
from mockserver.contracts.response_template import MockResponse
from mockserver.strict_json import JSON

__all__ = [
    "DropField",
    "MalformedJSON",
    "NullField",
    "RetypeField",
    "TruncatedBody",
    "WrongContentType",
]


class TruncatedBody(FaultBehavior):
    """A connection that closes before the body is whole."""

    summary = "the first half of the body, then the connection closes"

    def change_response(self, response: MockResponse, fault_context: FaultContext) -> MockResponse:
        """Send half of what Content-Length announces."""
        body = b"".join(response.pieces)
        return replace(response, pieces=[body[: len(body) // 2]], length=len(body))


class MalformedJSON(FaultBehavior):
    """A body that is whole, but no JSON."""

    summary = "a body that is whole but no JSON: its last brace is missing"

    def change_response(self, response: MockResponse, fault_context: FaultContext) -> MockResponse:
        """Leave the last character out."""
        *most, last = response.pieces
        return replace(response, pieces=[*most, last[:-1]])


class WrongContentType(FaultBehavior):
    """JSON with the wrong Content-Type."""

    summary = "the right body, labelled text/html"

    def change_response(self, response: MockResponse, fault_context: FaultContext) -> MockResponse:
        """Change the media type."""
        return replace(response, media_type="text/html")


class _FieldFault(FaultBehavior, ABC):
    """A field of the response that breaks the contract."""

    needs = ("pointer",)

    def change_response(self, response: MockResponse, fault_context: FaultContext) -> MockResponse:
        """Change the field that the pointer names; a response without it stays as it is."""
        body = json.loads(b"".join(response.pieces))
        pointer = self.fault.options["pointer"]
        parent_pointer, _, last = pointer.rpartition("/")
        try:
            parent = resolve(body, parent_pointer)
            self.change(parent, member_key(parent, *pointer_steps(f"/{last}")))
        except LookupError:
            fault_context.no_effect_reason = f"nothing at {pointer} in this answer"
            return response
        return replace(response, pieces=[json.dumps(body).encode()])

    @abstractmethod
    def change(self, parent: JSON, key: int | str) -> None:
        """Change one member of an object or array."""


class DropField(_FieldFault):
    """A field that is missing."""

    summary = "an answer without the field that `pointer` names"

    def change(self, parent: JSON, key: int | str) -> None:
        """Remove the field."""
        del parent[key]


class NullField(_FieldFault):
    """A field that is null."""

    summary = "an answer whose field that `pointer` names is null"

    def change(self, parent: JSON, key: int | str) -> None:
        """Set the field to null, if there is one."""
        if parent[key] is not None:
            parent[key] = None


class RetypeField(_FieldFault):
    """A field of another type."""

    summary = "an answer whose field that `pointer` names has another type"

    def change(self, parent: JSON, key: int | str) -> None:
        """Turn a string into a number, and everything else into a string."""
        parent[key] = 0 if isinstance(parent[key], str) else json.dumps(parent[key])

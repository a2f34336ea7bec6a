"""Walk over the texts of a JSON value."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from mockserver.contracts.finding import child
from mockserver.strict_json import JSON

__all__ = ["StringMap", "map_strings"]

StringMap: TypeAlias = Callable[[str, str], str]
"""Gives what stands instead of a text, from its JSON pointer (RFC 6901) and the text."""


def map_strings(value: JSON, rewrite: StringMap, at: str = "") -> JSON:
    """Give a JSON value with every text in it rewritten; the names of fields stay."""
    if isinstance(value, dict):
        return {name: map_strings(part, rewrite, child(at, name)) for name, part in value.items()}
    if isinstance(value, list):
        return [map_strings(item, rewrite, child(at, i)) for i, item in enumerate(value)]
    return rewrite(at, value) if isinstance(value, str) else value

"""Visit the strings of a JSON value."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from mockserver.contracts.finding import child
from mockserver.strict_json import JSON

StringMap: TypeAlias = Callable[[str, str], str]
"""Returns the replacement of a string, given its JSON pointer (RFC 6901) and the string."""


def map_strings(value: JSON, replace: StringMap, pointer: str = "") -> JSON:
    """Return a JSON value with every string in it replaced; the names of fields stay."""
    if isinstance(value, dict):
        return {n: map_strings(part, replace, child(pointer, n)) for n, part in value.items()}
    if isinstance(value, list):
        return [map_strings(item, replace, child(pointer, i)) for i, item in enumerate(value)]
    return replace(pointer, value) if isinstance(value, str) else value


def strings(value: JSON) -> list[tuple[str, str]]:
    """Return every string of a JSON value with its JSON pointer."""
    found: list[tuple[str, str]] = []

    def note(pointer: str, text: str) -> str:
        found.append((pointer, text))
        return text

    map_strings(value, note)
    return found

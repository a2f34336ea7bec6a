"""Read YAML as OpenAPI means it: version 1.2 with JSON's types, so that ``16:9`` stays text.

PyYAML's own loaders follow version 1.1, which makes 969 of ``16:9``, false of ``no`` and a date of
``2025-08-19``. Its parser is used, and what a plain word stands for is decided here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from itertools import takewhile
from typing import Any

from mockserver.strict_json import JSON

__all__ = ["YAMLError", "parse_yaml"]

_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]{1,300}")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


class YAMLError(ValueError):
    """A text that is no YAML with JSON's types; its words say where."""


def parse_yaml(text: str) -> JSON:
    """Parse one YAML document (YAML 1.2.2, section 10.3).

    :raises YAMLError: when it is none, holds what JSON cannot, or PyYAML is not installed.
    """
    try:
        import yaml  # type: ignore[import-untyped]
    except ImportError:
        hint = "pip install 'aimlapi-mockserver[import]'"
        raise YAMLError(f"YAML needs PyYAML: {hint}; JSON needs nothing") from None
    try:
        return _Reader(yaml.parse(text, Loader=yaml.BaseLoader)).document()
    except yaml.YAMLError as error:
        raise YAMLError(" ".join(str(error).split())) from None
    except RecursionError:
        raise YAMLError("expected fewer levels of nesting") from None


class _Reader:
    """Builds JSON values from PyYAML's events; an alias shares the value of its anchor."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events
        self._anchors: dict[str, JSON] = {}

    def document(self) -> JSON:
        """Read the first document, and expect no other."""
        read: list[JSON] = []
        for event in self._events:
            if _kind(event) == "DocumentStart":
                if read:
                    raise _fault(event, "expected one document")
                read.append(self._value(next(self._events)))
        return read[0] if read else None

    def _value(self, event: Any) -> JSON:  # noqa: ANN401 - PyYAML has no types
        if _kind(event) == "Alias":
            if event.anchor not in self._anchors:
                raise _fault(event, f"*{event.anchor} has no value yet")
            return self._anchors[event.anchor]
        if event.tag:
            raise _fault(event, f"expected no tag, received {event.tag}")
        value = self._untagged(event)
        if event.anchor:
            self._anchors[event.anchor] = value
        return value

    def _untagged(self, event: Any) -> JSON:  # noqa: ANN401
        match _kind(event):
            case "MappingStart":
                return self._mapping()
            case "SequenceStart":
                return [self._value(item) for item in self._until("SequenceEnd")]
            case _:
                return event.value if event.style else _plain(event.value)

    def _mapping(self) -> dict[str, JSON]:
        read: dict[str, JSON] = {}
        for key in self._until("MappingEnd"):
            if _kind(key) != "Scalar" or key.value in read:
                raise _fault(key, "expected a key that is text, and no key twice")
            read[key.value] = self._value(next(self._events))
        return read

    def _until(self, end: str) -> Iterator[Any]:
        return takewhile(lambda event: _kind(event) != end, self._events)


def _kind(event: object) -> str:
    return type(event).__name__.removesuffix("Event")


def _plain(text: str) -> JSON:
    """Say what a word without quotes stands for: the core schema's types."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    return text


def _fault(event: Any, reason: str) -> YAMLError:  # noqa: ANN401
    return YAMLError(f"line {event.start_mark.line + 1}: {reason}")

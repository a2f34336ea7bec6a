"""Output that a foreign name in it cannot turn into commands to a terminal or a CI service."""

from __future__ import annotations

import re
from io import TextIOWrapper
from typing import Any, TextIO

_COLOR = r"\x1b\[[0-9;]*m"
_COMMAND = re.compile(rf"^((?:\s|{_COLOR})*):(?=:)|#(?=#\w*\[)", re.MULTILINE)
"""The start of a workflow command of GitHub (``::error::``) or Azure (``##vso[``)."""

_UNPRINTABLE = re.compile(
    rf"({_COLOR})|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def printable(text: str) -> str:
    """Return a text with escapes for what is no text, and for the start of a CI command."""
    shown = _UNPRINTABLE.sub(lambda found: found[1] or ascii(found[0])[1:-1], text)
    return _COMMAND.sub(lambda found: found[0][:-1] + f"\\x{ord(found[0][-1]):02x}", shown)


class PrintableStream:
    """A text stream to which only printable text is written; colors are let through."""

    encoding = "utf-8"

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        if isinstance(stream, TextIOWrapper):
            # An encoding such as that of LC_ALL=C does not have every character.
            stream.reconfigure(errors="backslashreplace")

    @property
    def unfiltered(self) -> TextIO:
        """The stream itself, for what holds no foreign text."""
        return self._stream

    def write(self, text: str) -> int:
        """Write a text."""
        return self._stream.write(printable(text))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._stream, name)

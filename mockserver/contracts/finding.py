"""A finding: one thing that is wrong with an exchange, and how its parts are formatted."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from mockserver.strict_json import JSON

_MAX_QUOTED = 60
"""The length at which a quoted value is cut, in characters."""

_INDEX = re.compile(r"/\d+(?=/|$)")

_TYPE_NAMES = {
    type(None): "null",
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    list: "array",
}


class Level(StrEnum):
    """What a finding breaks."""

    DOCUMENTED = "documented"
    """The published schema, or another published rule."""
    CLIENT_REQUIRED = "client-required"
    """The project-defined overlay: the published schema allows it, but no client can use it."""
    SEMANTIC = "semantic"
    """A rule that no schema can express: a broken image, the wrong size, too few images."""
    HINT = "hint"
    """Nothing, but it is worth knowing: a field without effect, a value near its limit."""


LEVELS = (Level.DOCUMENTED, Level.CLIENT_REQUIRED, Level.SEMANTIC)
"""The levels at which an exchange can be wrong."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with an exchange.

    :ivar level: what it breaks.
    :ivar pointer: a JSON pointer (RFC 6901) into the exchange, such as ``/request/body/size`` or
        ``/response/body/data/0/url``.
    :ivar rule: the broken schema keyword, or the name of the check.
    :ivar expected: what was expected there.
    :ivar received: what was received, cut when long.
    """

    level: Level
    pointer: str
    rule: str
    expected: str
    received: str

    @property
    def words(self) -> str:
        """What was expected and what was received, as one text."""
        return f"expected {self.expected}, received {self.received}"

    def __str__(self) -> str:
        return f"{self.level} {self.pointer}: {self.words}"


def pointer(*steps: str | int) -> str:
    """Return the JSON pointer (RFC 6901) of some steps; what is not printable is escaped."""
    escaped = (one_line(str(step)).replace("~", "~0").replace("/", "~1") for step in steps)
    return "".join(f"/{step}" for step in escaped)


def one_line(text: str) -> str:
    """Return a text in one line, with escapes for what cannot be printed."""
    if text.isprintable():
        return text
    # U+200D is a part of some emoji.
    return "".join(it if it.isprintable() or it == "\u200d" else ascii(it)[1:-1] for it in text)


def child(parent: str, step: str | int) -> str:
    """Return the pointer of a member of what ``parent`` points at."""
    return parent + pointer(step)


def without_indices(pointer: str) -> str:
    """Return a JSON pointer with ``0`` for every index."""
    return _INDEX.sub("/0", pointer)


def quote(value: JSON) -> str:
    """Return a value in the documents' style: strings in single quotes, long ones cut."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=repr)
    text = one_line(text)
    if len(text) > _MAX_QUOTED:
        text = f"{text[:_MAX_QUOTED]}… ({len(text)} characters)"
    return f"'{text}'" if isinstance(value, str) else text


def first_lines(lines: Sequence[str], most: int) -> list[str]:
    """Return the first lines, and how many more there are."""
    more = len(lines) - most
    return [*lines[:most], f"and {more} more"] if more > 0 else [*lines]


def type_name(value: JSON) -> str:
    """Return the JSON type of a value."""
    return _TYPE_NAMES.get(type(value), "object")

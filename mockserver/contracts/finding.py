"""One thing wrong with an exchange, and how to say it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum

from mockserver.strict_json import JSON

__all__ = ["Finding", "Level", "child", "pointer", "quote", "type_name"]

_LONGEST = 60


class Level(StrEnum):
    """How a finding is known to be wrong."""

    DOCUMENTED = "documented"
    """It breaks what the provider published."""
    CLIENT_REQUIRED = "client-required"
    """The published schema lets it pass, but no client can use it: the strict overlay (ours)."""
    SEMANTIC = "semantic"
    """No schema can say it: a broken image, the wrong size, too few of them."""
    HINT = "hint"
    """Nothing is wrong, but it is worth knowing: a field without effect, a limit close by."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with an exchange.

    :ivar level: how it is known to be wrong.
    :ivar pointer: where, as a JSON pointer (RFC 6901) into the exchange, such as
        ``/request/body/size`` or ``/response/body/data/0/url``.
    :ivar rule: the schema keyword, or the name of the check, that it breaks.
    :ivar expected: what was expected there.
    :ivar received: what came, cut when long.
    """

    level: Level
    pointer: str
    rule: str
    expected: str
    received: str

    @property
    def words(self) -> str:
        """What was expected, and what came."""
        return f"expected {self.expected}, received {self.received}"

    def __str__(self) -> str:
        return f"{self.level} {self.pointer}: {self.words}"


def pointer(*steps: str | int) -> str:
    """Join steps into a JSON pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def child(parent: str, step: str | int) -> str:
    """Point at a member of what ``parent`` points at."""
    return parent + pointer(step)


def quote(value: JSON) -> str:
    """Show a value in the documents' style: strings in single quotes, long ones cut."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=repr)
    text = ascii(text)[1:-1] if not text.isprintable() else text
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}… ({len(text)} characters)"
    return f"'{text}'" if isinstance(value, str) else text


def type_name(value: JSON) -> str:
    """Name a value's JSON type."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"

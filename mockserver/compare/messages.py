"""Say a difference in a sentence whose subject is the place where it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mockserver.compare.changes import Part
from mockserver.compare.keyword_rules import Direction, KeywordChange
from mockserver.compare.schema_walk import Difference
from mockserver.contracts.finding import quote
from mockserver.contracts.messages import expectation
from mockserver.strict_json import JSON

__all__ = ["listed", "words_of"]


def words_of(difference: Difference, part: Part, *, proven: bool) -> str:
    """Say what is different for a caller.

    :param part: whether it is in what callers send or in what they read.
    :param proven: whether an example shows that it breaks one.
    """
    keyword_change = difference.keyword_change
    sending = part is Part.REQUEST
    if keyword_change.kind == "removed":
        return _removed_words(difference, sending=sending, proven=proven)
    say = _WORDS.get(keyword_change.kind, _limit_words)
    return say(keyword_change, sending)


def listed(values: Iterable[JSON]) -> str:
    """List values as a sentence does."""
    *most, last = [value if isinstance(value, str) else quote(value) for value in values]
    return f"{', '.join(most)} and {last}" if most else last


def _removed_words(difference: Difference, *, sending: bool, proven: bool) -> str:
    if sending and difference.closed:
        return "no longer documented, and refused now"
    if sending:
        return "no longer documented: let through unread, as any unknown field"
    come = f"; {difference.hint} of the same kind has come" if difference.hint else ""
    lost = "may be missing now, was always there" if proven else "no longer documented"
    return lost + come


def _added_words(keyword_change: KeywordChange, sending: bool) -> str:
    if keyword_change.direction in {Direction.NARROWER, Direction.OTHER}:
        return "new and required" if sending else "new, and always there"
    return "new and optional" if sending else "new"


def _required_words(keyword_change: KeywordChange, sending: bool) -> str:
    if sending:
        return (
            "required now, optional before"
            if keyword_change.after
            else "optional now, required before"
        )
    return "always there now" if keyword_change.after else "may be missing now, was always there"


def _null_words(keyword_change: KeywordChange, sending: bool) -> str:
    if sending:
        return "null is accepted now" if keyword_change.after else "null is no longer accepted"
    return "may be null now, never was" if keyword_change.after else "never null now"


def _enum_words(keyword_change: KeywordChange, sending: bool) -> str:
    if keyword_change.before is None or keyword_change.after is None:
        return _limit_words(keyword_change, sending)
    if keyword_change.direction is Direction.NARROWER:
        return f"{listed(map(quote, keyword_change.probes))} {'refused now' if sending else 'gone'}"
    come = listed(map(quote, keyword_change.probes))
    return f"{come} accepted too" if sending else f"may be {come} now, never was"


def _open_words(keyword_change: KeywordChange, sending: bool) -> str:
    if keyword_change.direction is Direction.NARROWER:
        return "fields without documentation are " + ("refused now" if sending else "gone")
    return "fields without documentation are let through now" if sending else "may appear now"


def _default_words(keyword_change: KeywordChange, _sending: bool) -> str:
    values = (keyword_change.after, keyword_change.before)
    now, before = ("no documented value" if value is None else quote(value) for value in values)
    return f"when left out, now {now}, before {before}"


def _never_words(keyword_change: KeywordChange, sending: bool) -> str:
    if sending:
        return "no value is accepted any more" if keyword_change.after else "accepted now"
    return "never there now" if keyword_change.after else "may be there now, never was"


def _limit_words(keyword_change: KeywordChange, _sending: bool) -> str:
    free = {"type": "any type", "enum": "any value"}.get(keyword_change.kind, "no limit")
    now = (
        free
        if keyword_change.after is None
        else expectation(keyword_change.kind, keyword_change.after)
    )
    before = (
        free
        if keyword_change.before is None
        else expectation(keyword_change.kind, keyword_change.before)
    )
    if len(now) + len(before) > _LONGEST:
        return f"{keyword_change.kind} has changed"
    return f"now {now}, before {before}"


_LONGEST = 140
"""From how many characters on two rules are not written out beside each other."""

_WORDS: dict[str, Callable[[KeywordChange, bool], str]] = {
    "added": _added_words,
    "required": _required_words,
    "null": _null_words,
    "enum": _enum_words,
    "additionalProperties": _open_words,
    "default": _default_words,
    "never": _never_words,
}

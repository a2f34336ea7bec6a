"""A difference in words; its pointer is the subject of the sentence."""

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
    """Return what is different for a caller.

    :param part: whether callers send it or read it.
    :param proven: whether a counterexample shows that it breaks one.
    """
    keyword_change = difference.keyword_change
    sending = part is Part.REQUEST
    if keyword_change.kind == "removed":
        return _removed_words(difference, sending=sending, proven=proven)
    words = _WORDS.get(keyword_change.kind, _limit_words)
    return words(keyword_change, sending)


def listed(values: Iterable[JSON]) -> str:
    """Return values as a list in words: ``a, b and c``."""
    *most, last = [value if isinstance(value, str) else quote(value) for value in values]
    return f"{', '.join(most)} and {last}" if most else last


def _removed_words(difference: Difference, *, sending: bool, proven: bool) -> str:
    if sending and difference.closed:
        return "no longer documented, and refused now"
    if sending:
        return "no longer documented: accepted and ignored, as any unknown field"
    new = f"; {difference.hint} of the same schema is new" if difference.hint else ""
    lost = "may be missing now, was always there" if proven else "no longer documented"
    return lost + new


def _added_words(keyword_change: KeywordChange, sending: bool) -> str:
    if keyword_change.direction in {Direction.NARROWER, Direction.OTHER}:
        return "new and required" if sending else "new, and always there"
    return "new and optional" if sending else "new"


def _required_words(keyword_change: KeywordChange, sending: bool) -> str:
    if sending:
        now, before = ("required", "optional")[:: 1 if keyword_change.after else -1]
        return f"{now} now, {before} before"
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
    added = listed(map(quote, keyword_change.probes))
    return f"{added} accepted, too" if sending else f"may be {added} now, never was"


def _open_words(keyword_change: KeywordChange, sending: bool) -> str:
    if keyword_change.direction is Direction.NARROWER:
        return "fields without documentation are " + ("refused now" if sending else "gone")
    return "fields without documentation are accepted now" if sending else "may appear now"


def _default_words(keyword_change: KeywordChange, _sending: bool) -> str:
    values = (keyword_change.after, keyword_change.before)
    now, before = ("no documented value" if value is None else quote(value) for value in values)
    return f"when left out, now {now}, before {before}"


def _never_words(keyword_change: KeywordChange, sending: bool) -> str:
    if sending:
        return "no value is accepted any more" if keyword_change.after else "accepted now"
    return "never there now" if keyword_change.after else "may be there now, never was"


def _limit_words(keyword_change: KeywordChange, _sending: bool) -> str:
    kind = keyword_change.kind
    free = {"type": "any type", "enum": "any value"}.get(kind, "no limit")
    values = (keyword_change.after, keyword_change.before)
    now, before = (free if value is None else expectation(kind, value) for value in values)
    if len(now) + len(before) > _LONGEST:
        return f"{kind} has changed"
    return f"now {now}, before {before}"


_LONGEST = 140
"""Above this number of characters, two rules are not written beside each other."""

_WORDS: dict[str, Callable[[KeywordChange, bool], str]] = {
    "added": _added_words,
    "required": _required_words,
    "null": _null_words,
    "enum": _enum_words,
    "additionalProperties": _open_words,
    "default": _default_words,
    "never": _never_words,
}

"""Say a difference in a sentence whose subject is the place where it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mockserver.compare.changes import Part
from mockserver.compare.keyword_rules import Effect, Facet
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
    facet = difference.facet
    sending = part is Part.REQUEST
    if facet.kind == "removed":
        return _removed_words(difference, sending=sending, proven=proven)
    say = _WORDS.get(facet.kind, _limit_words)
    return say(facet, sending)


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


def _added_words(facet: Facet, sending: bool) -> str:
    if facet.effect in {Effect.NARROWER, Effect.OTHER}:
        return "new and required" if sending else "new, and always there"
    return "new and optional" if sending else "new"


def _required_words(facet: Facet, sending: bool) -> str:
    if sending:
        return "required now, optional before" if facet.after else "optional now, required before"
    return "always there now" if facet.after else "may be missing now, was always there"


def _null_words(facet: Facet, sending: bool) -> str:
    if sending:
        return "null is accepted now" if facet.after else "null is no longer accepted"
    return "may be null now, never was" if facet.after else "never null now"


def _enum_words(facet: Facet, sending: bool) -> str:
    if facet.before is None or facet.after is None:
        return _limit_words(facet, sending)
    if facet.effect is Effect.NARROWER:
        return f"{listed(map(quote, facet.probes))} {'refused now' if sending else 'gone'}"
    come = listed(map(quote, facet.probes))
    return f"{come} accepted too" if sending else f"may be {come} now, never was"


def _open_words(facet: Facet, sending: bool) -> str:
    if facet.effect is Effect.NARROWER:
        return "fields without documentation are " + ("refused now" if sending else "gone")
    return "fields without documentation are let through now" if sending else "may appear now"


def _default_words(facet: Facet, _sending: bool) -> str:
    values = (facet.after, facet.before)
    now, before = ("no documented value" if value is None else quote(value) for value in values)
    return f"when left out, now {now}, before {before}"


def _never_words(facet: Facet, sending: bool) -> str:
    if sending:
        return "no value is accepted any more" if facet.after else "accepted now"
    return "never there now" if facet.after else "may be there now, never was"


def _limit_words(facet: Facet, _sending: bool) -> str:
    free = {"type": "any type", "enum": "any value"}.get(facet.kind, "no limit")
    now = free if facet.after is None else expectation(facet.kind, facet.after)
    before = free if facet.before is None else expectation(facet.kind, facet.before)
    if len(now) + len(before) > _LONGEST:
        return f"{facet.kind} has changed"
    return f"now {now}, before {before}"


_LONGEST = 140
"""From how many characters on two rules are not written out beside each other."""

_WORDS: dict[str, Callable[[Facet, bool], str]] = {
    "added": _added_words,
    "required": _required_words,
    "null": _null_words,
    "enum": _enum_words,
    "additionalProperties": _open_words,
    "default": _default_words,
    "never": _never_words,
}

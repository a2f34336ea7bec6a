"""A difference in words; its pointer is the subject of the sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mockserver.compare.changes import Counterexample, Part
from mockserver.compare.keyword_rules import Difference, Direction
from mockserver.contracts.finding import quote
from mockserver.contracts.messages import expectation
from mockserver.strict_json import JSON


def words_of(difference: Difference, part: Part, example: Counterexample | None) -> str:
    """Return what is different for a caller.

    :param part: whether callers send it or read it.
    :param example: the proof that it breaks one, if there is any.
    """
    sending = part is Part.REQUEST
    refused = difference.closed or (example is not None and not example.accepted)
    if sending and difference.hint:
        fate = "refused" if refused else "ignored, as any unknown field"
        return f"renamed to {difference.hint}; the old name is {fate}"
    if sending and difference.kind == "removed":
        fate = ", and refused now" if refused else ": accepted and ignored, as any unknown field"
        return f"no longer documented{fate}"
    if difference.kind == "removed":
        return _removed_words(difference, proven=example is not None)
    words = _WORDS.get(difference.kind, _limit_words)
    return words(difference, sending)


def listed(values: Iterable[JSON]) -> str:
    """Return values as a list in words: ``a, b and c``."""
    *most, last = [value if isinstance(value, str) else quote(value) for value in values]
    return f"{', '.join(most)} and {last}" if most else last


def _removed_words(difference: Difference, *, proven: bool) -> str:
    new = f"; {difference.hint} of the same schema is new" if difference.hint else ""
    lost = "may be missing now, was always there" if proven else "no longer documented"
    return lost + new


def _added_words(difference: Difference, sending: bool) -> str:
    if difference.direction in {Direction.NARROWER, Direction.OTHER}:
        return "new and required" if sending else "new, and always there"
    return "new and optional" if sending else "new"


def _switch_words(difference: Difference, sending: bool) -> str:
    now, before = _SWITCHES[difference.kind, sending]
    return before if difference.after is False else now


def _enum_words(difference: Difference, sending: bool) -> str:
    if difference.before is None or difference.after is None:
        return _limit_words(difference, sending)
    if difference.direction is Direction.NARROWER:
        return f"{listed(map(quote, difference.probes))} {'refused now' if sending else 'gone'}"
    added = listed(map(quote, difference.probes))
    return f"{added} accepted, too" if sending else f"may be {added} now, never was"


def _default_words(difference: Difference, _sending: bool) -> str:
    values = (difference.after, difference.before)
    now, before = ("no documented value" if value is None else quote(value) for value in values)
    return f"when left out, now {now}, before {before}"


def _limit_words(difference: Difference, _sending: bool) -> str:
    kind = difference.kind
    free = {"type": "any type", "enum": "any value"}.get(kind, "no limit")
    values = (difference.after, difference.before)
    now, before = (free if value is None else expectation(kind, value) for value in values)
    if len(now) + len(before) > _LONGEST:
        return f"{kind} has changed"
    return f"now {now}, before {before}"


_LONGEST = 140
"""Above this number of characters, two rules are not written beside each other."""

_SWITCHES = {
    ("required", True): ("required now, optional before", "optional now, required before"),
    ("required", False): ("always there now", "may be missing now, was always there"),
    ("null", True): ("null is accepted now", "null is no longer accepted"),
    ("null", False): ("may be null now, never was", "never null now"),
    ("never", True): ("no value is accepted any more", "accepted now"),
    ("never", False): ("never there now", "may be there now, never was"),
    ("additionalProperties", True): (
        "fields without documentation are accepted now",
        "fields without documentation are refused now",
    ),
    ("additionalProperties", False): ("may appear now", "fields without documentation are gone"),
}
"""By kind and whether callers send it: the words where it holds now, and where it did before."""

_WORDS: dict[str, Callable[[Difference, bool], str]] = {
    "added": _added_words,
    "enum": _enum_words,
    "default": _default_words,
    **{kind: _switch_words for kind, _ in _SWITCHES},
}

"""The patterns of a document that are checked: others could stop the mock, or cannot be read.

``re`` tries one possibility after the other, so that one request can keep a process busy for hours.
"""

from __future__ import annotations

import re
import warnings
from itertools import pairwise

_STEP = re.compile(
    r"(?P<one>\\[^1-9ABUZb]|\[(?:\\.|[^\\\]])*\]|[^\\\[\](){}|*+?^$])"
    r"(?P<times>(?P<varies>[*+?]|\{\d{1,4},\d{0,4}\})|\{\d{1,4}\})?",
    re.DOTALL,
)
"""One character, its escape or a class, and how often it occurs."""

_GROUP = re.compile(r"(\^?)\((?:\?:)?([^()]*)\)(\$?)")
"""A pattern that is one group."""

_UNREAD = "Python cannot read it"
_MOST_CHARACTERS = 200
_CHARACTERS = "".join(map(chr, range(0x10000)))


def why_unchecked(pattern: str) -> str | None:
    """Return why a pattern is not checked; None where it is, or is wrong by ECMA-262 as well."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(pattern)
    except (OverflowError, RecursionError, Warning):
        return _UNREAD
    except re.error:
        # Where the two differ there is an escape, or a group with a question mark.
        return _UNREAD if re.search(r"\\|\(\?", pattern) else None
    return None if _is_linear(pattern) else "a match may take too long"


def _is_linear(pattern: str) -> bool:
    """Return whether a match takes no more time than in proportion to the text."""
    if group := _GROUP.fullmatch(pattern):
        start, body, end = group.groups()
        return all(_is_linear(f"{start}{branch}{end}") for branch in body.split("|"))
    body = pattern.removeprefix("^").removesuffix("$")
    steps = list(_STEP.finditer(body))
    is_read = "".join(step[0] for step in steps) == body and max(body, default="") in _CHARACTERS
    if not is_read or len(pattern) > _MOST_CHARACTERS:
        return False
    if not pattern.startswith("^"):
        return not any(step["times"] for step in steps)
    return all(
        not step["varies"] or not (after["varies"] or _share_a_character(step, after))
        for step, after in pairwise(steps)
    )


def _share_a_character(step: re.Match[str], other: re.Match[str]) -> bool:
    """Return whether a character may belong to either of two steps, so that both are tried."""
    first, second = (set(re.findall(each["one"], _CHARACTERS, re.DOTALL)) for each in (step, other))
    return bool(first & second)

"""Count the steps of a regular expression, as a backtracking matcher takes them.

The matcher has none of the shortcuts of :mod:`re`, so that its count is an upper bound.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import chain
from re import _parser  # type: ignore[attr-defined]
from typing import Any, TypeAlias

Node: TypeAlias = Any
"""A part of a parsed pattern, for which Python has no documented type."""

_CLASSES: dict[str, Callable[[str], bool]] = {
    "CATEGORY_SPACE": str.isspace,
    "CATEGORY_DIGIT": str.isdigit,
    "CATEGORY_WORD": lambda char: char.isalnum() or char == "_",
}


class RegexSteps:
    """Replaces matches as ``pattern.sub`` does, and counts.

    :ivar steps: how many nodes of the pattern were tried so far.
    """

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.steps = 0
        self._tree = list(_parser.parse(pattern.pattern, pattern.flags))
        self._ignores_case = bool(pattern.flags & re.IGNORECASE)
        self._dot_is_all = bool(pattern.flags & re.DOTALL)

    def matches(self, text: str) -> list[str]:
        """Return all matches in a text, each from the end of the one before."""
        found, position = [], 0
        while position <= len(text):
            end = next(self._match(self._tree, text, position), None)
            if end is not None:
                found.append(text[position:end])
            position = max(position + 1, end or 0)
        return found

    def _match(self, nodes: list[Node], text: str, position: int) -> Iterator[int]:
        """Yield the ends of all matches of some nodes, in the order of preference."""
        if not nodes:
            yield position
            return
        kind, value = nodes[0]
        for end in self._match_one(kind, value, text, position):
            yield from self._match(nodes[1:], text, end)

    def _match_one(self, kind: Node, value: Node, text: str, position: int) -> Iterator[int]:
        self.steps += 1
        match str(kind):
            case "MAX_REPEAT":
                yield from self._repeat(value, text, position)
            case "MIN_REPEAT":
                yield from sorted(self._repeat(value, text, position))
            case "BRANCH":
                branches = (self._match(list(branch), text, position) for branch in value[1])
                yield from chain.from_iterable(branches)
            case "SUBPATTERN":
                yield from self._match(list(value[3]), text, position)
            case "ASSERT" | "ASSERT_NOT":
                if self._is_around(value, text, position) == (str(kind) == "ASSERT"):
                    yield position
            case "AT":
                if self._is_at(str(value), text, position):
                    yield position
            case _:
                if self._is_member(kind, value, text[position : position + 1]):
                    yield position + 1

    def _repeat(self, value: Node, text: str, position: int) -> Iterator[int]:
        """Yield the ends of repetitions, those of the most first."""
        least, most, inner = value
        ends = [[position]]
        while len(ends) <= most and ends[-1]:
            reached = [end for start in ends[-1] for end in self._match(list(inner), text, start)]
            ends.append([end for end in reached if end > ends[-1][0]])
        for tried in reversed(ends[least:]):
            self.steps += 1
            yield from tried

    def _is_around(self, value: Node, text: str, position: int) -> bool:
        direction, inner = value
        start = position - (inner.getwidth()[0] if direction < 0 else 0)
        return bool(start >= 0 and any(True for _ in self._match(list(inner), text, start)))

    def _is_at(self, place: str, text: str, position: int) -> bool:
        if place == "AT_BOUNDARY":
            around = (
                text[position - 1 : position] if position else "",
                text[position : position + 1],
            )
            before, after = (bool(re.match(r"\w", char)) for char in around)
            return before != after
        assert place == "AT_END"
        return position == len(text) or text[position:] == "\n"

    def _is_member(self, kind: Node, value: Node, char: str) -> bool:
        if not char:
            return False
        chars = {char, char.lower(), char.upper()} if self._ignores_case else {char}
        match str(kind):
            case "LITERAL":
                return chr(value) in chars
            case "NOT_LITERAL":
                return chr(value) not in chars
            case "RANGE":
                return any(value[0] <= ord(each) <= value[1] for each in chars if len(each) == 1)
            case "ANY":
                return self._dot_is_all or char != "\n"
            case "CATEGORY":
                name = str(value).replace("_NOT_", "_")
                return bool(_CLASSES[name](char)) == (name == str(value))
        items = [(kind, inner) for kind, inner in value if str(kind) != "NEGATE"]
        is_listed = any(self._is_member(kind, inner, char) for kind, inner in items)
        return is_listed == (len(items) == len(value))

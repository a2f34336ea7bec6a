"""Comparisons as text for a terminal, as Markdown and as plain data."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from mockserver.compare.changes import Change, Comparison, Counterexample, Part, Verdict
from mockserver.contracts import Level
from mockserver.strict_json import JSON

__all__ = [
    "WIDTH",
    "as_data",
    "as_markdown",
    "as_text",
    "change_lines",
    "cut",
    "format_table",
    "place_of",
    "summary",
    "wrapped",
]

WIDTH = 100
"""The longest line of printed text, in characters."""

_LONGEST = 40
_INDENT = " " * 6
_OURS = "(ours) "


def summary(comparison: Comparison) -> str:
    """Return the number of changes of each verdict, in a line."""
    counts = ", ".join(f"{n} {verdict}" for verdict, n in comparison.counts.items() if n)
    return f"{comparison.old.id} -> {comparison.new.id}: {counts or 'no change'}"


def as_text(comparison: Comparison) -> Iterator[str]:
    """Return a comparison as lines for a terminal, breaking changes first."""
    yield summary(comparison)
    for verdict in Verdict:
        changes = [change for change in comparison.changes if change.verdict is verdict]
        if changes:
            yield ""
            yield f"  {verdict}"
            yield from change_lines(changes)


def change_lines(changes: Iterable[Change]) -> Iterator[str]:
    """Return changes as lines; the same change of several fields of an object is one."""
    for alike in _grouped(changes):
        first = alike[0]
        yield from wrapped(_place(alike), "    ", _INDENT)
        ours = _OURS if first.level is Level.CLIENT_REQUIRED else ""
        yield from wrapped(ours + first.words, _INDENT)
        if first.example:
            yield from _proof_lines(first, first.example, many=len(alike) > 1)


def wrapped(text: str, indent: str, hanging: str | None = None) -> list[str]:
    """Return a text as indented lines that keep the width; a long word stays whole."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent if hanging is None else hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )


def format_table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows of equally many cells as lines, each column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def cut(value: JSON) -> str:
    """Return a JSON value as one line, its long strings cut."""
    return json.dumps(_cut(value), ensure_ascii=False)


def _cut(value: JSON) -> JSON:
    if isinstance(value, dict):
        return {name: _cut(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_cut(item) for item in value]
    if isinstance(value, str) and len(value) > _LONGEST:
        return f"{value[: _LONGEST // 2]}… ({len(value)} characters)"
    return value


def _grouped(changes: Iterable[Change]) -> list[list[Change]]:
    return [list(alike) for _, alike in groupby(changes, key=_group_key)]


def _group_key(change: Change) -> tuple[str, ...]:
    """Return the key that neighbouring changes of one line share."""
    if change.kind not in {"added", "removed", "required"}:
        return (change.pointer, change.kind, change.words)
    shown = cut(change.example.value) if change.example else ""
    received = _tail(change.example) if change.example else ""
    return (change.kind, change.level, change.words, _parent(change), shown, received)


def _parent(change: Change) -> str:
    return change.pointer.rpartition("/")[0]


def place_of(pointers: Sequence[str]) -> str:
    """Return the pointers of an object's fields as one: ``/data/{a, b}``."""
    if len(pointers) == 1:
        return pointers[0]
    names = ", ".join(pointer.rpartition("/")[2] for pointer in pointers)
    return f"{pointers[0].rpartition('/')[0]}/{{{names}}}"


def _place(alike: list[Change]) -> str:
    return place_of([change.pointer for change in alike])


def _proof_lines(change: Change, example: Counterexample, *, many: bool) -> list[str]:
    came, refused = _labels(change)
    hanging = _INDENT + " " * 14
    return [
        *wrapped(f"{came + ':':14}{cut(example.value)}", _INDENT, hanging),
        *wrapped(f"{refused + ':':14}{_judgement(example, many=many)}", _INDENT, hanging),
    ]


def _judgement(example: Counterexample, *, many: bool) -> str:
    """Return why the example is refused; of several missing fields, all at once."""
    return f"expected all of them{_tail(example)}" if many else example.words


def _tail(example: Counterexample) -> str:
    comma, received = example.words.rpartition(", ")[1:]
    return comma + received


def _labels(change: Change) -> tuple[str, str]:
    """Return the labels of the example, and of why it is refused."""
    if change.kind == "default":
        return "sent", "but now"
    if change.part is Part.RESPONSE or change.kind == "status":
        return "answered now", "old reader"
    return "sent before", "refused now"


def as_markdown(comparison: Comparison) -> Iterator[str]:
    """Return a comparison as a Markdown section with a table, for a comment."""
    yield f"### {summary(comparison)}"
    yield ""
    if not comparison.changes:
        return
    yield "| | where | what | shown by |"
    yield "|---|---|---|---|"
    for alike in _grouped(comparison.changes):
        yield _row(alike)


def _row(alike: list[Change]) -> str:
    first = alike[0]
    verdict = f"**{first.verdict}**" if first.verdict is Verdict.BREAKING else str(first.verdict)
    ours = _OURS if first.level is Level.CLIENT_REQUIRED else ""
    shown = _shown(first, first.example, many=len(alike) > 1) if first.example else ""
    cells = (verdict, _code(_place(alike)), _cell(ours + first.words), shown)
    return f"| {' | '.join(cells)} |"


def _shown(change: Change, example: Counterexample, *, many: bool) -> str:
    came, refused = _labels(change)
    words = _cell(_judgement(example, many=many))
    return f"{came}: {_code(cut(example.value))}<br>{refused}: {words}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def _code(text: str) -> str:
    escaped = text.replace("|", "\\|")
    return f"`` {escaped} ``" if "`" in text else f"`{escaped}`"


def as_data(comparison: Comparison) -> dict[str, JSON]:
    """Return a comparison as plain data, examples whole."""
    return {
        "old": comparison.old.id,
        "new": comparison.new.id,
        "counts": {str(verdict): n for verdict, n in comparison.counts.items()},
        "changes": [_change_data(change) for change in comparison.changes],
    }


def _change_data(change: Change) -> dict[str, JSON]:
    example = change.example
    return {
        "verdict": str(change.verdict),
        "part": str(change.part),
        "kind": change.kind,
        "level": str(change.level),
        "pointer": change.pointer,
        "before": change.before,
        "after": change.after,
        "words": change.words,
        "example": example and {"value": example.value, "words": example.words},
    }

"""Comparisons as text for a terminal, as Markdown and as plain data."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import groupby

from mockserver.compare.changes import Change, Comparison, Counterexample, Part, Verdict
from mockserver.contracts import Level
from mockserver.recording.json_strings import map_strings
from mockserver.strict_json import JSON

_WIDTH = 100
"""The longest line of printed text, in characters."""

_LONGEST = 40
_INDENT = " " * 6


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
        yield from wrapped(_place(alike), "    ", _INDENT)
        yield from wrapped(_words(alike), _INDENT)
        for label, text in _proof(alike).items():
            yield from wrapped(f"{label + ':':14}{text}", _INDENT, _INDENT + " " * 14)


def wrapped(text: str, indent: str, hanging: str | None = None) -> list[str]:
    """Return a text as indented lines that keep the width; a long word stays whole."""
    return textwrap.wrap(
        text,
        _WIDTH,
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


def _json(value: JSON) -> str:
    """Return a JSON value as one line, its long strings cut."""
    return json.dumps(map_strings(value, _cut), ensure_ascii=False)


def _cut(_: str, text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    return f"{text[: _LONGEST // 2]}… ({len(text)} characters)"


def _grouped(changes: Iterable[Change]) -> list[list[Change]]:
    return [list(alike) for _, alike in groupby(changes, key=_group_key)]


def _group_key(change: Change) -> tuple[str, ...]:
    """Return the key that neighbouring changes of one line share."""
    if change.kind not in {"added", "removed", "required"}:
        return (change.pointer, change.kind, change.words)
    example = change.example
    shown = (_json(example.value), _received(example)) if example else ()
    parent = change.pointer.rpartition("/")[0]
    return (change.kind, change.level, change.words, parent, *shown)


def place_of(pointers: Sequence[str]) -> str:
    """Return the pointers of an object's fields as one: ``/data/{a, b}``."""
    if len(pointers) == 1:
        return pointers[0]
    names = ", ".join(pointer.rpartition("/")[2] for pointer in pointers)
    return f"{pointers[0].rpartition('/')[0]}/{{{names}}}"


def _place(alike: list[Change]) -> str:
    return place_of([change.pointer for change in alike])


def _words(alike: list[Change]) -> str:
    ours = "(ours) " if alike[0].level is Level.CLIENT_REQUIRED else ""
    return ours + alike[0].words


def _proof(alike: list[Change]) -> dict[str, str]:
    """Return the example and why it is refused, each by its label; nothing where none is known."""
    example = alike[0].example
    if example is None:
        return {}
    came, refused = _labels(alike[0])
    reason = f"expected all of them{_received(example)}" if len(alike) > 1 else example.words
    return {came: _json(example.value), refused: reason}


def _received(example: Counterexample) -> str:
    """Return the end of the words that several missing fields share."""
    return "".join(example.words.rpartition(", ")[1:])


def _labels(change: Change) -> tuple[str, str]:
    if change.example and change.example.accepted:
        return "sent", "but now"
    if change.part is Part.RESPONSE or change.kind == "status":
        return "response now", "old reader"
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
    verdict = alike[0].verdict
    bold = f"**{verdict}**" if verdict is Verdict.BREAKING else verdict
    shown = ""
    if proof := _proof(alike):
        (came, value), (refused, reason) = proof.items()
        shown = f"{came}: {_code(value)}<br>{refused}: {markdown_cell(reason)}"
    return f"| {bold} | {_code(_place(alike))} | {markdown_cell(_words(alike))} | {shown} |"


def markdown_cell(text: str) -> str:
    """Return a text for a cell of a Markdown table."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def _code(text: str) -> str:
    escaped = text.replace("|", "\\|")
    return f"`` {escaped} ``" if "`" in text else f"`{escaped}`"


def as_data(comparison: Comparison) -> dict[str, JSON]:
    """Return a comparison as plain data, examples whole."""
    return {
        "old": comparison.old.id,
        "new": comparison.new.id,
        "counts": comparison.counts,
        "changes": [asdict(change) for change in comparison.changes],
    }

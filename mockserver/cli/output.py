"""Output that several commands share: JSON, tables, files, progress, and the lines of ``ctl``."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import click

from mockserver.contracts.error_catalog import timestamp
from mockserver.contracts.finding import one_line
from mockserver.errors import SettingsError
from mockserver.strict_json import JSON

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

    from mockserver.testing.journal_entry import JournalEntry

QUIET = "mockserver.quiet"
"""Whether ``--quiet`` is given, in the ``meta`` of click's context."""

_HEADINGS = ("ID", "TIME", "STATUS", "   MS", "FAULT", "FINDINGS", "SIZE", "PROMPT")
_MAX_PROMPT = 50
_ID_LENGTH = 8
_DEFAULTS = {"after": 0, "probability": 1, "seed": 0}


class Progress:
    """Shows the progress of the work in a ``with`` block on standard error.

    It is lines, and on a terminal a bar below them; nothing with ``--quiet``.
    """

    def __init__(self) -> None:
        self._is_shown = not is_quiet()
        self._stream = sys.stderr  # the work may redirect it
        # The bar holds no foreign text, and needs control characters.
        self._terminal = getattr(sys.stderr, "unfiltered", sys.stderr)
        self._bar: ProgressBar[Any] | None = None

    def line(self, text: str) -> None:
        """Print a line."""
        if self._bar:
            blank = " " * (shutil.get_terminal_size().columns - 1)
            click.echo(f"\r{blank}\r", file=self._terminal, nl=False)
        if self._is_shown:
            click.echo(text, file=self._stream)

    def step(self, total: int) -> None:
        """Move the bar by one of ``total`` steps."""
        if not (self._is_shown and self._terminal.isatty()):
            return
        if self._bar is None:
            self._bar = click.progressbar(length=total, file=self._terminal)
        self._bar.update(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.render_finish()


def print_json(value: JSON) -> None:
    """Print a value as indented JSON: times in ISO 8601, anything else unknown to JSON as text."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=_text))


def _text(value: object) -> str:
    return timestamp(value.timestamp()) if isinstance(value, datetime) else str(value)


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows in columns."""
    from mockserver.compare.report import format_table

    click.echo("\n".join(format_table(rows)))


def write_file(file: Path, text: str, mode: Literal["w", "x"] = "w") -> None:
    """Write a text file, and the folders above it.

    :param mode: ``x`` fails where the file exists.
    :raises SettingsError: when it cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open(mode, encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise SettingsError(f"cannot write {file}: {error.strerror}") from None


def pluralize(number: int, noun: str) -> str:
    """Return a number of things: ``1 request``, ``2 requests``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def is_quiet() -> bool:
    """Return whether the command has the option ``--quiet``."""
    return bool(click.get_current_context().meta.get(QUIET))


def note(text: str, *, newline: bool = True) -> None:
    """Print what is no result to standard error, unless the command is quiet."""
    if not is_quiet():
        click.echo(text, nl=newline, err=True)


def without_password(text: str) -> str:
    """Return a text without the user and the password of each URL in it."""
    return re.sub(r"://[^/\s]*@", "://[redacted]@", text)


def findings_text(findings: Sequence[object]) -> str:
    """Return the number of findings, or ``kept`` where there is none."""
    return pluralize(len(findings), "finding") if findings else "kept"


def fault_line(fault: Mapping[str, JSON]) -> str:
    """Return a queued fault as a line, without the fields that have their defaults."""
    shown = _members(fault, {"id", "fault", "seen"}, _DEFAULTS)
    return f"{fault['id']:>4}  {fault['fault']:20} {shown}"


def rule_lines(rules: Iterable[Mapping[str, JSON]]) -> Iterator[str]:
    """Yield a line for each rule, and one for each of its warnings."""
    defaults = {**_DEFAULTS, "times": "always"}
    for rule in rules:
        shown = _members(rule, {"id", "name", "seen", "warnings"}, defaults)
        yield f"{rule['id']:>4}  {rule['name']:20} {shown}"
        yield from (f"      warning: {warning}" for warning in rule["warnings"])


def _members(queued: Mapping[str, JSON], left_out: Set[str], defaults: Mapping[str, JSON]) -> str:
    """Return the members of a fault or rule, without those that have their defaults."""
    return " ".join(
        f"{name}={value if isinstance(value, str) else json.dumps(value)}"
        for name, value in queued.items()
        if name not in left_out and defaults.get(name) != value
    )


def request_rows(requests: Iterable[JournalEntry]) -> list[Sequence[str]]:
    """Return the requests of a journal as a table."""
    return [_HEADINGS, *map(_row, requests)]


def _row(request: JournalEntry) -> Sequence[str]:
    prompt = request.prompt if request.prompt is not None else f"{request.method} {request.path}"
    text = str(prompt)
    short = text if len(text) <= _MAX_PROMPT else f"{text[:_MAX_PROMPT]}…"
    return (
        request.id[:_ID_LENGTH],
        f"{request.time:%H:%M:%S}",
        str(request.status),
        f"{request.duration_ms:5.0f}",
        request.fault or "-",
        str(len(request.findings)),
        str(request.size or "-"),
        one_line(short),
    )

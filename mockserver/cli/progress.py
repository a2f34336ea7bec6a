"""The progress of long work, on standard error: lines, and on a terminal a bar below them."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING, Any, Self

import click

from mockserver.cli.output import is_quiet

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

__all__ = ["Progress"]


class Progress:
    """Shows the progress of the work in a ``with`` block; nothing with ``--quiet``."""

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

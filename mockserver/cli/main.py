"""The command line ``mockserver``: the group of all commands, and how each ends."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from keyword import iskeyword
from typing import TextIO, cast

import click

from mockserver import __version__
from mockserver.cli.output import without_password
from mockserver.errors import ExitCode, MockserverError
from mockserver.verify.printable import PrintableStream

_INTERRUPTED = 130

_NAMES = (
    *("compat", "config", "contracts", "ctl", "diff", "doctor", "faults", "identify", "import"),
    *("init", "proxy", "record", "run", "schema", "serve", "verify"),
)
"""The commands. Each is the function of its name in the module of its name."""


def main() -> None:
    """Run the command line.

    A command ends by returning, with 0, or by ``context.exit(ExitCode…)``. Wrong usage and errors
    that a user can mend end it with one line and ``ExitCode.USAGE``.
    """
    with redirect_stdout(_printable(sys.stdout)), redirect_stderr(_printable(sys.stderr)):
        try:
            sys.exit(cli.main(standalone_mode=False))
        except click.exceptions.Abort:
            sys.exit(_INTERRUPTED)
        except click.ClickException as error:
            _exit_with_error(_text_of(error))
        except MockserverError as error:
            _exit_with_error(str(error))


def _printable(stream: TextIO) -> TextIO:
    return cast("TextIO", PrintableStream(stream))


def _text_of(error: click.ClickException) -> str:
    """Return click's text, with what is unclear in it made clear."""
    text = error.format_message().replace("integer range", "whole number")
    context = error.ctx if isinstance(error, click.NoSuchOption) else None
    before_command = context is not None and isinstance(context.command, click.Group)
    return f"{text} Options follow the name of the command." if before_command else text


def _exit_with_error(message: str) -> None:
    click.echo("mockserver: " + without_password(" ".join(message.split())), err=True)
    sys.exit(ExitCode.USAGE)


class _Commands(Mapping[str, click.Command]):
    """The commands by name, each imported when it is used: a start of the mock needs only one."""

    def __getitem__(self, name: str) -> click.Command:
        if name not in _NAMES:
            raise KeyError(name)
        identifier = f"{name}_" if iskeyword(name) else name
        module = import_module(f"mockserver.cli.{identifier}")
        command: click.Command = getattr(module, identifier)
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(_NAMES)

    def __len__(self) -> int:
        return len(_NAMES)


@click.group(invoke_without_command=True, commands=_Commands())
@click.version_option(__version__, prog_name="mockserver")
@click.pass_context
def cli(context: click.Context) -> None:
    """An offline mock of the AI/ML API's image endpoint."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())

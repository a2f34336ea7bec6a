"""The command line ``mockserver``: the group of all commands, and how each ends."""

from __future__ import annotations

import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import TextIO, cast

import click

from mockserver import __version__
from mockserver.cli.compat import compat
from mockserver.cli.config import config
from mockserver.cli.contracts import contracts
from mockserver.cli.ctl import ctl
from mockserver.cli.diff import diff
from mockserver.cli.doctor import doctor
from mockserver.cli.faults import faults
from mockserver.cli.identify import identify
from mockserver.cli.import_ import import_documents
from mockserver.cli.init import init
from mockserver.cli.output import without_password
from mockserver.cli.proxy import proxy
from mockserver.cli.record import record
from mockserver.cli.run import run
from mockserver.cli.schema import schema
from mockserver.cli.serve import serve
from mockserver.cli.verify import verify
from mockserver.errors import ExitCode, MockserverError
from mockserver.verify.printable import PrintableStream

__all__ = ["cli", "main"]

_INTERRUPTED = 130


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


@click.group(invoke_without_command=True)
@click.version_option(__version__, prog_name="mockserver")
@click.pass_context
def cli(context: click.Context) -> None:
    """An offline mock of the AI/ML API's image endpoint."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


for command in (
    compat,
    config,
    contracts,
    ctl,
    diff,
    doctor,
    faults,
    identify,
    import_documents,
    init,
    proxy,
    record,
    run,
    schema,
    serve,
    verify,
):
    cli.add_command(command)

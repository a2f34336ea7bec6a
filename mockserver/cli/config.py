"""The command ``mockserver config``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import click
from click.core import ParameterSource

from mockserver.cli.commands import ConfiguredCommand
from mockserver.cli.config_file import ConfigFile, configured_commands, find_config
from mockserver.cli.output import print_json, print_table, without_password
from mockserver.settings import Settings
from mockserver.strict_json import JSON

_HEADINGS = ("key", "value", "from")
_HIDDEN = "[redacted]"


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.argument("command", metavar="[COMMAND]", default="serve")
@click.argument("arguments", metavar="[ARGUMENTS]...", nargs=-1, type=click.UNPROCESSED)
def config(command: str, arguments: Sequence[str], *, as_json: bool) -> None:
    """Show the value of each option of COMMAND, and where it is from.

    COMMAND is serve, run, verify or compat; serve by default. It is not run. A value is from the
    command line (ARGUMENTS), the environment, the configuration file or the default, in this order.
    Secrets are not shown.
    """
    commands = configured_commands()
    if command not in commands:
        raise click.UsageError(f"expected one of {', '.join(commands)}, received {command!r}")
    file = find_config(Path.cwd())
    rows = _rows(command, commands[command], arguments, file)
    if as_json:
        print_json({"command": command, "file": file.file, "options": rows})
        return
    click.echo(file.file or "no configuration file")
    cells = [(row["key"], _text(row["value"]), row["from"]) for row in rows]
    print_table([_HEADINGS, *cells])


def _rows(
    name: str, command: ConfiguredCommand, arguments: Sequence[str], file: ConfigFile
) -> list[dict[str, JSON]]:
    takes_command = any(isinstance(each, click.Argument) for each in command.params)
    placeholder = ["COMMAND"] if takes_command and not arguments else []
    context = command.make_context(name, [*arguments, *placeholder])
    return [
        {
            "key": key,
            "value": _value(context, option),
            "from": _source(context, option, file),
        }
        for key, option in command.keyed_options.items()
    ]


def _value(context: click.Context, option: click.Option) -> JSON:
    value = context.params[str(option.name)]
    if value and option.name in Settings.secrets():
        return _HIDDEN
    return without_password(value) if isinstance(value, str) else value


def _text(value: JSON) -> str:
    """Return a value as the file would have it, without quotes."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return " ".join(map(str, value)) or "-"
    return "-" if value is None else str(value)


def _source(context: click.Context, option: click.Option, file: ConfigFile) -> str:
    source = context.get_parameter_source(str(option.name))
    if source is ParameterSource.COMMANDLINE:
        return "command line"
    if source is ParameterSource.ENVIRONMENT:
        names = [option.envvar] if isinstance(option.envvar, str) else option.envvar or ()
        return next(name for name in names if os.environ.get(name))
    if source is ParameterSource.DEFAULT_MAP and file.file:
        return f"{file.file.name}: {option.name}"
    return "default"

"""The configuration file: values of options that a project keeps beside its code."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from mockserver.errors import SettingsError
from mockserver.strict_json import JSON

if TYPE_CHECKING:
    from mockserver.cli.commands import ConfiguredCommand

_OWN_FILE = "mockserver.toml"
_SHARED_FILE = "pyproject.toml"
_TABLE = "aimlapi-mockserver"
_COMMANDS = ("compat", "run", "serve", "verify")
"""The commands that read the file; a start of one imports no others."""

_SERVERS = {"target", "upstream"}
"""The keys of servers that get the API key from the environment."""

_TYPES = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a string",
    list: "a list",
    dict: "a table",
}


class ConfigFile(NamedTuple):
    """A configuration file.

    :ivar file: None where there is none.
    :ivar values: the value of each key; paths are absolute.
    """

    file: Path | None = None
    values: Mapping[str, JSON] = MappingProxyType({})

    def values_for(self, command: ConfiguredCommand) -> dict[str, JSON]:
        """Return the values of the keys that a command takes."""
        return {key: self.values[key] for key in command.keyed_options if key in self.values}


def configured_commands() -> Mapping[str, ConfiguredCommand]:
    """Return the commands that read the file, by name."""
    from mockserver.cli.commands import ConfiguredCommand
    from mockserver.cli.main import cli

    commands = {name: cli.commands[name] for name in _COMMANDS}
    return {name: each for name, each in commands.items() if isinstance(each, ConfiguredCommand)}


def configurable_options() -> Mapping[str, click.Option]:
    """Return the options that the file can set, by key."""
    options: dict[str, click.Option] = {}
    for command in configured_commands().values():
        options |= command.keyed_options
    return options


def find_config(start: Path) -> ConfigFile:
    """Return the nearest configuration file, in a folder or above it.

    It is ``mockserver.toml``, or a ``pyproject.toml`` with the table ``tool.aimlapi-mockserver``.

    :raises SettingsError: when the file cannot be read, or has an unknown key or a wrong type.
    """
    for folder in (start, *start.parents):
        if _is_file(file := folder / _OWN_FILE):
            return _checked(file, _read(file))
        if _is_file(file := folder / _SHARED_FILE):
            tool = _read(file).get("tool", {})
            if isinstance(tool, dict) and _TABLE in tool:
                return _checked(file, tool[_TABLE])
    return ConfigFile()


def _is_file(file: Path) -> bool:
    try:
        return file.is_file()
    except OSError:  # a folder above that this user may not enter
        return False


def _read(file: Path) -> dict[str, Any]:
    """Return what a file holds; nothing where it is for other programs alone."""
    try:
        text = file.read_text(encoding="utf-8-sig")
        if file.name != _OWN_FILE and _TABLE not in text:
            return {}
        import tomllib  # a start without such a file does without it

        return tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise SettingsError(f"{file}: {error}") from None


def _checked(file: Path, table: JSON) -> ConfigFile:
    if not isinstance(table, dict):
        raise SettingsError(f"{file}: tool.{_TABLE}: expected a table, received {_type(table)}")
    options = configurable_options()
    for key, value in table.items():
        if key not in options:
            way_out = _nearest(key, options)
            if file.name == _OWN_FILE and isinstance(value, dict):
                way_out = "this file has keys without a heading: remove the heading"
            raise SettingsError(f"{file}: unknown key {key!r}; {way_out}")
        expected = value_type(options[key])
        if not _is_of_type(value, expected):
            text = "a list of strings" if expected is list else _TYPES[expected]
            raise SettingsError(f"{file}: {key}: expected {text}, received {_type(value)}")
        if key in _SERVERS:
            _check_server(value, f"{file}: {key}")
    values = {key: _with_paths(file.parent, options[key], value) for key, value in table.items()}
    return ConfigFile(file, values)


def _check_server(server: str, place: str) -> None:
    """Raise an error for a server on another machine: a file must not choose who gets the key."""
    from mockserver.recording.target import LIVE, check_target, is_on_this_machine

    names = {LIVE, "mock"}
    if check_target(server, "mock", option=place) not in names and not is_on_this_machine(server):
        raise SettingsError(
            f"{place}: expected live or a URL of this machine; the API key is sent to another "
            "server only where the command line or the environment names it"
        )


def _nearest(key: str, known: Collection[str]) -> str:
    nearest = get_close_matches(key.replace("-", "_"), known, 1)
    if nearest:
        return f"did you mean {nearest[0]!r}?"
    return f"expected one of {', '.join(sorted(known))}"


def value_type(option: click.Option) -> type:
    """Return the type that the value of an option has in the file."""
    if option.multiple:
        return list
    if option.is_flag:
        return bool
    numbers = {type(click.INT): int, type(click.FLOAT): float}
    return next((each for kind, each in numbers.items() if isinstance(option.type, kind)), str)


def _is_of_type(value: JSON, expected: type) -> bool:
    if expected is list:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return type(value) is expected or (expected is float and type(value) is int)


def _type(value: JSON) -> str:
    """Return the type of a value; the value itself may be a secret."""
    return _TYPES.get(type(value), "a date or time")


def _with_paths(folder: Path, option: click.Option, value: JSON) -> JSON:
    """Return a value whose paths, relative to the folder of the file, are absolute."""
    metavar = option.metavar or ""
    if not (isinstance(option.type, click.Path) or metavar.endswith(("DIR", "FILE"))):
        return value
    if isinstance(value, list):
        return [str(folder / item) for item in value]
    path = folder / value
    return value if "NAME" in metavar and not path.is_file() else str(path)

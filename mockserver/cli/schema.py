"""The command ``mockserver schema``."""

from __future__ import annotations

import click

from mockserver.cli.config_file import configurable_options, value_type
from mockserver.cli.output import print_json, print_table
from mockserver.contracts.refs import inlined
from mockserver.paths import SCHEMAS
from mockserver.strict_json import JSON

_SUFFIX = ".schema.json"
_SCHEMAS: dict[type, dict[str, JSON]] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    list: {"type": "array", "items": {"type": "string"}},
}
"""The schema of a value of each type in the configuration file."""


@click.command()
@click.argument("name", required=False)
def schema(name: str | None) -> None:
    """Print a JSON Schema, for editors, or list all.

    It describes a file that users write or commands read, and needs no other schema.
    """
    configuration = _configuration()
    files = {file.name.removesuffix(_SUFFIX): file for file in sorted(SCHEMAS.glob(f"*{_SUFFIX}"))}
    names = [each for each in files if "." not in each]  # others are parts of contracts
    if name is None:
        rows = [(each, inlined(files[each])["title"]) for each in names]
        print_table(sorted([*rows, ("config", configuration["title"])]))
    elif name == "config":
        print_json(configuration)
    elif name in names:
        print_json(inlined(files[name]))
    else:
        known = ", ".join(sorted([*names, "config"]))
        raise click.UsageError(f"expected one of {known}, received {name!r}")


def _configuration() -> dict[str, JSON]:
    """Return the schema of the configuration file, made from the options."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://aimlapi-mockserver.invalid/schemas/config.schema.json",
        "title": "The configuration file mockserver.toml",
        "type": "object",
        "properties": {key: _property(option) for key, option in configurable_options().items()},
        "additionalProperties": False,
    }


def _property(option: click.Option) -> dict[str, JSON]:
    schema: dict[str, JSON] = {"description": option.help, **_SCHEMAS[value_type(option)]}
    if isinstance(option.type, click.IntRange):
        bounds = {"minimum": option.type.min, "maximum": option.type.max}
        schema |= {name: bound for name, bound in bounds.items() if bound is not None}
    return schema

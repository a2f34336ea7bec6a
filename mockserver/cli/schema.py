"""The command ``mockserver schema``."""

from __future__ import annotations

import click

from mockserver.cli.output import print_json
from mockserver.paths import SCHEMAS

__all__ = ["schema"]

_SUFFIX = ".schema.json"


@click.command()
@click.argument("name", required=False)
def schema(name: str | None) -> None:
    """Print a JSON Schema, for editors, or list all.

    It describes a file that users write or commands read, and needs no other schema.
    """
    from mockserver.compare.report import format_table
    from mockserver.contracts.refs import inlined

    files = {file.name.removesuffix(_SUFFIX): file for file in sorted(SCHEMAS.glob(f"*{_SUFFIX}"))}
    names = [each for each in files if "." not in each]  # others are parts of contracts
    if name is None:
        rows = [(each, inlined(files[each])["title"]) for each in names]
        click.echo("\n".join(format_table(rows)))
    elif name in names:
        print_json(inlined(files[name]))
    else:
        raise click.UsageError(f"expected one of {', '.join(names)}, received {name!r}")

"""The command ``mockserver contracts``."""

from __future__ import annotations

import click

from mockserver.cli.options import schemas_option
from mockserver.cli.output import print_json, print_table
from mockserver.contracts import Contract, ContractCatalog
from mockserver.strict_json import JSON

_HEADINGS = ("model", "revision", "success", "response", "pinned", "withdrawn", "source")


@click.command()
@schemas_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def contracts(catalog: ContractCatalog, *, as_json: bool) -> None:
    """List every contract: model, revision, status, source.

    The status is that of a success. Pinned and withdrawn ones are marked.
    """
    rows = [_as_data(catalog.load(name), catalog.pinned) for name in catalog.ids]
    if as_json:
        print_json({"contracts": rows})
    else:
        print_table([_HEADINGS, *map(_cells, rows)])


def _as_data(contract: Contract, pinned: str) -> dict[str, JSON]:
    return {
        "contract": contract.id,
        "model": contract.model,
        "revision": contract.about["revision"],
        "success": contract.success,
        "response_documented": contract.response_schema is not None,
        "pinned": contract.id == pinned,
        "withdrawn": contract.withdrawn or None,
        "source": contract.about["source"],
    }


def _cells(row: dict[str, JSON]) -> tuple[str, ...]:
    source = row["source"]
    commit = f"@{source['commit']}" if "commit" in source else ""
    return (
        row["model"],
        row["revision"],
        str(row["success"]),
        "documented" if row["response_documented"] else "project-defined",
        "pinned" if row["pinned"] else "",
        row["withdrawn"] or "",
        f"{source['repository']}{commit} {source['file'].rpartition('/')[2]}",
    )

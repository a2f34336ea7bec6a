"""The command ``mockserver import``."""

from __future__ import annotations

import shlex
from datetime import UTC, date, datetime
from pathlib import Path

import click

__all__ = ["import_documents"]


def _date(_: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    try:
        return date.fromisoformat(value).isoformat() if value else None
    except ValueError:
        reason = f"expected a date such as 2026-09-01, received {value!r}"
        raise click.BadParameter(reason, param=parameter) from None


@click.command("import")
@click.argument("sources", metavar="FILE|URL|FOLDER...", nargs=-1, required=True)
@click.option(
    "--revision",
    metavar="DATE",
    callback=_date,
    show_default="the document's version if that is a date, else today",
    help="The date of the provider's documents.",
)
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("schemas"),
    show_default=True,
    help="The folder for the contracts.",
)
@click.option("--path", metavar="PATH", help="The operation's path, where a model has several.")
@click.option("--force", is_flag=True, help="Replace existing contracts that differ.")
def import_documents(
    sources: tuple[str, ...], revision: str | None, path: str | None, into: Path, force: bool
) -> None:
    """Convert OpenAPI documents, 3.0 or 3.1 in JSON or YAML, to contracts.

    A part that a contract cannot express exactly gives a warning. A part that cannot be converted
    at all ends the import before anything is written. Only the URLs named here are fetched. A
    folder holds the provider's documents and an index.json with their dates.
    """
    from mockserver.openapi import import_document, plans, read_listings

    today = datetime.now(UTC).date()
    imported = [
        import_document(name, revision, today, path=path, listing=listing)
        for source in sources
        for name, listing in (
            [(listing.name, listing) for listing in read_listings(Path(source))]
            if Path(source).is_dir()
            else [(source, None)]
        )
    ]
    for warning in (warning for document in imported for warning in document.warnings):
        click.echo(f"warning: {warning}", err=True)
    read = [files for document in imported for files in document.contracts]
    settled = plans(read, into, dated=revision is not None, force=force)
    for plan in settled:
        plan.carry_out(into)
        click.echo(plan)
    _suggest(settled[0].place, into)


def _suggest(place: Path, into: Path) -> None:
    """Print the commands to try next."""
    from mockserver.cli.banner import curl_line
    from mockserver.contracts import load_contract
    from mockserver.paths import SCHEMAS

    contract = load_contract(place)
    more = "" if into.resolve() == SCHEMAS else f" --schemas {shlex.quote(str(into))}"
    click.echo("To try next:")
    click.echo(f"  mockserver serve{more} --contract {contract.id}")
    click.echo(f"  {curl_line('http://127.0.0.1:8000', contract, any_key=True)}")

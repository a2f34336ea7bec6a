"""The command ``mockserver import``."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import click

from mockserver.cli.banner import curl_line
from mockserver.cli.commands import is_given
from mockserver.cli.import_check import Checked, check_documents, exit_code, summary
from mockserver.cli.options import DEFAULT_ORIGIN, quiet_option
from mockserver.cli.output import Progress, is_quiet, note
from mockserver.contracts import default_catalog, load_contract
from mockserver.openapi import (
    ContractFiles,
    DocumentWarning,
    Imported,
    Listing,
    distinct,
    import_document,
    listings,
)
from mockserver.paths import SCHEMAS

_PROGRESS_STEP = 10
"""After how many documents a check shows its progress on a terminal."""


def _date(_: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    try:
        return date.fromisoformat(value).isoformat() if value else None
    except ValueError:
        reason = f"expected a date such as 2026-09-01, received {value!r}"
        raise click.BadParameter(reason, param=parameter) from None


@click.command("import")
@click.argument("sources", metavar="[FILE|URL|FOLDER|MODEL]...", nargs=-1)
@click.option(
    "--revision",
    metavar="DATE",
    callback=_date,
    show_default="today",
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
@click.option("--check", is_flag=True, help="Compare with the newest contracts; write nothing.")
@click.option("--write", is_flag=True, help="With --check, write the contracts that changed.")
@click.option(
    "--from",
    "origin",
    metavar="live|URL",
    default="live",
    show_default=True,
    help="With --check, the service whose list of models leads to the documents.",
)
@quiet_option
def import_(
    sources: tuple[str, ...],
    revision: str | None,
    path: str | None,
    into: Path,
    force: bool,
    check: bool,
    write: bool,
    origin: str,
) -> None:
    """Convert OpenAPI documents to contracts, or compare them.

    A document is OpenAPI 3.0 or 3.1 in JSON or YAML. A part that a contract cannot express exactly
    gives a warning. A part that cannot be converted at all ends the import before anything is
    written. Only the URLs named here are fetched. A folder holds the provider's documents and an
    index.json with their dates.

    With --check, a source may also be a model; without sources it is every model that is not
    withdrawn. The documents of models are fetched as the provider's list of models says, without a
    key. Exits with 0 when they are as the newest contracts say, with 1 when not, and with 3 when
    they cannot be fetched.
    """
    _check_usage(sources, force=force, check=check, write=write)
    today = datetime.now(UTC).date()
    read = partial(import_document, revision=revision, today=today, path=path)
    if check:
        checked = [*_checked(check_documents(sources, into, origin, read))]
        if write:
            changed = [each.contract_files for each in checked if each.contract_files]
            _write(changed, into, force=force)
        click.echo(summary(checked))
        click.get_current_context().exit(exit_code(checked))
    written = _write(_imported(sources, read), into, force=force)
    if not is_quiet():
        _suggest(written[0], into)


def _check_usage(sources: Iterable[str], *, force: bool, check: bool, write: bool) -> None:
    if check:
        if force and not write:
            raise click.UsageError("--force with --check needs --write")
        return
    if write or is_given("origin"):
        raise click.UsageError(f"{'--write' if write else '--from'} needs --check")
    if not sources:
        raise click.UsageError("expected a file, URL or folder to import, or --check")
    for source in sources:
        if not Path(source).exists() and default_catalog().revisions(source):
            raise click.UsageError(f"a model needs --check, received {source!r}")


def _checked(found: Iterable[Checked]) -> Iterator[Checked]:
    """Yield the results of a check, and print them."""
    for number, each in enumerate(found, 1):
        _warn(each.warnings)
        if sys.stderr.isatty() and number % _PROGRESS_STEP == 0:
            note(f"{number} documents compared")
        if each.words:
            click.echo(f"{each.words}\n")
        yield each


def _imported(sources: tuple[str, ...], read: Callable[[Listing], Imported]) -> list[ContractFiles]:
    """Return the contracts of documents, and print the warnings about them."""
    documents, imported = [*listings(sources)], []
    with Progress() as progress:
        for document in documents:
            imported.append(read(document))
            progress.step(len(documents))
    _warn(warning for document in imported for warning in document.warnings)
    return [files for document in imported for files in document.contracts]


def _warn(warnings: Iterable[DocumentWarning]) -> None:
    for warning in warnings:
        click.echo(f"warning: {warning}", err=True)


def _write(contracts: list[ContractFiles], into: Path, *, force: bool) -> list[Path]:
    """Write contracts, unless one is refused; return their folders."""
    outcomes = [(files, files.outcome(into, force=force)) for files in distinct(contracts)]
    for files, outcome in outcomes:
        if outcome != "unchanged":
            files.write(into)
        click.echo(f"{outcome:9}  {into / files.folder}")
    return [into / files.folder for files, _ in outcomes]


def _suggest(place: Path, into: Path) -> None:
    contract = load_contract(place)
    more = "" if into.resolve() == SCHEMAS else f" --schemas {shlex.quote(str(into))}"
    click.echo("To try next:")
    click.echo(f"  mockserver serve{more} --contract {shlex.quote(contract.id)}")
    click.echo(f"  {curl_line(DEFAULT_ORIGIN, contract, any_key=True)}")

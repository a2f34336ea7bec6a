"""The command ``mockserver diff``."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from mockserver.cli.options import schemas_option
from mockserver.cli.output import print_json
from mockserver.compare import Comparison, compare, report, timeline
from mockserver.contracts import Contract, ContractCatalog, load_contract
from mockserver.errors import ExitCode, SettingsError


@click.command()
@click.argument("old", metavar="[OLD]", required=False)
@click.argument("new", metavar="[NEW]", required=False)
@click.option(
    "--timeline",
    "model",
    metavar="MODEL",
    help="Compare every revision of a model with the one before.",
)
@schemas_option
@click.option("--json", "form", flag_value="json", help="Print JSON.")
@click.option("--markdown", "form", flag_value="markdown", help="Print tables for a comment.")
def diff(
    old: str | None,
    new: str | None,
    model: str | None,
    catalog: ContractCatalog,
    form: str | None,
) -> None:
    """Compare two contracts.

    The result is what changes for a client of OLD that calls NEW. Each is a contract such as
    dall-e-2@2025-08-19, or a folder with a contract.json. Exits with 1 when something breaks.
    """
    if (old or new) and model:
        raise click.UsageError("expected two contracts or --timeline MODEL, received both")
    comparisons = _timeline(catalog, model) if model else [_pair(catalog, old, new)]
    _print(comparisons, form)
    if any(comparison.breaking for comparison in comparisons):
        click.get_current_context().exit(ExitCode.FINDINGS)


def _pair(catalog: ContractCatalog, old: str | None, new: str | None) -> Comparison:
    if old is None or new is None:
        raise click.UsageError("expected two contracts, or --timeline MODEL")
    return compare(load(catalog, old), load(catalog, new))


def _timeline(catalog: ContractCatalog, model: str) -> list[Comparison]:
    revisions = catalog.revisions(model)
    if len(revisions) < 2:
        if "@" in model:
            raise SettingsError(f"expected a model without @REVISION, received {model!r}")
        count = "1 revision" if revisions else "no revision"
        counts = Counter(name.partition("@")[0] for name in catalog.ids)
        known = ", ".join(name for name, number in counts.items() if number > 1)
        reason = f"two are needed to compare; models with two or more: {known}"
        raise SettingsError(f"{count} of {model!r}, {reason}")
    return timeline(revisions)


def load(catalog: ContractCatalog, name: str) -> Contract:
    """Load a contract by its name, or from a folder with a contract.json."""
    folder = Path(name)
    if (folder / "contract.json").is_file():
        return load_contract(folder)
    try:
        return catalog.load(name)
    except SettingsError:
        if folder.is_dir():
            raise SettingsError(f"{name}: no contract.json in this folder") from None
        raise


def _print(comparisons: list[Comparison], form: str | None) -> None:
    if form == "json":
        print_json({"comparisons": [report.as_data(comparison) for comparison in comparisons]})
        return
    write = report.as_markdown if form == "markdown" else report.as_text
    click.echo("\n\n".join("\n".join(write(comparison)) for comparison in comparisons))

"""The commands about the documents' history: ``contracts``, ``diff`` and ``identify``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from mockserver.cli.options import schemas_option
from mockserver.optional_deps import require
from mockserver.strict_json import JSON

if TYPE_CHECKING:
    from mockserver.compare import Comparison, Identification
    from mockserver.contracts import Contract, ContractCatalog

__all__ = ["contracts", "diff", "identify"]

_NOTHING_CAME = 3
_TIMEOUT_SECONDS = 180.0


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
@click.option("--json", "form", flag_value="json", help="Print plain data.")
@click.option("--markdown", "form", flag_value="markdown", help="Print tables for a comment.")
@click.pass_context
def diff(
    context: click.Context,
    old: str | None,
    new: str | None,
    model: str | None,
    catalog: ContractCatalog,
    form: str | None,
) -> None:
    """Say what a caller of contract OLD meets at contract NEW.

    Each is a contract such as dall-e-2@2025-08-19, or a folder with a contract.json. Ends with
    status 1 when something breaks, else 0.
    """
    if (old or new) and model:
        raise click.UsageError("expected two contracts or --timeline MODEL, received both")
    comparisons = _timeline(catalog, model) if model else [_pair(catalog, old, new)]
    _print(comparisons, form)
    context.exit(int(any(comparison.breaking for comparison in comparisons)))


def _pair(catalog: ContractCatalog, old: str | None, new: str | None) -> Comparison:
    from mockserver.compare import compare

    if old is None or new is None:
        raise click.UsageError("expected two contracts, or --timeline MODEL")
    return compare(_contract(catalog, old), _contract(catalog, new))


def _timeline(catalog: ContractCatalog, model: str) -> list[Comparison]:
    from mockserver.compare import timeline
    from mockserver.errors import SettingsError

    revisions = catalog.revisions(model)
    if len(revisions) < 2:
        count = "1 revision" if revisions else "no revision"
        known = ", ".join(dict.fromkeys(name.partition("@")[0] for name in catalog.ids))
        raise SettingsError(f"{count} of {model!r}, two are needed to compare; models: {known}")
    return timeline(revisions)


def _contract(catalog: ContractCatalog, name: str) -> Contract:
    from mockserver.contracts import load_contract

    folder = Path(name)
    return load_contract(folder) if (folder / "contract.json").is_file() else catalog.load(name)


def _print(comparisons: list[Comparison], form: str | None) -> None:
    from mockserver.compare import report

    if form == "json":
        data = [report.as_data(comparison) for comparison in comparisons]
        _print_json({"comparisons": data})
        return
    write: Callable[[Comparison], Iterator[str]] = (
        report.as_markdown if form == "markdown" else report.as_text
    )
    click.echo("\n\n".join("\n".join(write(comparison)) for comparison in comparisons))


def _print_json(data: JSON) -> None:
    click.echo(json.dumps(data, indent=2, ensure_ascii=False))


@click.command()
@click.argument("file", type=click.File("rb"), required=False)
@click.option(
    "--target",
    metavar="live|URL",
    help="Order one small image there, and identify the answer.",
)
@click.option(
    "--contract",
    "pinned",
    metavar="MODEL@REVISION",
    help="Hold it to another contract than the pinned one.",
)
@schemas_option
@click.option("--json", "as_json", is_flag=True, help="Print plain data.")
@click.pass_context
def identify(
    context: click.Context,
    file: BinaryIO | None,
    target: str | None,
    pinned: str | None,
    catalog: ContractCatalog,
    *,
    as_json: bool,
) -> None:
    """Say which contract the answer in FILE keeps, or is nearest to.

    FILE (- for standard input) holds the answer's JSON body, or a recorded exchange: an object
    with request and response. Ends with status 0 when it is the pinned contract, else 1, and 3
    when a target gives no answer.
    """
    from mockserver.compare import identify_report as drift

    kept = _contract(catalog, pinned or catalog.pinned)
    if (file is None) == (target is None):
        raise click.UsageError("expected a FILE or --target live|URL, and not both")
    if file is not None:
        identification = _identified(file, catalog, kept)
    elif (request_is_valid := _asked(target or "", catalog, kept)) is not None:
        identification = request_is_valid
    else:
        context.exit(_NOTHING_CAME)
    if as_json:
        _print_json(drift.identification_data(identification))
    else:
        click.echo("\n".join(drift.identification_lines(identification)))
    context.exit(int(not identification.is_pinned))


def _identified(file: BinaryIO, catalog: ContractCatalog, pinned: Contract) -> Identification:
    from mockserver import compare as revisions
    from mockserver.errors import SettingsError
    from mockserver.recording import parse_recording
    from mockserver.strict_json import JSONTextError, parse

    try:
        body = parse(file.read())
    except JSONTextError as error:
        raise SettingsError(f"expected an answer's JSON or a recorded exchange: {error}") from None
    if not _is_exchange(body):
        own = catalog.revisions(pinned.model)
        return revisions.identify(body, contracts=own, pinned=pinned)
    recording = parse_recording(body, Path(getattr(file, "name", "-")))
    candidates = catalog.revisions(recording.model or "") or catalog.revisions(pinned.model)
    return revisions.identify_exchange(recording.exchange(), contracts=candidates, pinned=pinned)


def _asked(target: str, catalog: ContractCatalog, pinned: Contract) -> Identification | None:
    """Order an image from a target, and identify its answer; None when none came."""
    require("contract", "identify --target", "requests")
    from mockserver.cli.recordings import requests_to
    from mockserver.compare import identify_exchange
    from mockserver.contracts.samples import plain_request
    from mockserver.recording.http_client import HTTPClient
    from mockserver.settings import is_on_this_machine

    (request,) = requests_to(target, pinned, [json.dumps(plain_request(pinned)).encode()])
    http_client = HTTPClient(_TIMEOUT_SECONDS, local=is_on_this_machine(request.url))
    exchange = http_client.exchange(request)
    if isinstance(exchange, str):
        click.echo(f"no answer from {target}: {exchange}", err=True)
        return None
    return identify_exchange(exchange, contracts=catalog.revisions(pinned.model), pinned=pinned)


def _is_exchange(value: JSON) -> bool:
    sides = (
        [value.get(side) for side in ("request", "response")] if isinstance(value, dict) else [None]
    )
    return all(isinstance(side, dict) for side in sides)


@click.command()
@schemas_option
@click.option("--json", "as_json", is_flag=True, help="Print plain data.")
def contracts(catalog: ContractCatalog, *, as_json: bool) -> None:
    """List every contract: model, revision, success, source, and which is pinned."""
    rows = [_listing(catalog.load(name), catalog.pinned) for name in catalog.ids]
    if as_json:
        _print_json({"contracts": rows})
        return
    from mockserver.compare.report import format_table

    table = [_HEADINGS, *(_cells(row) for row in rows)]
    click.echo("\n".join(format_table(table)))


_HEADINGS = ("model", "revision", "success", "answer", "pinned", "source")


def _listing(contract: Contract, pinned: str) -> dict[str, JSON]:
    return {
        "contract": contract.id,
        "model": contract.model,
        "revision": contract.about["revision"],
        "success": contract.success,
        "answer_documented": contract.response_schema is not None,
        "pinned": contract.id == pinned,
        "source": contract.about["source"],
    }


def _cells(row: dict[str, JSON]) -> tuple[str, ...]:
    source = row["source"]
    at = f"@{source['commit']}" if "commit" in source else ""
    return (
        row["model"],
        row["revision"],
        str(row["success"]),
        "documented" if row["answer_documented"] else "ours",
        "pinned" if row["pinned"] else "",
        f"{source['repository']}{at} {source['file'].rpartition('/')[2]}",
    )

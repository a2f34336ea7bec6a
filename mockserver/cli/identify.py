"""The command ``mockserver identify``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import click

from mockserver import compare
from mockserver.cli.diff import load
from mockserver.cli.options import header_option, schemas_option
from mockserver.cli.output import pluralize, print_json
from mockserver.cli.record import request_to
from mockserver.compare import Identification, identify_exchange
from mockserver.compare import identify_report as report
from mockserver.contracts import Contract, ContractCatalog
from mockserver.contracts.samples import plain_request
from mockserver.errors import ExitCode, SettingsError
from mockserver.optional_deps import require
from mockserver.recording.json_strings import map_strings
from mockserver.recording.loading import is_har, parse_har
from mockserver.recording.reader import parse_recording
from mockserver.recording.redact import Redactor
from mockserver.recording.target import header_secrets
from mockserver.strict_json import JSON, JSONTextError, parse

_TIMEOUT_SECONDS = 180.0


@click.command()
@click.argument("file", type=click.File("rb"), required=False)
@click.option(
    "--target",
    metavar="live|URL",
    help="Request one small image there, and identify the response.",
)
@click.option(
    "--contract",
    "name",
    metavar="MODEL@REVISION",
    show_default="the pinned one",
    help="The contract that is expected.",
)
@schemas_option
@header_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def identify(
    file: BinaryIO | None,
    target: str | None,
    name: str | None,
    catalog: ContractCatalog,
    gateway_headers: Mapping[str, str],
    *,
    as_json: bool,
) -> None:
    """Find the contract that a response is nearest to.

    FILE (- for standard input) holds the JSON body of a response, a recorded exchange (an object
    with request and response), or a HAR file, whose exchanges are identified one by one. Exits with
    1 when one is not the expected contract, and with 3 when there is no response.
    """
    expected = load(catalog, name or catalog.pinned)
    if (file is None) == (target is None):
        raise click.UsageError("expected a FILE or --target live|URL, and not both")
    value = _read(file) if file is not None else None
    if target is not None:
        found = [(target, _identify_target(target, gateway_headers, catalog, expected))]
    else:
        found = [*_identify_file(value, Path(getattr(file, "name", "-")), catalog, expected)]
    redactor = Redactor(*header_secrets(gateway_headers))
    _show(found, redactor, named=is_har(value), as_json=as_json)
    if not found:
        click.get_current_context().exit(ExitCode.NOTHING_VERIFIED)
    if not all(identification.is_pinned for _, identification in found):
        click.get_current_context().exit(ExitCode.FINDINGS)


def _show(
    found: Sequence[tuple[str, Identification]], redactor: Redactor, *, named: bool, as_json: bool
) -> None:
    """Print what responses are, without secrets.

    :param named: whether the text has the name of each, and their number.
    """
    if as_json:
        listed = [{"file": name, **report.identification_data(each)} for name, each in found]
        print_json(map_strings({"exchanges": listed}, lambda _, text: redactor.known(text)))
        return
    for name, identification in found:
        lines = [*report.identification_lines(identification)]
        click.echo(redactor.known("\n".join([name, *lines, ""] if named else lines)))
    if named:
        click.echo(pluralize(len(found), "exchange"))


def _read(file: BinaryIO) -> JSON:
    try:
        return parse(file.read())
    except JSONTextError as error:
        expected = "the JSON of a response or a recorded exchange"
        raise SettingsError(f"expected {expected}: {error}") from None


def _identify_file(
    value: JSON, file: Path, catalog: ContractCatalog, pinned: Contract
) -> Iterator[tuple[str, Identification]]:
    """Yield what each response in a file is, by its name."""
    candidates = catalog.revisions(pinned.model)
    if is_har(value):
        endpoints = {path for contract in catalog.select().values() for path in contract.paths}
        recordings = parse_har(value, file, endpoints)
    elif _is_exchange(value):
        recordings = [parse_recording(value, file)]
    else:
        yield str(file), compare.identify(value, contracts=candidates, pinned=pinned)
        return
    for recording in recordings:
        revisions = catalog.revisions(recording.model or "") or candidates
        exchange = recording.exchange()
        yield str(recording.file), identify_exchange(exchange, contracts=revisions, pinned=pinned)


def _is_exchange(value: JSON) -> bool:
    return isinstance(value, dict) and all(
        isinstance(value.get(part), dict) for part in ("request", "response")
    )


def _identify_target(
    target: str,
    gateway_headers: Mapping[str, str],
    catalog: ContractCatalog,
    pinned: Contract,
) -> Identification:
    require("contract", "identify --target", "requests")
    from mockserver.recording.http_client import HTTPClient

    request = request_to(target, pinned, json.dumps(plain_request(pinned)).encode())
    http_client = HTTPClient(_TIMEOUT_SECONDS)
    http_client.add_headers(request.url, gateway_headers)
    exchange = http_client.exchange(request)
    if isinstance(exchange, str):
        click.echo(f"no response from {target}: {exchange}", err=True)
        click.get_current_context().exit(ExitCode.NOTHING_VERIFIED)
    return identify_exchange(exchange, contracts=catalog.revisions(pinned.model), pinned=pinned)

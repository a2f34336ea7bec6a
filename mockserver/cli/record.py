"""The command ``mockserver record``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mockserver.cli.options import header_option, quiet_option, schemas_option, timeout_option
from mockserver.cli.output import findings_text, note
from mockserver.contracts import Contract, ContractCatalog, Request
from mockserver.errors import ExitCode, SettingsError
from mockserver.optional_deps import require
from mockserver.recording.budget import count_images
from mockserver.recording.target import (
    api_key,
    base_url,
    check_target,
    header_secrets,
    request_headers,
)
from mockserver.recording.writer import Recorder
from mockserver.strict_json import parse_or_none
from mockserver.verify.suite.cases import deliveries

if TYPE_CHECKING:
    from mockserver.recording.http_client import HTTPClient


@click.command()
@click.option(
    "--target",
    required=True,
    metavar="live|URL",
    help="Where requests are sent: to the paid API with the key from AIMLAPI_KEY or AIML_API_KEY, "
    "or to the base URL of any server.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="The folder for the exchanges; their numbers go on from the last one there.",
)
@click.option(
    "--contract",
    "name",
    metavar="MODEL@REVISION",
    show_default="that of each request's model, or the pinned one",
    help="The contract whose requests are sent, and to which the responses are held.",
)
@schemas_option
@click.option(
    "--request",
    "texts",
    multiple=True,
    metavar="JSON|@FILE",
    show_default="a small image in each documented response format",
    help="The body of a request to send. Repeatable.",
)
@click.option(
    "--max-images",
    type=click.IntRange(0),
    default=6,
    show_default=True,
    help="The most images to pay for on the live API.",
)
@timeout_option(default=180.0)
@header_option
@quiet_option
def record(
    target: str,
    out: Path,
    name: str | None,
    catalog: ContractCatalog,
    texts: tuple[str, ...],
    max_images: int,
    timeout: float,
    gateway_headers: Mapping[str, str],
) -> None:
    """Send requests to a target, and write the exchanges to files.

    Their images are files, too. Keys, cookies, signatures and account ids are redacted. `mockserver
    serve --replay DIR` responds with what was recorded. Exits with 3 when there was no response at
    all.
    """
    require("contract", "record", "requests")
    from mockserver.recording.http_client import HTTPClient

    contract = catalog.load(name or catalog.pinned)
    default = [json.dumps(body).encode() for body in deliveries(contract)]
    bodies = [_body(text) for text in texts] or default
    by_model = {} if name else catalog.select()
    contracts = [by_model.get(_model(body), contract) for body in bodies]
    requests = [request_to(target, *pair) for pair in zip(contracts, bodies, strict=True)]
    if target == "live":
        _check_budget(contracts, bodies, max_images)
    with closing(HTTPClient(timeout)) as http_client:
        http_client.add_headers(requests[0].url, gateway_headers)
        recorder = Recorder(out, *header_secrets(gateway_headers))
        written = _record(requests, contracts, recorder, http_client)
    note(f"{written} of {len(requests)} exchanges are in {out}")
    if not written:
        click.get_current_context().exit(ExitCode.NOTHING_VERIFIED)


def _body(text: str) -> bytes:
    try:
        body = Path(text[1:]).read_bytes() if text.startswith("@") else text.encode()
    except OSError as error:
        raise SettingsError(f"--request {text}: cannot be read: {error.strerror}") from None
    if parse_or_none(body) is None:
        click.echo(f"warning: --request {text} is not JSON; it is sent unchanged", err=True)
    return body


def _model(text: bytes) -> str:
    """Return the model that a request names; empty where it names none."""
    body = parse_or_none(text)
    return str(body.get("model", "")) if isinstance(body, dict) else ""


def request_to(target: str, contract: Contract, body: bytes) -> Request:
    """Return a request to a target, with the key that is valid there.

    :param target: ``live`` or a base URL.
    :raises SettingsError: when it is neither, or the key of the live API is missing.
    """
    url = base_url(check_target(target)) + contract.path
    return Request(contract.method, url, request_headers(api_key(target)), body)


def _check_budget(contracts: Iterable[Contract], bodies: Iterable[bytes], most: int) -> None:
    images = sum(map(count_images, contracts, map(parse_or_none, bodies)))
    if images > most:
        raise SettingsError(
            f"these requests pay for {images} images; send fewer, or allow for more than "
            f"{most} with --max-images {images}"
        )


def _record(
    requests: Sequence[Request],
    contracts: Sequence[Contract],
    recorder: Recorder,
    http_client: HTTPClient,
) -> int:
    """Send requests and write down the exchanges; return the number of responses.

    :param contracts: one for each request.
    """
    written = 0
    for number, (request, contract) in enumerate(zip(requests, contracts, strict=True), 1):
        note(f"{number} of {len(requests)}: {request.method} {request.url} … ", newline=False)
        exchange = http_client.exchange(request)
        if isinstance(exchange, str):
            note(f"no response: {exchange}")
            continue
        findings = contract.findings(exchange)
        file = recorder.write(exchange, contract.id, findings, contract.documented_headers)
        note(f"{exchange.response.status}, {findings_text(findings)}")
        click.echo(file)
        written += 1
    return written

"""The commands about recorded exchanges: ``record`` and ``check``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mockserver.cli.options import schemas_option, timeout_option
from mockserver.cli.output import pluralize
from mockserver.errors import SettingsError
from mockserver.optional_deps import require
from mockserver.strict_json import JSON, JSONTextError, parse

if TYPE_CHECKING:
    from mockserver.contracts import Contract, ContractCatalog, Exchange, Finding, Request
    from mockserver.recording import Recorder, Recording

__all__ = ["check", "record", "requests_to"]

_NOTHING_CAME = 3


@click.command()
@click.option(
    "--target",
    required=True,
    metavar="live|URL",
    help="What is asked: the paid API with the key from AIMLAPI_KEY or AIML_API_KEY, or any "
    "server's base URL.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where the exchanges are written, numbered from the last one there.",
)
@click.option(
    "--contract",
    "name",
    metavar="MODEL@REVISION",
    show_default="the pinned one",
    help="Whose requests are sent, and what the answers are held to.",
)
@schemas_option
@click.option(
    "--request",
    "texts",
    multiple=True,
    metavar="JSON|@FILE",
    show_default="a small image in each documented way of handing it over",
    help="The body of a request to send. Repeatable.",
)
@click.option(
    "--max-images",
    type=click.IntRange(0),
    default=6,
    show_default=True,
    help="How many images to pay for on the live API at the most.",
)
@timeout_option(default=180.0)
@click.pass_context
def record(
    context: click.Context,
    target: str,
    out: Path,
    name: str | None,
    catalog: ContractCatalog,
    texts: tuple[str, ...],
    max_images: int,
    timeout: float,
) -> None:
    """Send requests to a target, and write down the exchanges with their images.

    Keys, cookies, signatures and account ids are taken out. `mockserver serve --replay DIR`
    answers with what was recorded. Ends with status 3 when no answer came at all.
    """
    from mockserver.recording import Recorder

    require("contract", "record", "requests")
    contract = catalog.load(name or catalog.pinned)
    bodies = [_body(text) for text in texts] or _usual(contract)
    requests = requests_to(target, contract, bodies)
    if target == "live":
        _check_budget(contract, bodies, max_images)
    written = _recorded(requests, contract, Recorder(out), timeout)
    click.echo(f"{written} of {len(requests)} exchanges are in {out}", err=True)
    if not written:
        context.exit(_NOTHING_CAME)


def _body(text: str) -> bytes:
    if not text.startswith("@"):
        return text.encode()
    try:
        return Path(text[1:]).read_bytes()
    except OSError as error:
        raise SettingsError(f"--request {text}: cannot be read: {error.strerror}") from None


def _usual(contract: Contract) -> list[bytes]:
    from mockserver.verify.suite.valid_requests import deliveries

    return [json.dumps(body).encode() for body in deliveries(contract)]


def requests_to(target: str, contract: Contract, bodies: Iterable[bytes]) -> list[Request]:
    """Address requests to a target, with the key that is good there.

    :param target: ``live`` or a base URL.
    :raises SettingsError: when it is neither, or the key of the live API is missing.
    """
    from mockserver.contracts import Request
    from mockserver.recording.target import api_key, base_url, check_target

    url = base_url(check_target(target), contract) + contract.path
    key = api_key(target) or "mock-key"
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    return [Request(contract.method, url, headers, body) for body in bodies]


def _check_budget(contract: Contract, bodies: Iterable[bytes], most: int) -> None:
    images = sum(_ordered(contract, body) for body in bodies)
    if images > most:
        raise SettingsError(
            f"these requests pay for {images} images; send fewer, or allow for more than "
            f"{most} with --max-images {images}"
        )


def _ordered(contract: Contract, text: bytes) -> int:
    """Count the images that a request may have to be paid for."""
    try:
        body = parse(text)
    except JSONTextError:
        return 0
    if not isinstance(body, dict) or "prompt" not in body:
        return 0
    return max(1, contract.image_request(body).count)


def _recorded(
    requests: Sequence[Request], contract: Contract, recorder: Recorder, timeout: float
) -> int:
    from mockserver.recording.http_client import HTTPClient
    from mockserver.settings import is_on_this_machine

    http_client, written = HTTPClient(timeout, local=is_on_this_machine(requests[0].url)), 0
    for i, request in enumerate(requests, 1):
        click.echo(f"{i} of {len(requests)}: {request.method} {request.url} … ", nl=False, err=True)
        exchange = http_client.exchange(request)
        if isinstance(exchange, str):
            click.echo(f"no answer: {exchange}", err=True)
            continue
        findings = contract.findings(exchange)
        file = recorder.write(exchange, contract.id, findings)
        click.echo(f"{exchange.response.status}, {_told(findings)}", err=True)
        click.echo(file)
        written += 1
    http_client.close()
    return written


@click.command()
@click.argument(
    "places",
    nargs=-1,
    required=True,
    metavar="FILE|DIR...",
    type=click.Path(exists=True, path_type=Path),
)
@click.option(
    "--contract",
    "name",
    metavar="MODEL@REVISION",
    show_default="the one that each was recorded for, else its model's default",
    help="What they are held to.",
)
@schemas_option
@click.option("--json", "as_json", is_flag=True, help="Print plain data.")
@click.pass_context
def check(
    context: click.Context,
    places: tuple[Path, ...],
    name: str | None,
    catalog: ContractCatalog,
    *,
    as_json: bool,
) -> None:
    """Say what is wrong with recorded exchanges.

    Ends with status 1 when something is, else 0.
    """
    from mockserver.recording import load_recordings

    checked = [_checked(recording, catalog, name) for recording in load_recordings(places)]
    broken = sum(bool(findings) for _, _, findings in checked)
    if as_json:
        click.echo(json.dumps({"exchanges": [_as_data(*one) for one in checked]}, indent=2))
    else:
        for recording, contract, findings in checked:
            click.echo(f"{recording.file}  {contract.id}  {_told(findings)}")
            for finding in findings:
                click.echo(f"  {finding.level} {finding.pointer} ({finding.rule}): {finding.words}")
        click.echo(f"{pluralize(len(checked), 'exchange')}, {broken} with findings")
    context.exit(int(broken > 0))


def _checked(
    recording: Recording, catalog: ContractCatalog, name: str | None
) -> tuple[Recording, Contract, list[Finding]]:
    contract = _contract(recording, catalog, name)
    exchange: Exchange = recording.exchange()
    return recording, contract, contract.findings(exchange)


def _contract(recording: Recording, catalog: ContractCatalog, name: str | None) -> Contract:
    """Choose what an exchange is held to: what is asked for, what is written in it, its model's."""
    if name is not None:
        return catalog.load(name)
    for known in filter(None, (recording.contract, recording.model)):
        with suppress(SettingsError):
            return catalog.load(known)
    return catalog.load(catalog.pinned)


def _as_data(recording: Recording, contract: Contract, findings: list[Finding]) -> dict[str, JSON]:
    from dataclasses import asdict

    listed = [asdict(finding) for finding in findings]
    return {"file": str(recording.file), "contract": contract.id, "findings": listed}


def _told(findings: Sequence[Finding]) -> str:
    return pluralize(len(findings), "finding") if findings else "kept"

"""What the mock prints when it has started: its URL, and how to request an image."""

from __future__ import annotations

import json
import logging
import shlex
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from mockserver import __version__
from mockserver.cli.options import DEFAULT_ORIGIN
from mockserver.cli.output import pluralize
from mockserver.contracts import Contract
from mockserver.contracts.response_shape import placeholders
from mockserver.server import base_url
from mockserver.settings import Settings

if TYPE_CHECKING:
    from mockserver.app.replay import Replay

__all__ = ["admin_line", "curl_line", "journal_line", "log_to_stderr", "show"]

_ADMIN_DOCUMENT = "/__admin/openapi.json"

_PROMPT = "A T-Rex relaxing on a beach, lying on a sun lounger and wearing sunglasses."
"""The prompt of the example on the provider's page."""

_SAVE = " | grep -oE '[A-Za-z0-9+/=]{200,}' | base64 -d > image.png"
"""Extracts the one long run of base64 from a response of any shape."""


def show(
    address: tuple[Any, ...],
    contracts: Iterable[Contract],
    settings: Settings,
    replay: Replay | None = None,
) -> None:
    """Print the base URL, the contracts and a line to paste.

    :param address: of the listening socket.
    :param contracts: the served ones, the default one first.
    """
    origin = base_url(address)
    pinned, *others = contracts
    also = f" (also {pluralize(len(others), 'other model')})" if others else ""
    click.echo(f"aimlapi-mockserver {__version__} is serving {origin}")
    click.echo(f"  contract     {pinned.id}{also}")
    if pinned.withdrawn:
        click.echo(f"  withdrawn    {pinned.model} ({pinned.withdrawn}), by the provider")
    if settings.headers != Settings().headers:
        click.echo(f"  headers      {settings.headers}")
    if others:
        click.echo("  models       mockserver contracts lists them all")
    click.echo(f"  OpenAI SDKs  base_url={origin}/v1")
    click.echo(f"  an image     {curl_line(origin, pinned, any_key=not settings.api_keys)}")
    if admin := admin_line(address, settings):
        if settings.loopback or settings.admin_token is not None:
            click.echo(f"  console      {origin}/__admin/")
        click.echo(f"  admin API    {admin}")
        click.echo(f"  journal      {journal_line(origin)}")
    if replay:
        recorded = pluralize(replay.count, "recorded response")
        rest = "404 to everything else" if settings.replay_only else "the rest from the contract"
        if settings.record_missing:
            images = pluralize(settings.max_images, "image")
            rest = f"the rest from {settings.upstream}, at most {images}"
        click.echo(f"  replay       {recorded} from {settings.replay}; {rest}")
    click.echo("  to stop      Ctrl-C")


def admin_line(address: tuple[Any, ...], settings: Settings) -> str:
    """Return the line about the admin API: the URL of its document, and who may call it."""
    if not settings.admin:
        return ""
    if settings.admin_token is not None:
        return f"{base_url(address)}{_ADMIN_DOCUMENT} (with the token of --admin-token)"
    if settings.loopback:
        return f"{base_url(address)}{_ADMIN_DOCUMENT}"
    return "closed, since others can reach this address; --admin-token opens it"


def journal_line(origin: str) -> str:
    """Return the command that lists the requests to a mock."""
    return "mockserver ctl requests" + (f" --url {origin}" if origin != DEFAULT_ORIGIN else "")


def curl_line(origin: str, contract: Contract, *, any_key: bool) -> str:
    """Return a shell command that saves an image, or prints the link to one.

    :param any_key: whether any API key is valid; otherwise it is read from the environment.
    """
    body = json.dumps({"model": contract.model, "prompt": _PROMPT})
    line = (
        f"curl -s {shlex.quote(origin + contract.path)}"
        f' -H "Authorization: Bearer {"mock-key" if any_key else "$AIMLAPI_KEY"}"'
        f" -H 'Content-Type: application/json' -d {shlex.quote(body)}"
    )
    return line + _SAVE if _responds_in_base64(contract) else line


def _responds_in_base64(contract: Contract) -> bool:
    """Return whether a response has base64 when the request does not choose."""
    example = contract.image_request({"model": contract.model, "prompt": _PROMPT})
    return example.as_base64 or "image.url" not in placeholders(contract.shape)


def log_to_stderr() -> None:
    """Write the access log and errors to standard error."""
    logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("mockserver").setLevel(logging.INFO)

"""What the mock prints when it has started: its URL, and how to request an image."""

from __future__ import annotations

import json
import logging
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockserver import __version__
from mockserver.cli.config_file import find_config
from mockserver.cli.options import DEFAULT_ORIGIN
from mockserver.cli.output import pluralize
from mockserver.contracts import Contract
from mockserver.contracts.response_shape import placeholders
from mockserver.contracts.samples import plain_request
from mockserver.server import base_url
from mockserver.settings import Settings
from mockserver.strict_json import JSON

if TYPE_CHECKING:
    from mockserver.app.replay import Replay

_ADMIN_DOCUMENT = "/__admin/openapi.json"

_PROMPT = "A T-Rex relaxing on a beach, lying on a sun lounger and wearing sunglasses."
"""The prompt of the example on the provider's page."""

_ALTERING = (
    *("scenario", "rate_limit", "concurrency", "credits", "latency", "time_scale"),
    *("rules", "images", "vary", "headers"),
)
"""The settings that explain an error, a delay or an image that a user does not expect."""

_SAVE_BASE64 = " | grep -oE '[A-Za-z0-9+/=]{200,}' > image.b64 && base64 -d image.b64 > image.png"
"""Extracts the one long run of base64 from a response of any shape; an error changes no image."""

_SAVE_LINK = " | grep -o 'http[^\"]*' | xargs curl -sSf -o image.png"
"""Downloads the image of the one link in a response of any shape."""


def show(
    address: tuple[Any, ...],
    contracts: Iterable[Contract],
    settings: Settings,
    replay: Replay | None = None,
) -> None:
    """Print the base URL, the contracts and a line to paste.

    :param contracts: the served ones, the default one first.
    """
    origin = base_url(address)
    pinned, *others = contracts
    also = f" (also {pluralize(len(others), 'other model')})" if others else ""
    click.echo(f"aimlapi-mockserver {__version__} is serving {origin}")
    click.echo(f"  contract     {pinned.id}{also}")
    if pinned.withdrawn:
        click.echo(f"  withdrawn    {pinned.model} ({pinned.withdrawn}), by the provider")
    if in_force := _in_force(settings):
        click.echo(f"  in force     {in_force}")
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


def _in_force(settings: Settings) -> str:
    """Return the configuration file, and the settings that alter responses."""
    file, default = find_config(Path.cwd()).file, Settings()
    values = [
        f"{name} {getattr(settings, name)}"
        for name in _ALTERING
        if getattr(settings, name) != getattr(default, name)
    ]
    return ", ".join([*([str(file)] if file else []), *values])


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
    """Return a shell command that saves an image as ``image.png``, and reports an error.

    :param any_key: whether any API key is valid; otherwise it is read from the environment.
    """
    body: dict[str, JSON] = {"model": contract.model, "prompt": _PROMPT}
    if contract.request_findings(body):
        body = plain_request(contract)  # it has what else is required, such as an image to edit
    line = (
        f"curl -sSf {shlex.quote(origin + contract.path)}"
        f' -H "Authorization: Bearer {"mock-key" if any_key else "$AIMLAPI_KEY"}"'
        f" -H 'Content-Type: application/json' -d {shlex.quote(json.dumps(body))}"
    )
    has_link = "image.url" in placeholders(contract.shape)
    as_base64 = contract.image_request(body).as_base64 or not has_link
    return line + (_SAVE_BASE64 if as_base64 else _SAVE_LINK)


def log_to_stderr(level: int = logging.INFO) -> None:
    """Write what is logged from a level on to standard error, the access log from INFO on."""
    logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("mockserver").setLevel(level)

"""What the mock says when it has started: where it is, and how to ask it for an image."""

from __future__ import annotations

import json
import logging
import shlex
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from mockserver import __version__
from mockserver.contracts import Contract
from mockserver.contracts.response_shape import placeholders
from mockserver.server import base_url
from mockserver.settings import Settings

if TYPE_CHECKING:
    from mockserver.app.replay import Replay

__all__ = ["admin_line", "curl_line", "log_to_stderr", "replay_line", "show"]

_PROMPT = "A T-Rex relaxing on a beach, lying on a sun lounger and wearing sunglasses."
"""The prompt of the provider's own page."""

_SAVE = " | grep -oE '[A-Za-z0-9+/=]{200,}' | base64 -d > image.png"
"""Takes the one long run of base64 out of an answer, whatever its shape."""


def show(
    address: tuple[Any, ...],
    contracts: Iterable[Contract],
    *,
    any_key: bool,
    admin: str = "",
    replay: str = "",
) -> None:
    """Print the base URL, the contracts and a line to paste.

    :param address: what the listening socket is bound to.
    :param contracts: those being served, the default one first.
    :param any_key: whether any key is good.
    :param admin: where the admin API is, and who may call it; nothing where there is none.
    :param replay: what is replayed; nothing where nothing is.
    """
    origin = base_url(address)
    pinned, *others = contracts
    withdrawn = [f"{c.model} ({c.withdrawn})" for c in (pinned, *others) if c.withdrawn]
    also = f" (also {', '.join(contract.id for contract in others)})" if others else ""
    click.echo(f"aimlapi-mockserver {__version__} is serving {origin}")
    click.echo(f"  contract     {pinned.id}{also}")
    if withdrawn:
        click.echo(f"  withdrawn    {', '.join(withdrawn)}, by the provider")
    click.echo(f"  OpenAI SDKs  base_url={origin}/v1")
    click.echo(f"  an image    {curl_line(origin, pinned, any_key=any_key)}")
    if admin:
        click.echo(f"  admin API    {admin}")
    if replay:
        click.echo(f"  replay       {replay}")
    click.echo("  to stop      Ctrl-C")


def replay_line(settings: Settings, replay: Replay | None) -> str:
    """Say which recorded answers are given."""
    if replay is None:
        return ""
    rest = "404 to everything else" if settings.replay_only else "the rest from the contract"
    responses = "answer" if replay.count == 1 else "answers"
    return f"{replay.count} recorded {responses} from {settings.replay}; {rest}"


def admin_line(address: tuple[Any, ...], settings: Settings) -> str:
    """Say where the admin API is, and who may call it."""
    if not settings.admin:
        return ""
    if settings.admin_token is not None:
        return f"{base_url(address)}/__admin/ (with the token of --admin-token)"
    if settings.loopback:
        return f"{base_url(address)}/__admin/"
    return "closed, since others can reach this address; --admin-token opens it"


def curl_line(origin: str, contract: Contract, *, any_key: bool) -> str:
    """Write a shell line that works as it is and saves an image, or gets the link to one.

    :param any_key: whether any key is good; otherwise the line takes it from the environment.
    """
    body = json.dumps({"model": contract.model, "prompt": _PROMPT})
    line = (
        f"curl -s {origin}{contract.path}"
        f' -H "Authorization: Bearer {"mock-key" if any_key else "$AIMLAPI_KEY"}"'
        f" -H 'Content-Type: application/json' -d {shlex.quote(body)}"
    )
    return line + _SAVE if _responses_base64(contract) else line


def _responses_base64(contract: Contract) -> bool:
    """Tell whether an answer that is not asked for links or base64 carries base64."""
    example = contract.image_request({"model": contract.model, "prompt": _PROMPT})
    return example.as_base64 or "image.url" not in placeholders(contract.shape)


def log_to_stderr() -> None:
    """Write the access log, and what goes wrong, to standard error."""
    logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("mockserver").setLevel(logging.INFO)

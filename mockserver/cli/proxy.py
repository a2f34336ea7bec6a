"""The command ``mockserver proxy``."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from socket import socket
from typing import TYPE_CHECKING

import click

from mockserver.cli.options import header_option, listen_options, setting_options, timeout_option
from mockserver.optional_deps import require
from mockserver.settings import Settings
from mockserver.strict_json import JSON

if TYPE_CHECKING:
    from flask import Flask


@click.command()
@click.option(
    "--upstream",
    required=True,
    metavar="live|URL",
    help="Where requests are forwarded to: the paid API, or the base URL of any server.",
)
@listen_options
@setting_options("contracts", "headers", "schemas")
@click.option("--strict", is_flag=True, help="Respond with 502 when the contract is broken.")
@click.option(
    "--record",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write the checked exchanges there, with the images behind links.",
)
@timeout_option(default=180.0)
@header_option
@setting_options("admin_token")
def proxy(
    upstream: str,
    host: str,
    port: int,
    folder: Path | None,
    timeout: float,
    gateway_headers: Mapping[str, str],
    *,
    strict: bool,
    **settings: JSON,
) -> None:
    """Forward requests to another server, and check both sides.

    Requests and responses are checked against the contract. Everything is forwarded unchanged.
    Findings are in the header X-Mock-Findings, in the journal (`mockserver ctl requests`) and in a
    summary at the end, which Ctrl-C shows.
    """
    require("contract", "proxy", "requests")
    from mockserver.app.proxy.relay import create_proxy
    from mockserver.app.proxy.summary import ProxySummary
    from mockserver.app.proxy.upstream import Upstream
    from mockserver.recording.http_client import HTTPClient
    from mockserver.recording.target import base_url, check_target, header_secrets, is_local
    from mockserver.recording.writer import Recorder

    base = base_url(check_target(upstream, option="--upstream"))
    secrets = header_secrets(gateway_headers)
    http_client = HTTPClient(timeout)
    http_client.add_headers(base, gateway_headers)
    app = create_proxy(
        Settings(loopback=is_local(host), access_log=True, **settings),
        Upstream(base, timeout, gateway_headers),
        summary := ProxySummary(*secrets),
        http_client,
        Recorder(folder, *secrets) if folder else None,
        strict=strict,
    )
    _serve(app, host, port, lambda listener: _show_banner(listener, base, folder))
    click.echo("\n".join(summary.lines))


def _serve(app: Flask, host: str, port: int, on_ready: Callable[[socket], None]) -> None:
    from mockserver import server
    from mockserver.cli.banner import log_to_stderr

    listener = server.listen(host, port)
    log_to_stderr()
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # it warns of odd headers by a traceback
    server.serve(app, listener, on_ready=lambda: on_ready(listener))


def _show_banner(listener: socket, base: str, folder: Path | None) -> None:
    from mockserver.cli.banner import journal_line
    from mockserver.server import base_url

    origin = base_url(listener.getsockname())
    click.echo(f"aimlapi-mockserver is forwarding {origin} to {base}")
    click.echo(f"  OpenAI SDKs  base_url={origin}/v1, with the upstream's own key")
    click.echo(f"  journal      {origin}/__admin/requests, or {journal_line(origin)}")
    if folder:
        click.echo(f"  recording    into {folder}")
    click.echo("  to stop      Ctrl-C")

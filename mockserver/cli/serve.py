"""The command ``mockserver serve``."""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from mockserver.cli.commands import GroupedCommand, naming_key
from mockserver.cli.options import listen_options, quiet_option, setting_options
from mockserver.cli.output import is_quiet
from mockserver.errors import SettingsError
from mockserver.settings import THREADS, Settings
from mockserver.strict_json import JSON

if TYPE_CHECKING:
    from flask import Flask


@click.command(cls=GroupedCommand)
@listen_options
@click.option(
    "--threads",
    envvar="MOCKSERVER_THREADS",
    type=click.IntRange(1, 4096),
    default=THREADS,
    show_default=True,
    show_envvar=True,
    help="Simultaneous requests, including those that only wait.",
)
@setting_options(*Settings.described(), access_log=True)
@quiet_option
def serve(host: str, port: int, threads: int, **options: JSON) -> None:
    """Start the mock, and serve until interrupted."""
    from mockserver import server
    from mockserver.app.factory import STATE, create_app
    from mockserver.cli import banner
    from mockserver.recording.target import is_local

    _warn_of_ignored_port()
    options["access_log"] = options["access_log"] and not is_quiet()
    settings = _settings(options, loopback=is_local(host))
    banner.log_to_stderr(logging.ERROR if is_quiet() else logging.INFO)
    app = create_app(settings)
    state = app.extensions[STATE]
    listener = server.listen(host, port)

    def announce() -> None:
        address = listener.getsockname()
        if is_quiet():
            click.echo(server.base_url(address))
        else:
            banner.show(address, state.contracts.values(), settings, state.replay)

    gc.freeze()  # what a start has made stays, so no collection needs to look at it
    server.serve(app, listener, threads=threads, on_ready=announce)


def _warn_of_ignored_port() -> None:
    """Warn where a user has set the variable that Kubernetes sets, too: it has no effect."""
    if os.environ.get("MOCKSERVER_PORT", "").isdecimal():
        warning = "MOCKSERVER_PORT has no effect; use MOCKSERVER_LISTEN_PORT"
        click.echo(f"warning: {warning} (Kubernetes sets the other)", err=True)


def app_from_environment() -> Flask:
    """Return the mock as a WSGI application, set by the variables of ``mockserver serve``.

    The configuration file counts, too. ``MOCKSERVER_HOST``, ``_LISTEN_PORT`` and ``_THREADS`` have
    no effect: the WSGI server listens. Others may reach it, so the admin API needs a token.

    :raises SettingsError: when a variable has an invalid value.
    """
    from mockserver.app.factory import create_app

    try:
        context = serve.make_context("serve", [])
    except click.UsageError as error:
        raise SettingsError(error.format_message()) from None
    with naming_key(context):
        return create_app(_settings(context.params, loopback=False))


def _settings(options: Mapping[str, JSON], *, loopback: bool) -> Settings:
    given = {name: options[name] for name in Settings.described() if options[name] is not None}
    # No page that a user visits may spend money.
    if loopback and not given["cors_origins"] and not given["record_missing"]:
        given["cors_origins"] = ("*",)
    return Settings(loopback=loopback, **given)

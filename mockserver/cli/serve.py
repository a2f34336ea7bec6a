"""The command ``mockserver serve``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from mockserver.cli.options import setting_options
from mockserver.errors import SettingsError
from mockserver.settings import THREADS, Settings
from mockserver.strict_json import JSON

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["app_from_environment", "serve"]

_SERVER = ("host", "port", "threads")
_GROUPS = {
    "Responses": (
        "contracts",
        "schemas",
        "headers",
        "reload",
        "images",
        "rules",
        "seed",
        "replay",
        "replay_only",
        "replay_speed",
        "vary",
    ),
    "Missing recordings": ("record_missing", "upstream", "max_images", "over_budget"),
    "Keys, limits and credits": ("api_keys", "rate_limit", "concurrency", "credits", "cost"),
    "Faults and latency": ("scenario", "latency", "time_scale"),
    "Links to images": ("url_ttl", "url_secret", "public_url", "trust_proxy"),
    "Access, journal and admin API": (
        *("cors_origins", "journal", "store", "admin", "admin_token", "metrics", "access_log"),
    ),
}
"""The headings of ``--help``, with the settings below each."""


class _GroupedCommand(click.Command):
    """A command whose help shows its options in groups."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options of each group below its heading."""
        for heading, names in {"Server": (*_SERVER, "help"), **_GROUPS}.items():
            listed = [each for each in self.get_params(ctx) if each.name in names]
            with formatter.section(heading):
                formatter.write_dl(filter(None, (each.get_help_record(ctx) for each in listed)))


@click.command(cls=_GroupedCommand)
@click.option(
    "--host",
    envvar="MOCKSERVER_HOST",
    default="127.0.0.1",
    show_default=True,
    show_envvar=True,
    help="Address to listen on.",
)
@click.option(
    "--port",
    # Kubernetes sets MOCKSERVER_PORT=tcp://… beside a Service that is named mockserver.
    envvar="MOCKSERVER_LISTEN_PORT",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    show_envvar=True,
    help="Port; 0 takes a free one.",
)
@click.option(
    "--threads",
    envvar="MOCKSERVER_THREADS",
    type=click.IntRange(1, 4096),
    default=THREADS,
    show_default=True,
    show_envvar=True,
    help="Simultaneous requests, including those that only wait.",
)
@setting_options(*(name for names in _GROUPS.values() for name in names), access_log=True)
def serve(host: str, port: int, threads: int, **options: JSON) -> None:
    """Start the mock, and serve until interrupted."""
    from mockserver import server
    from mockserver.app.factory import STATE, create_app
    from mockserver.cli import banner
    from mockserver.recording.target import is_local

    _warn_of_ignored_port()
    settings = _settings(options, loopback=is_local(host))
    app = create_app(settings)
    state = app.extensions[STATE]
    listener = server.listen(host, port)
    banner.log_to_stderr()
    server.serve(
        app,
        listener,
        threads=threads,
        on_ready=lambda: banner.show(
            listener.getsockname(), state.contracts.values(), settings, state.replay
        ),
    )


def _warn_of_ignored_port() -> None:
    """Warn where a user has set the variable that Kubernetes sets, too: it has no effect."""
    if os.environ.get("MOCKSERVER_PORT", "").isdecimal():
        warning = "MOCKSERVER_PORT has no effect; use MOCKSERVER_LISTEN_PORT"
        click.echo(f"warning: {warning} (Kubernetes sets the other)", err=True)


def app_from_environment() -> Flask:
    """Return the mock as a WSGI application, set by the variables of ``mockserver serve``.

    ``MOCKSERVER_HOST``, ``_LISTEN_PORT`` and ``_THREADS`` have no effect: the WSGI server listens.
    Others may reach it, so the admin API needs a token.

    :raises SettingsError: when a variable has an invalid value.
    """
    from mockserver.app.factory import create_app

    try:
        options = serve.make_context("serve", []).params
    except click.UsageError as error:
        raise SettingsError(error.format_message()) from None
    return create_app(_settings(options, loopback=False))


def _settings(options: Mapping[str, JSON], *, loopback: bool) -> Settings:
    given = {name: options[name] for name in Settings.described() if options[name] is not None}
    # No page that a user visits may spend money.
    if loopback and not given["cors_origins"] and not given["record_missing"]:
        given["cors_origins"] = ("*",)
    return Settings(loopback=loopback, **given)

"""The command line: ``mockserver serve``, ``mockserver faults``, and the commands of others."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mockserver import __version__
from mockserver.cli.compat.command import compat
from mockserver.cli.ctl import ctl
from mockserver.cli.history import contracts, diff, identify
from mockserver.cli.import_ import import_documents
from mockserver.cli.option_values import finite, keys, origin, page_origins, secret
from mockserver.cli.proxy import proxy
from mockserver.cli.recordings import check, record
from mockserver.cli.run import run
from mockserver.cli.verify import verify
from mockserver.errors import MockserverError, SettingsError
from mockserver.settings import THREADS, Settings, is_local
from mockserver.strict_json import JSON

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["app_from_environment", "cli", "main"]

_USAGE = 2

Command = TypeVar("Command", bound=Callable[..., Any])


def main() -> None:
    """Run the command line; wrong usage ends it with one clear line and status 2."""
    try:
        sys.exit(cli.main(standalone_mode=False))
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        _exit_with_error(error.format_message())
    except MockserverError as error:
        _exit_with_error(str(error))


def _exit_with_error(message: str) -> None:
    click.echo("mockserver: " + " ".join(message.split()), err=True)
    sys.exit(_USAGE)


@click.group(invoke_without_command=True)
@click.version_option(__version__, prog_name="mockserver")
@click.pass_context
def cli(context: click.Context) -> None:
    """An offline stand-in for the AI/ML API's image endpoint."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


_DOCUMENTS = (check, contracts, diff, identify, import_documents)
for command in (*_DOCUMENTS, compat, ctl, proxy, record, run, verify):
    cli.add_command(command)


def _option(*names: str, **attributes: JSON) -> Callable[[Command], Command]:
    """Make an option that shows its default and its environment variable."""
    attributes.setdefault("show_default", "off" if attributes.get("is_flag") else True)
    return click.option(*names, show_envvar=True, **attributes)


def _many(*names: str, help: str, **attributes: JSON) -> Callable[[Command], Command]:  # noqa: A002
    """Make an option that can be given more than once.

    Its variable is named in the singular, as the option is, and in the plural, which it holds: a
    key that is set under the name not looked for would leave the mock open to any.
    """
    more = "Repeatable; in the variable, parted by spaces."
    singular, plural = (f"MOCKSERVER_{name.upper().replace('-', '_')}" for name in _forms(*names))
    variables = [singular, plural]
    return _option(*names, multiple=True, help=f"{help} {more}", envvar=variables, **attributes)


def _forms(option: str, name: str) -> tuple[str, str]:
    return option.removeprefix("--"), name


@cli.command(context_settings={"auto_envvar_prefix": "MOCKSERVER"})
@_option("--host", default="127.0.0.1", help="Address to listen on.")
@_option("--port", type=click.IntRange(0, 65535), default=8000, help="Port; 0 takes a free one.")
@_option(
    "--threads",
    type=click.IntRange(1, 4096),
    default=THREADS,
    help="Requests that are worked on at once; those that only wait count too.",
)
@_many(
    "--contract",
    "contracts",
    metavar="MODEL@REVISION",
    show_default="each model's pinned revision, else its latest",
    help="The revision that a model answers with.",
)
@_option(
    "--schemas",
    multiple=True,
    type=click.Path(exists=True, file_okay=False),
    metavar="DIR",
    show_default="the shipped contracts alone",
    help="A folder with further contracts. Repeatable; in the variable, parted as PATH is.",
)
@_option("--reload", is_flag=True, help="Read contracts again when their files change.")
@_many(
    "--api-key",
    "api_keys",
    metavar="KEY",
    callback=keys,
    show_default="any key is good",
    help="A key that is good; every other one gets 401.",
)
@_option("--seed", type=int, default=0, help="Which of the images a prompt gets.")
@_option(
    "--cost",
    type=click.IntRange(0),
    default=120_000,
    help="What an image costs, in the units of the answer's meta.usage.",
)
@_option(
    "--url-ttl",
    type=click.IntRange(1, 1_000_000_000),
    default=7200,
    metavar="SECONDS",
    help="How long a link to an image lives, in seconds.",
)
@_option(
    "--url-secret",
    metavar="TEXT",
    callback=secret,
    show_default="a new one at every start",
    help="What links are signed with; servers that share it serve each other's links.",
)
@_option(
    "--public-url",
    metavar="ORIGIN",
    callback=origin,
    show_default="the request's own",
    help="Origin that links to images begin with.",
)
@_option("--trust-proxy", is_flag=True, help="Believe the X-Forwarded-* headers of one proxy.")
@_many(
    "--cors-origin",
    "cors_origins",
    metavar="ORIGIN",
    callback=page_origins,
    show_default="* on a loopback address, else none",
    help="An origin whose pages may call the mock; * for all.",
)
@_option(
    "--rate-limit",
    metavar="RATE",
    show_default="none",
    help="Requests that a key has in a while, such as 10/minute; more get 429.",
)
@_option(
    "--concurrency",
    type=click.IntRange(1),
    show_default="any number",
    help="Requests that a key has at once; more get 429.",
)
@_option(
    "--credits",
    type=click.IntRange(0),
    show_default="without end",
    help="What a key pays its images from, in the units of --cost; spent, 403.",
)
@_option(
    "--latency",
    metavar="DURATION",
    show_default="none",
    help="How long images take: realistic, 200ms, or 100ms..2s.",
)
@_option(
    "--time-scale",
    type=click.FloatRange(0),
    default=1.0,
    callback=finite,
    help="What every latency and delay is multiplied by.",
)
@_option(
    "--scenario",
    metavar="NAME|FILE",
    show_default="none",
    help="Faults that everybody meets; `mockserver faults` lists those that are shipped.",
)
@_option(
    "--vary",
    type=int,
    metavar="SEED",
    show_default="off",
    help="Let answers use the freedom of their contracts: field order, null, extra fields, JPEG.",
)
@_option(
    "--replay",
    type=click.Path(exists=True, file_okay=False),
    metavar="DIR",
    show_default="none",
    help="Answer requests that were recorded there as they were answered then.",
)
@_option("--replay-only", is_flag=True, help="Answer 404 to what is not recorded.")
@_option(
    "--journal",
    type=click.IntRange(1, 1_000_000),
    default=1000,
    help="How many requests are remembered.",
)
@_option("--admin/--no-admin", default=True, help="Have the admin API under /__admin/.")
@_option(
    "--admin-token",
    metavar="TOKEN",
    callback=secret,
    show_default="none on a loopback address; elsewhere the admin API is closed without",
    help="What a caller of the admin API must send as its Bearer token.",
)
@_option("--access-log/--no-access-log", default=True, help="Write a line for every request.")
def serve(host: str, port: int, threads: int, **options: JSON) -> None:
    """Start the mock and answer until interrupted."""
    from mockserver import server
    from mockserver.app.factory import STATE, create_app
    from mockserver.cli import banner

    settings = _settings(options, loopback=is_local(host))
    app = create_app(settings)
    state = app.extensions[STATE]
    listener = server.listen(host, port)
    banner.log_to_stderr()
    server.serve(
        app,
        listener,
        threads=threads,
        on_ready=partial(
            banner.show,
            listener.getsockname(),
            state.contracts.values(),
            any_key=not settings.api_keys,
            admin=banner.admin_line(listener.getsockname(), settings),
            replay=banner.replay_line(settings, state.replay),
        ),
    )


def app_from_environment() -> Flask:
    """Return the mock as a WSGI application, set by the variables of ``mockserver serve``.

    ``MOCKSERVER_HOST``, ``_PORT`` and ``_THREADS`` mean nothing here: the WSGI server listens. As
    others may reach it, the admin API needs a token.

    :raises SettingsError: when a variable has a value that cannot be used.
    """
    from mockserver.app.factory import create_app

    try:
        options = serve.make_context("serve", []).params
    except click.UsageError as error:
        raise SettingsError(error.format_message()) from None
    for name in ("host", "port", "threads"):
        del options[name]
    return create_app(_settings(options, loopback=False))


def _settings(options: Mapping[str, JSON], *, loopback: bool) -> Settings:
    given = {name: value for name, value in options.items() if value is not None}
    if loopback and not given["cors_origins"]:
        given["cors_origins"] = ("*",)
    return Settings(loopback=loopback, **given)


@cli.command()
def faults() -> None:
    """List every fault and scenario, with what a client sees."""
    from mockserver.app.faults import fault_kinds, scenarios

    click.echo("Faults: `mockserver ctl fail NAME`, `Prefer: fault=NAME`, or in a scenario")
    for name, kind in fault_kinds().items():
        click.echo(f"  {name:20} {kind.summary}")
    click.echo("Scenarios: `mockserver serve --scenario NAME`, or a key that begins mock-NAME")
    for name, scenario in scenarios().items():
        click.echo(f"  {name:20} {scenario.summary}")

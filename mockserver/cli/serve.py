"""The command ``mockserver serve``."""

from __future__ import annotations

from functools import partial

import click

from mockserver.cli.options import setting_options
from mockserver.settings import Settings, is_local
from mockserver.strict_json import JSON

__all__ = ["serve"]

_SERVER = ("host", "port", "workers", "threads")
_GROUPS = {
    "Responses": ("contracts", "schemas", "reload", "seed", "replay", "replay_only", "vary"),
    "Keys, limits and credits": ("api_keys", "rate_limit", "concurrency", "credits", "cost"),
    "Faults and latency": ("scenario", "latency", "time_scale"),
    "Links to images": ("url_ttl", "url_secret", "public_url", "trust_proxy"),
    "Access, journal and admin API": (
        *("cors_origins", "journal", "admin", "admin_token", "access_log"),
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


@click.command(cls=_GroupedCommand, context_settings={"auto_envvar_prefix": "MOCKSERVER"})
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    show_envvar=True,
    help="Address to listen on.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    show_envvar=True,
    help="Port; 0 takes a free one.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    show_envvar=True,
    help="Processes that answer. With more than one, each has a state of its own: no admin API, "
    "no journal, and limits and faults that count by process.",
)
@click.option(
    "--threads",
    type=click.IntRange(1, 256),
    default=16,
    show_default=True,
    show_envvar=True,
    help="Threads of each worker.",
)
@setting_options(*(name for names in _GROUPS.values() for name in names), access_log=True)
def serve(
    host: str, port: int, workers: int, threads: int, cors_origins: tuple[str, ...], **options: JSON
) -> None:
    """Start the mock, and serve until interrupted."""
    from mockserver import server
    from mockserver.app.factory import STATE, create_app
    from mockserver.cli import banner

    loopback = is_local(host)
    options["admin"] = options["admin"] and workers == 1
    if not cors_origins and loopback:
        cors_origins = ("*",)
    given = {name: value for name, value in options.items() if value is not None}
    settings = Settings(cors_origins=cors_origins, loopback=loopback, **given)
    app = create_app(settings)
    state = app.extensions[STATE]
    listener = server.listen(host, port)
    banner.log_to_stderr()
    server.serve(
        lambda: app,
        listener,
        workers=workers,
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

"""Kinds of commands: with values from the configuration file, and with grouped options."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from mockserver.cli.config_file import ConfigFile, find_config
from mockserver.errors import MockserverError, SettingsError

GROUPS = {
    "Most used": ("port", "contracts", "images", "rules", "scenario", "latency", "vary"),
    "Server": ("host", "threads", "quiet", "help"),
    "Responses": ("schemas", "headers", "reload", "seed", "replay", "replay_only", "replay_speed"),
    "Missing recordings": ("record_missing", "upstream", "max_images", "over_budget"),
    "Keys, limits and delays": (
        *("api_keys", "rate_limit", "concurrency", "credits", "cost", "time_scale"),
    ),
    "Links to images": ("url_ttl", "url_secret", "public_url", "trust_proxy"),
    "Access, journal and admin API": (
        *("cors_origins", "journal", "store", "admin", "admin_token", "metrics", "access_log"),
    ),
}
"""The headings of ``--help``, with the options below each: first what most users need."""


class ConfiguredCommand(click.Command):
    """A command whose options take their defaults from the configuration file.

    :param keys: the options that the file can set; by default all.
    """

    def __init__(self, *args: Any, keys: Collection[str] | None = None, **attributes: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **attributes)
        self._keys = keys

    @property
    def keyed_options(self) -> Mapping[str, click.Option]:
        """The options that the file can set, by key."""
        options = (it for it in self.params if isinstance(it, click.Option) and it.expose_value)
        named = {str(option.name): option for option in options}
        return {key: named[key] for key in (named if self._keys is None else self._keys)}

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,  # noqa: ANN401
    ) -> click.Context:
        """Parse the command line, with the values of the file as defaults."""
        config, problem = ConfigFile(), None
        try:
            config = find_config(Path.cwd())
        except SettingsError as error:
            problem = error  # raised later, so that --help works
        values = config.values_for(self)
        try:
            context = super().make_context(info_name, args, parent, default_map=values, **extra)
        except click.BadParameter as error:
            raise _with_place(error, config) from None
        if problem:
            raise problem
        return context

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401
        """Run the command."""
        with naming_key(ctx):
            return super().invoke(ctx)


def _with_place(error: click.BadParameter, config: ConfigFile) -> Exception:
    """Return an error that names the file and the key, where the invalid value is from there."""
    name = str(error.param.name if error.param else None)
    source = error.ctx.get_parameter_source(name) if error.ctx else None
    if source is not ParameterSource.DEFAULT_MAP:
        return error
    return SettingsError(f"{config.file}: {name}: {error.message}")


@contextmanager
def naming_key(context: click.Context) -> Iterator[None]:
    """Raise errors with the file and the key, where the invalid value is from there."""
    try:
        yield
    except MockserverError as error:
        if context.get_parameter_source(error.setting) is not ParameterSource.DEFAULT_MAP:
            raise
        file = find_config(Path.cwd()).file
        raise SettingsError(f"{file}: {error.setting}: {error}") from None


class GroupedCommand(ConfiguredCommand):
    """A command whose help shows its options in groups."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options of each group below its heading."""
        options = {each.name: each for each in self.get_params(ctx)}
        for heading, names in GROUPS.items():
            listed = [options[name].get_help_record(ctx) for name in names if name in options]
            if listed:
                with formatter.section(heading):
                    formatter.write_dl(filter(None, listed))


def is_given(name: str) -> bool:
    """Return whether an option is on the command line or in the environment."""
    source = click.get_current_context().get_parameter_source(name)
    return source in {ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT}

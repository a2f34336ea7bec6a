"""Options that several commands have; those of settings are made from ``Settings``."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import MISSING, fields
from functools import reduce, wraps
from pathlib import Path
from typing import Any, TypeVar, cast, get_args, get_type_hints

import click

from mockserver.cli.output import QUIET
from mockserver.contracts import default_catalog
from mockserver.settings import Setting, Settings

DEFAULT_ORIGIN = "http://127.0.0.1:8000"
"""Where ``serve`` listens and ``ctl`` looks for the mock, without an option."""

Command = TypeVar("Command", bound=Callable[..., Any])

_TYPES = get_type_hints(Settings)
_DEFAULTS = {each.name: each.default for each in fields(Settings)}


def apply(options: Iterable[Callable[[Command], Command]]) -> Callable[[Command], Command]:
    """Return a decorator that adds options to a command, in their order."""
    return lambda command: reduce(lambda made, add: add(made), reversed([*options]), command)


def setting_options(*names: str, **defaults: object) -> Callable[[Command], Command]:
    """Return a decorator that adds the options of settings to a command, in their order.

    :param defaults: defaults that differ from those of :class:`Settings`, by name.
    """
    return apply(_setting_option(name, defaults.get(name, _DEFAULTS[name])) for name in names)


def _setting_option(name: str, default: object) -> Callable[[Command], Command]:
    flag = f"--{_singular(name).replace('_', '-')}"
    if default is True:
        flag += f"/--no-{flag.removeprefix('--')}"
    return click.option(flag, name, **_attributes(name, default))


def _attributes(name: str, default: object) -> dict[str, Any]:
    setting = Settings.described()[name]
    is_flag = _TYPES[name] is bool
    shown: str | bool = setting.default_text or ("none" if default is None else True)
    return {
        "type": _click_type(name, setting),
        "is_flag": is_flag,
        "multiple": _is_tuple(name),
        "default": None if default is MISSING or _is_tuple(name) else default,
        "show_default": "off" if default is False else shown,
        "envvar": [*dict.fromkeys(f"MOCKSERVER_{it.upper()}" for it in (_singular(name), name))],
        "show_envvar": True,
        "metavar": setting.metavar,
        "callback": _check(setting),
        "help": setting.help + (_repeat_text(name) if _is_tuple(name) else ""),
    }


def _is_tuple(name: str) -> bool:
    return bool(_TYPES[name] == tuple[str, ...])


def _singular(name: str) -> str:
    """Return the name that the option and its second variable have: ``api_key``, ``contract``.

    A key in MOCKSERVER_API_KEY or MOCKSERVER_API_KEYS counts: under an unknown name it would be
    ignored, and the mock would accept any key.
    """
    return name.removesuffix("s") if _is_tuple(name) and name != "schemas" else name


def _click_type(name: str, setting: Setting) -> Any:  # noqa: ANN401
    if setting.metavar == "DIR":
        return click.Path(exists=True, file_okay=False)
    types = (_TYPES[name], *get_args(_TYPES[name]))
    return next((each for each in types if each in (int, float, bool)), str)


def _repeat_text(name: str) -> str:
    separator = f"'{os.pathsep}'" if name == "schemas" else "spaces"
    return f" Repeatable; in the variable, separate several with {separator}."


def _check(setting: Setting) -> Callable[..., Any]:
    def check(_: click.Context, parameter: click.Parameter, value: Any) -> Any:  # noqa: ANN401
        try:
            return setting.checked(value)
        except ValueError as error:
            raise click.BadParameter(str(error), param=parameter) from None

    return check


def schemas_option(command: Command) -> Command:
    """Add ``--schemas`` to a command, which receives the contracts as ``catalog``."""

    @wraps(command)
    def with_catalog(*args: Any, schemas: tuple[str, ...], **options: Any) -> Any:  # noqa: ANN401

        return command(*args, catalog=default_catalog(*map(Path, schemas)), **options)

    return cast("Command", setting_options("schemas")(with_catalog))


def quiet_option(command: Command) -> Command:
    """Add ``--quiet`` to a command, whose notes then are not printed."""

    def keep(context: click.Context, _: click.Parameter, value: bool) -> None:
        context.meta[QUIET] = value

    return click.option(
        "-q",
        "--quiet",
        is_flag=True,
        expose_value=False,
        callback=keep,
        envvar="MOCKSERVER_QUIET",
        show_envvar=True,
        show_default="off",
        help="Print results and errors only.",
    )(command)


def header_option(command: Command) -> Command:
    """Add ``-H`` to a command, which receives ``gateway_headers`` by name."""

    def parse(_: click.Context, __: click.Parameter, texts: tuple[str, ...]) -> dict[str, str]:
        from mockserver.recording.target import parse_headers

        return parse_headers(texts)

    return click.option(
        "-H",
        "--header",
        "gateway_headers",
        multiple=True,
        metavar="NAME:VALUE",
        callback=parse,
        help="A header for a gateway before the server, sent with each request to its origin. The "
        "value is written nowhere. Repeatable.",
    )(command)


def listen_options(command: Command) -> Command:
    """Add ``--host`` and ``--port`` to a command."""
    host = click.option(
        "--host",
        envvar="MOCKSERVER_HOST",
        default="127.0.0.1",
        show_default=True,
        show_envvar=True,
        help="Address to listen on.",
    )
    port = click.option(
        "--port",
        # Kubernetes sets MOCKSERVER_PORT=tcp://… beside a Service that is named mockserver.
        envvar="MOCKSERVER_LISTEN_PORT",
        type=click.IntRange(0, 65535),
        default=8000,
        show_default=True,
        show_envvar=True,
        help="Port; 0 takes a free one.",
    )
    return host(port(command))


def timeout_option(
    *, default: float | None, shown: str | bool = True
) -> Callable[[Command], Command]:
    """Return a decorator that adds ``--timeout`` to a command.

    :param shown: describes the default, where the number itself does not.
    """
    return click.option(
        "--timeout",
        type=click.FloatRange(0.1),
        default=default,
        show_default=shown,
        metavar="SECONDS",
        help="How long a response may take, in seconds.",
    )

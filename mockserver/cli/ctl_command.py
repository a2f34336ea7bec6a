"""How the commands of ``mockserver ctl`` are made: their options, and the admin client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, get_args, get_type_hints

import click

from mockserver.cli.options import DEFAULT_ORIGIN, apply
from mockserver.strict_json import JSON
from mockserver.testing.admin_client import AdminClient
from mockserver.testing.admin_transport import over_http

Command = TypeVar("Command", bound=Callable[..., Any])


_connection_options: Callable[[Any], Any] = apply(
    [
        click.option(
            "--url",
            envvar="MOCKSERVER_URL",
            default=DEFAULT_ORIGIN,
            show_envvar=True,
            show_default=True,
            help="The URL of the mock.",
        ),
        click.option(
            "--key",
            envvar="MOCKSERVER_KEY",
            show_envvar=True,
            show_default="all keys",
            help="The API key to act on; only its digest is sent.",
        ),
        click.option(
            "--token",
            envvar="MOCKSERVER_ADMIN_TOKEN",
            show_envvar=True,
            help="The mock's --admin-token.",
        ),
    ]
)


def command(
    name: str,
    parent: click.Group,
    **attributes: Any,  # noqa: ANN401
) -> Callable[[Callable[..., None]], Any]:
    """Return a decorator that makes a command, whose first argument is the admin client."""

    def decorate(function: Callable[..., None]) -> Any:  # noqa: ANN401
        def run(url: str, key: str | None, token: str | None, **arguments: JSON) -> None:
            context = click.get_current_context()
            if context.invoked_subcommand is None:
                function(AdminClient(over_http(url, token), key), **arguments)
            else:
                _check_no_options(context)

        run.__doc__ = function.__doc__
        run.__click_params__ = getattr(function, "__click_params__", [])  # type: ignore[attr-defined]
        return parent.command(name, **attributes)(_connection_options(run))

    return decorate


def group(name: str, parent: click.Group) -> Callable[[Callable[..., None]], Any]:
    """Return a decorator that makes a command with commands below it."""
    return command(name, parent, cls=click.Group, invoke_without_command=True)


def _check_no_options(context: click.Context) -> None:
    """Refuse options before the name of a lower command, which would not see them."""
    source = click.core.ParameterSource.COMMANDLINE
    if any(context.get_parameter_source(name) is source for name in context.params):
        raise click.UsageError(f"expected options after {context.invoked_subcommand!r}, not before")


def options_of(arguments: type) -> Callable[[Command], Command]:
    """Return a decorator that adds an option for each described field of a TypedDict."""
    hints = get_type_hints(arguments, include_extras=True).items()
    return apply(
        click.option(f"--{name}", type=_click_type(hint.__origin__), help=hint.__metadata__[0])
        for name, hint in hints
        if hasattr(hint, "__metadata__")
    )


def _click_type(hint: Any) -> type:  # noqa: ANN401
    types = {*(get_args(hint) or (hint,))} - {type(None)}
    return types.pop() if types in ({int}, {float}) else str

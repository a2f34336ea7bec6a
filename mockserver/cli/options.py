"""The options that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from mockserver.contracts import ContractCatalog

__all__ = ["schemas_option", "timeout_option"]

Command = TypeVar("Command", bound=Callable[..., Any])


def schemas_option(command: Command) -> Command:
    """Give a command ``--schemas``, and hand it the contracts at hand as ``at_hand``."""
    return click.option(
        "--schemas",
        "catalog",
        multiple=True,
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        metavar="DIR",
        envvar="MOCKSERVER_SCHEMAS",
        show_envvar=True,
        callback=_shelf,
        help="A folder with further contracts. Repeatable; in the variable, parted as PATH is.",
    )(command)


def timeout_option(
    *, default: float | None, shown: str | bool = True
) -> Callable[[Command], Command]:
    """Give a command ``--timeout``: how long an answer may take, in seconds.

    :param shown: what help says of the default, where it is not the number itself.
    """
    return click.option(
        "--timeout",
        type=click.FloatRange(0.1),
        default=default,
        show_default=shown,
        metavar="SECONDS",
        help="How long an answer may take, in seconds.",
    )


def _shelf(_: click.Context, __: click.Parameter, folders: tuple[Path, ...]) -> ContractCatalog:
    from mockserver.contracts import default_catalog

    return default_catalog(*folders)

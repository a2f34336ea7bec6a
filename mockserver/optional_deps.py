"""Packages that are not always installed: what needs them says how to get them."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from mockserver.errors import MockserverError

__all__ = ["extra", "require"]


def require(extra: str, what: str, *packages: str) -> None:
    """See that packages are there, before anything is begun that cannot do without.

    :param extra: of this package, which brings them.
    :param what: needs them, as a sentence names it.
    :raises MockserverError: with the line to install what is missing.
    """
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        line = f"pip install 'aimlapi-mockserver[{extra}]'"
        raise MockserverError(f"{what} needs {', '.join(missing)}: {line}")


def extra(module: str, name: str) -> Any:  # noqa: ANN401
    """Import a package that only those have who asked for an extra.

    :param name: the extra.
    :raises MockserverError: naming the extra, where it is missing.
    """
    require(name, "this", module)
    return import_module(module)

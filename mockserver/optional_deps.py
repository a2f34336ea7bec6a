"""Packages that only an extra installs; an error says how to install a missing one."""

from __future__ import annotations

import json
from importlib import import_module
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from mockserver.errors import MockserverError


def require(extra: str, what: str, *packages: str) -> None:
    """Check that packages are installed.

    :param extra: the extra that installs them.
    :param what: the feature that needs them, for the error message.
    :raises MockserverError: with the command that installs what is missing.
    """
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        line = f"pip install '{_source()}[{extra}]'"
        raise MockserverError(f"{what} needs {', '.join(missing)}: {line}")


def _source() -> str:
    """Return what pip installs: the package, or the folder or file that it was installed from."""
    try:
        installed = distribution("aimlapi-mockserver")
    except PackageNotFoundError:
        return "."
    # The module is large, and only this error needs it.
    from urllib.request import url2pathname

    origin = json.loads(installed.read_text("direct_url.json") or "{}").get("url", "")
    return url2pathname(urlsplit(origin).path) if origin.startswith("file:") else installed.name


def extra(module: str, name: str, what: str) -> Any:  # noqa: ANN401
    """Import a module that the extra ``name`` installs; see :func:`require`."""
    require(name, what, module)
    return import_module(module)

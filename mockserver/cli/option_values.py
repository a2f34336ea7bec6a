"""What the command line's values have to be, beyond what click checks by itself."""

from __future__ import annotations

import math
from urllib.parse import urlsplit

import click

__all__ = ["finite", "keys", "origin", "page_origins", "secret"]


def origin(_: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Take an origin, of which a path may be a part: links are written behind it."""
    if value is not None and not _is_origin(value):
        reason = f"expected an origin such as https://images.test, received {value!r}"
        raise click.BadParameter(reason, param=parameter)
    return value.rstrip("/") if value else None


def _is_origin(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    web = parts.scheme in {"http", "https"} and bool(parts.hostname)
    return web and not parts.query and not parts.fragment


def page_origins(
    _: click.Context, parameter: click.Parameter, value: tuple[str, ...]
) -> tuple[str, ...]:
    """Take origins as browsers send them, since any other would never match."""
    origins = tuple(page.removesuffix("/") for page in value)
    for page in origins:
        if page not in {"*", "null"} and not _is_page_origin(page):
            reason = f"expected * or an origin such as https://page.test, received {page!r}"
            raise click.BadParameter(reason, param=parameter)
    return origins


def _is_page_origin(value: str) -> bool:
    # Origins are compared as they are, so a pattern would never match.
    return _is_origin(value) and not urlsplit(value).path and not set(value) & set("*?\\")


def keys(_: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Take keys that are not empty."""
    if any(not key.strip() for key in value):
        raise click.BadParameter("expected a key, received an empty one", param=parameter)
    return value


def secret(_: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Take what is not empty: an empty secret keeps nobody out."""
    if value is not None and not value.strip():
        raise click.BadParameter("expected a secret, received an empty one", param=parameter)
    return value


def finite(_: click.Context, parameter: click.Parameter, value: float) -> float:
    """Take a number that can be counted with."""
    if not math.isfinite(value):
        raise click.BadParameter(f"expected a number, received {value}", param=parameter)
    return value

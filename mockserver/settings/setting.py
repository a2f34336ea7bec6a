"""What a setting is, and how its values are checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

LARGEST = 2**63 - 1

Default = TypeVar("Default")


class Setting(NamedTuple):
    """What a setting means, and which values it takes.

    :ivar help: one line for ``--help``.
    :ivar metavar: the name of a value in ``--help``.
    :ivar default_text: describes the default where the value does not; none by default.
    :ivar check: returns the value in its normal form, or raises ValueError with what it expected.
    """

    help: str
    metavar: str | None = None
    default_text: str | None = None
    bounds: tuple[float, float] | None = None
    check: Callable[[Any], Any] | None = None

    def checked(self, value: Any) -> Any:  # noqa: ANN401
        """Return a value in its normal form.

        :raises ValueError: with what was expected and what came.
        """
        if value is not None and self.bounds is not None:
            _check_number(value, *self.bounds)
        return value if value is None or self.check is None else self.check(value)


def option(
    default: Default,
    help: str,  # noqa: A002
    metavar: str | None = None,
    *,
    default_text: str | None = None,
    bounds: tuple[float, float] | None = None,
    check: Callable[[Any], Any] | None = None,
    secret: bool = False,
) -> Default:
    """Return the field of a setting.

    :param secret: whether its value is never shown.
    """
    setting = Setting(help, metavar, default_text, bounds, check)
    return field(default=default, repr=not secret, metadata={"setting": setting})


def _check_number(value: object, least: float, most: float) -> None:
    whole = isinstance(least, int)  # Bounds are of the type that the setting has.
    kinds: tuple[type[int] | type[float], ...] = (int,) if whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or not least <= value <= most:
        number = "a whole number" if whole else "a number"
        limit = "" if most == LARGEST else f" and at most {most}"
        raise ValueError(f"expected {number} of at least {least:g}{limit}, received {value!r}")


def check_origin(value: str) -> str:
    """Check an origin, which may be followed by a path."""
    if not _is_origin(value):
        raise ValueError(f"expected an origin such as https://images.test, received {value!r}")
    return value.rstrip("/")


def _is_origin(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    web = parts.scheme in {"http", "https"} and bool(parts.hostname)
    return web and not parts.query and not parts.fragment and "@" not in parts.netloc


def check_page_origins(values: tuple[str, ...]) -> tuple[str, ...]:
    """Check origins in the form that browsers send: no other form would ever match."""
    origins = tuple(page.removesuffix("/") for page in values)
    for page in origins:
        if page not in {"*", "null"} and not _is_page_origin(page):
            expected = "expected * or an origin such as https://page.test"
            raise ValueError(f"{expected}, received {page!r}")
    return origins


def _is_page_origin(value: str) -> bool:
    # Origins are compared as they are, so a pattern would never match.
    return _is_origin(value) and not urlsplit(value).path and not set(value) & set("*?\\")


def check_one_of(*values: str) -> Callable[[str], str]:
    """Return the check of a value that is one of a few."""

    def check(value: str) -> str:
        if value not in values:
            expected = f"{', '.join(values[:-1])} or {values[-1]}"
            raise ValueError(f"expected {expected}, received {value!r}")
        return value

    return check


def check_keys(values: tuple[str, ...]) -> tuple[str, ...]:
    """Check that no API key is empty."""
    if any(not key.strip() for key in values):
        raise ValueError("expected a key, received an empty one")
    return values


def check_schemas(folders: tuple[str, ...]) -> tuple[str, ...]:
    """Check that there is a contract in each folder: a misspelt one would have no effect."""
    for folder in folders:
        if not any(Path(folder).rglob("contract.json")):
            raise ValueError(f"expected contracts, found no contract.json below {folder}")
    return folders


def check_secret(value: str) -> str:
    """Check that a secret is not empty: an empty one protects nothing."""
    if not value.strip():
        raise ValueError("expected a secret, received an empty one")
    return value


def check_store(value: str) -> str:
    """Check the URL of a store; a message does not quote it, since it may have a password."""
    try:
        parts = urlsplit(value)
        is_valid = parts.scheme in {"redis", "rediss", "unix"} and parts.port != 0
    except ValueError:
        is_valid = False
    if not is_valid:
        raise ValueError("expected a URL such as redis://localhost:6379/0 or unix:///file")
    return value

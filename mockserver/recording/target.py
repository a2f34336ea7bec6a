"""What can be asked besides the mock: the live API, or any URL."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

from mockserver.contracts import Contract
from mockserver.errors import SettingsError
from mockserver.settings import is_on_this_machine

__all__ = ["KEYS", "LIVE", "api_key", "base_url", "check_listening", "check_target"]

LIVE = "live"
"""The name of the paid API itself."""

KEYS = ("AIMLAPI_KEY", "AIML_API_KEY")
"""The environment variables that hold its key, as clients in the wild have them."""


_TIMEOUT_SECONDS = 5.0
"""How long a connection may take, in seconds."""


def api_key(target: str, environment: Mapping[str, str] = os.environ) -> str:
    """Read the key to send to a target; empty where there is none.

    :raises SettingsError: when it is the live API, which lets nobody in without.
    """
    given = (environment.get(name, "").strip() for name in KEYS)
    key = next(filter(None, given), "")
    if target == LIVE and not key:
        raise SettingsError(f"--target live needs the API key in {' or '.join(KEYS)}")
    return key


def check_target(target: str, *more: str, option: str = "--target") -> str:
    """Give a target without a slash at its end.

    :param more: what it may be besides ``live`` and a base URL.
    :param option: what names it on the command line.
    :raises SettingsError: when it is none of them.
    """
    if target not in {LIVE, *more} and not _is_base_url(target):
        known = ", ".join([*more, LIVE])
        expected = f"{known} or a base URL such as http://127.0.0.1:8000"
        raise SettingsError(f"{option}: expected {expected}, received {target!r}")
    return target.rstrip("/")


def _is_base_url(target: str) -> bool:
    try:
        parts = urlsplit(target)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and has_host and not parts.query + parts.fragment


def check_listening(target: str) -> None:
    """See that somebody listens where a target is on this machine; elsewhere proxies may stand.

    :raises SettingsError: when nobody does.
    """
    parts = urlsplit(target)
    if not is_on_this_machine(target):
        return
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((parts.hostname or "", port), timeout=_TIMEOUT_SECONDS).close()
    except OSError as error:
        reason = error.strerror or str(error)
        raise SettingsError(f"--target {target}: nobody answers there: {reason}") from None


def base_url(target: str, contract: Contract) -> str:
    """Give the base URL of a target, without a slash at the end.

    :param contract: whose server the live API is.
    """
    return str(contract.about["server"]).rstrip("/") if target == LIVE else target

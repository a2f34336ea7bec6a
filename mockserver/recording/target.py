"""The servers that commands send requests to: the live API, or any URL."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from mockserver.errors import SettingsError, naming_setting
from mockserver.recording.redact import key_in_use

LIVE = "live"
"""The name of the paid API itself on the command line."""

KEYS = ("AIMLAPI_KEY", "AIML_API_KEY")
"""The environment variables that clients in the wild keep its key in."""

PROVIDER = "https://api.aimlapi.com"
"""The origin of the paid API."""

_CONNECT_SECONDS = 5.0
_HEADER = re.compile(r"([\w!#$%&'*+.^`|~-]+)\s*:\s*(\S.*)")
_OWN_HEADERS = {"authorization", "content-length", "content-type", "transfer-encoding"}
"""Headers that each request has already; the key of a target is in the environment."""


def api_key(target: str, *, option: str = "--target") -> str:
    """Return the API key for a target; empty when there is none.

    :param option: the command-line option that the target is from.
    :raises SettingsError: when there is none for the live API.
    """
    given = (os.environ.get(name, "").strip() for name in KEYS)
    key = next(filter(None, given), "")
    if target == LIVE and not key:
        raise SettingsError(f"{option} live needs the API key in {' or '.join(KEYS)}")
    return key


def request_headers(key: str) -> dict[str, str]:
    """Return the headers of a request for images.

    :param key: the API key; where it is empty, one that the mock accepts is sent.
    """
    return {"Authorization": f"Bearer {key or 'mock-key'}", "Content-Type": "application/json"}


def check_target(target: str, *more: str, option: str = "--target") -> str:
    """Return a target, without a slash or ``/v1`` at the end of a URL.

    :param more: further names that are allowed.
    :param option: the command-line option that it is from.
    :raises SettingsError: when it is neither an allowed name nor a base URL without a password.
    """
    with naming_setting(option.removeprefix("--")):
        if "@" in target:
            raise SettingsError(f"{option}: expected a URL without user and password")
        if target not in {LIVE, *more} and not _is_base_url(target):
            known = ", ".join([*more, LIVE])
            expected = f"{known} or a base URL such as http://127.0.0.1:8000"
            raise SettingsError(f"{option}: expected {expected}, received {target!r}")
    return without_version(target)


def _is_base_url(target: str) -> bool:
    try:
        parts = urlsplit(target)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and has_host and not parts.query + parts.fragment


def check_listening(target: str) -> None:
    """Raise an error when a target on this machine does not listen; others may be behind a proxy.

    :raises SettingsError: when no connection can be made.
    """
    parts = urlsplit(target)
    if not is_on_this_machine(target):
        return
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((parts.hostname or "", port), timeout=_CONNECT_SECONDS).close()
    except OSError as error:
        reason = error.strerror or str(error)
        raise SettingsError(f"--target {target}: nothing listens there: {reason}") from None


def base_url(target: str) -> str:
    """Return the base URL of a target, without a slash at the end.

    The key of the live API goes to the provider, whatever server a contract names.
    """
    return PROVIDER if target == LIVE else target


def parse_headers(texts: Iterable[str]) -> dict[str, str]:
    """Return headers for a gateway, each given as ``NAME:VALUE``; the last of a name counts.

    :raises SettingsError: when one cannot be sent, or each request has its own; without the value.
    """
    headers = {}
    for text in texts:
        found = _HEADER.fullmatch(text.strip())
        if not found or not text.isascii() or not text.isprintable():
            raise SettingsError(
                "--header: expected ASCII text as NAME:VALUE, such as X-Gateway:abc"
            )
        name, value = found.groups()
        if name.lower() in _OWN_HEADERS:
            raise SettingsError(f"--header: {name} cannot be set, since each request has its own")
        headers[name] = value
    return headers


def header_secrets(headers: Mapping[str, str]) -> list[str]:
    """Return the values of headers, and the keys in them, which are not to be written."""
    return [*headers.values(), *map(key_in_use, headers.values())]


def without_version(url: str) -> str:
    """Return a base URL without the ``/v1`` with which SDKs end it: every path of ours has it."""
    return url.rstrip("/").removesuffix("/v1").rstrip("/")


def is_on_this_machine(url: str) -> bool:
    """Return whether a URL leads to this machine, so that no proxy is used."""
    return is_local(urlsplit(url).hostname or "")


def is_local(host: str) -> bool:
    """Return whether a host, an address or a name, belongs to this machine only."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")

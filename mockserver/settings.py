"""Every setting in one frozen value, built by the command line or a test, never at import."""

from __future__ import annotations

import math
import secrets
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from mockserver.errors import SettingsError

__all__ = ["MAX_BODY", "THREADS", "Settings", "is_local", "is_on_this_machine"]

MAX_BODY = 1024 * 1024
"""The largest request body that is read, in bytes; more gets 413."""

THREADS = 256
"""How many requests are worked on at once by default; most of them only wait."""


_LEAST = {"cost": 0, "url_ttl": 1, "concurrency": 1, "credits": 0, "time_scale": 0, "journal": 1}
"""The smallest value of each setting that counts something; None counts nothing."""

_FRACTIONS = {"time_scale"}
"""Those among them that need not be whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the mock behaves.

    :raises SettingsError: when a number is none, or too small.

    :ivar contracts: contracts such as ``dall-e-2@2026-01-16`` that replace their models' defaults.
    :ivar schemas: folders with contracts beside the shipped ones.
    :ivar reload: whether contracts are read again when their files change.
    :ivar api_keys: the keys that are good; none means that any key is.
    :ivar seed: which of the fixture images a prompt gets.
    :ivar cost: what an image costs, in the units of ``meta.usage``; the documents' own example.
    :ivar url_ttl: how long a link to an image lives, in seconds; the printed sample's two hours.
    :ivar url_secret: what links are signed with; every process that shares it serves every link.
    :ivar public_url: the origin that links begin with, when it is not the request's own.
    :ivar trust_proxy: whether to believe the ``X-Forwarded-*`` headers of one proxy in front.
    :ivar cors_origins: origins whose pages may call the API; ``*`` is all, none turns CORS off.
    :ivar access_log: whether to write a line for every request.
    :ivar rate_limit: requests that a key has in a while, such as ``10/minute``; None: any number.
    :ivar concurrency: requests that a key has at once; None: any number.
    :ivar credits: what a key pays images from, in the units of ``cost``; None never ends.
    :ivar latency: how long an image takes: ``realistic``, ``200ms``, ``100ms..2s``; None: none.
    :ivar time_scale: what every latency and delay is multiplied by.
    :ivar scenario: the faults that everybody meets: a shipped scenario's name, or a file.
    :ivar vary: the seed by which answers use the freedom of their contracts; None: they do not.
    :ivar replay: a folder with recorded exchanges, whose answers go before all others.
    :ivar replay_only: whether a request without a recorded answer gets 404.
    :ivar journal: how many requests are remembered.
    :ivar admin: whether the admin API is there.
    :ivar loopback: whether only this machine can reach the mock; else the admin API needs a token.
    :ivar admin_token: what a caller of the admin API must send; None asks for nothing.
    """

    contracts: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    reload: bool = False
    api_keys: tuple[str, ...] = field(default=(), repr=False)
    seed: int = 0
    cost: int = 120_000
    url_ttl: int = 7200
    url_secret: str = field(default_factory=secrets.token_hex, repr=False)
    public_url: str | None = None
    trust_proxy: bool = False
    cors_origins: tuple[str, ...] = ("*",)
    access_log: bool = False
    rate_limit: str | None = None
    concurrency: int | None = None
    credits: int | None = None
    latency: str | None = None
    time_scale: float = 1.0
    scenario: str | None = None
    vary: int | None = None
    replay: str | None = None
    replay_only: bool = False
    journal: int = 1000
    admin: bool = True
    loopback: bool = True
    admin_token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        # Python's callers have no command line that would check these for them.
        for name, least in _LEAST.items():
            if (value := getattr(self, name)) is not None:
                _check_number(name, value, least)


def _check_number(name: str, value: object, least: int) -> None:
    kinds: tuple[type[int] | type[float], ...] = (int, float) if name in _FRACTIONS else (int,)
    if isinstance(value, bool) or not isinstance(value, kinds) or not least <= value < math.inf:
        kind = "a number" if name in _FRACTIONS else "a whole number"
        raise SettingsError(f"{name}: expected {kind} of at least {least}, received {value!r}")


def is_on_this_machine(url: str) -> bool:
    """Tell whether a URL leads to this machine itself, so that no proxy stands between."""
    return is_local(urlsplit(url).hostname or "")


def is_local(host: str) -> bool:
    """Tell whether a host, an address or a name, is this machine's own and nobody else's."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")

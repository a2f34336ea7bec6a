"""The settings, each defined once for the command line, MOCKSERVER_* and MockServer."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Literal, Self, TypeAlias, get_args

from mockserver.errors import SettingsError
from mockserver.settings.setting import (
    LARGEST,
    Setting,
    check_keys,
    check_one_of,
    check_origin,
    check_page_origins,
    check_schemas,
    check_secret,
    check_store,
    option,
)
from mockserver.strict_json import JSON

HeaderMode: TypeAlias = Literal["on", "off", "as-documented"]
"""Which contracts have response headers: all, none, or those since the headers are documented."""

MAX_BODY = 1024 * 1024
"""The largest request body that is read, in bytes; more gets 413."""

THREADS = 256
"""How many requests are worked on at once by default; most of them only wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the mock behaves; what a field means is in its :class:`Setting`.

    :ivar loopback: whether only this machine can reach the mock; if others can, the admin API
        needs a token. It is no option.
    :raises SettingsError: when a value is invalid.
    """

    contracts: tuple[str, ...] = option(
        (),
        "The revision of a model, as MODEL@REVISION.",
        "MODEL@REVISION",
        default_text="each model's pinned revision, else its latest",
    )
    schemas: tuple[str, ...] = option(
        (),
        "A folder with further contracts.",
        "DIR",
        default_text="the shipped contracts alone",
        check=check_schemas,
    )
    headers: HeaderMode = option(  # noqa: RUF009
        "as-documented",
        "The documented response headers: of every contract, of none, or of contracts since "
        "2026-08-19.",
        "on|off|as-documented",
        check=check_one_of(*get_args(HeaderMode)),
    )
    reload: bool = option(False, "Read contracts again when their files change.")
    images: str | None = option(
        None,
        "Images in place of the shipped ones: a folder of PNG, JPEG or WebP files.",
        "DIR",
        check=str,
    )
    rules: str | None = option(
        None, "Own responses for some requests: a file of rules.", "FILE", check=str
    )
    seed: int = option(0, "The seed by which an image is chosen for a prompt.")
    replay: str | None = option(None, "Respond as recorded in this folder or HAR file.", "DIR|FILE")
    replay_only: bool = option(False, "Respond with 404 to what is not recorded.")
    replay_speed: float = option(
        0.0,
        "How fast recorded responses come: 1 as recorded, 10 ten times as fast, 0 at once.",
        "FACTOR",
        bounds=(0.0, LARGEST),
    )
    record_missing: bool = option(
        False, "Send what is not recorded to --upstream, once, and record the response."
    )
    upstream: str | None = option(
        None,
        "Where --record-missing sends requests: to the paid API with the key from AIMLAPI_KEY "
        "or AIML_API_KEY, or to the base URL of any server.",
        "live|URL",
    )
    max_images: int = option(
        6, "The most images that --record-missing pays for.", "N", bounds=(0, LARGEST)
    )
    over_budget: Literal["403", "images"] = option(
        "403",
        "The response to what is over --max-images: 403, or fixture images.",
        "403|images",
        check=check_one_of("403", "images"),
    )
    vary: int | None = option(
        None,
        "Vary responses within their contract: field order, null, extra fields, JPEG.",
        "SEED",
        default_text="off",
    )
    api_keys: tuple[str, ...] = option(
        (),
        "A valid API key; every other one gets 401.",
        "KEY",
        default_text="any key is valid",
        check=check_keys,
        secret=True,
    )
    rate_limit: str | None = option(
        None,
        "Requests of each API key in a period, such as 10/minute; more get 429.",
        "RATE",
        default_text="unlimited",
    )
    concurrency: int | None = option(
        None,
        "Simultaneous requests of each API key; more get 429.",
        default_text="unlimited",
        bounds=(1, LARGEST),
    )
    credits: int | None = option(
        None,
        "Starting balance of each API key; 403 when it is used up.",
        default_text="unlimited",
        bounds=(0, LARGEST),
    )
    cost: int = option(
        120_000,
        "The price of an image, in the units of --credits and of the response's meta.usage.",
        bounds=(0, LARGEST),
    )
    scenario: str | None = option(
        None,
        "Faults for every API key: a scenario that `mockserver faults` lists, or a file.",
        "NAME|FILE",
    )
    latency: str | None = option(
        None, "How long an image takes: realistic, 200ms, or 100ms..2s.", "DURATION"
    )
    time_scale: float = option(1.0, "The factor of every latency and delay.", bounds=(0.0, LARGEST))
    url_ttl: int = option(
        3600,
        "How long a link to an image is valid, in seconds.",
        "SECONDS",
        bounds=(1, 1_000_000_000),
    )
    url_secret: str = field(
        default_factory=secrets.token_hex,
        repr=False,
        metadata={
            "setting": Setting(
                "The key that signs links; servers with the same one serve each other's links.",
                "TEXT",
                default_text="a new one at every start",
                check=check_secret,
            )
        },
    )
    public_url: str | None = option(
        None,
        "The origin of links to images.",
        "ORIGIN",
        default_text="the request's own",
        check=check_origin,
    )
    trust_proxy: bool = option(False, "Trust the X-Forwarded-* headers of one proxy in front.")
    cors_origins: tuple[str, ...] = option(
        ("*",),
        "An origin whose pages may call the mock; * for all.",
        "ORIGIN",
        default_text="* on a loopback address without --record-missing, else none",
        check=check_page_origins,
    )
    journal: int = option(1000, "How many requests the journal keeps.", bounds=(1, 1_000_000))
    admin: bool = option(True, "Serve the admin API at /__admin/.")
    admin_token: str | None = option(
        None,
        "The Bearer token of the admin API.",
        "TOKEN",
        default_text="none; off loopback addresses the admin API is closed without one",
        check=check_secret,
        secret=True,
    )
    store: str | None = option(
        None,
        "The Redis that keeps the state for many processes, such as redis://localhost:6379/0.",
        "URL",
        default_text="the memory of this process",
        check=check_store,
        secret=True,
    )
    metrics: bool = option(False, "Serve figures for Prometheus at /metrics.")
    access_log: bool = option(False, "Log every request to standard error.")
    loopback: bool = True

    def __post_init__(self) -> None:
        for name, setting in self.described().items():
            try:
                value = setting.checked(getattr(self, name))
            except ValueError as error:
                raise SettingsError(f"{name}: {error}") from None
            object.__setattr__(self, name, value)

    @staticmethod
    def secrets() -> frozenset[str]:
        """Return the names of the settings that are not to be shown."""
        return frozenset(each.name for each in fields(Settings) if not each.repr)

    @staticmethod
    @cache
    def described() -> Mapping[str, Setting]:
        """Return what is known of each setting that is an option, by its name."""
        return {it.name: it.metadata["setting"] for it in fields(Settings) if it.metadata}

    @classmethod
    def of(cls, contract: str | None, settings: Mapping[str, JSON]) -> Self:
        """Return the settings given by keywords.

        :param contract: shorthand for one of ``contracts``.
        :raises SettingsError: when there is no such setting, or its value is invalid.
        """
        known = [each.name for each in fields(cls)]
        for name in settings.keys() - known:
            expected = f"contract, {', '.join(known)}"
            raise SettingsError(f"no setting {name!r}; expected one of {expected}")
        contracts = (*settings.get("contracts", ()), *([contract] if contract else ()))
        return cls(**{**settings, "contracts": contracts})

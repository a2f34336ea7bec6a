"""The settings, each defined once for the command line, MOCKSERVER_* and MockServer."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Annotated, Literal, Self, TypeAlias, get_args, get_type_hints

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

    contracts: Annotated[
        tuple[str, ...],
        Setting(
            "The revision of a model, as MODEL@REVISION.",
            "MODEL@REVISION",
            default_text="each model's pinned revision, else its latest",
        ),
    ] = ()
    schemas: Annotated[
        tuple[str, ...],
        Setting(
            "A folder with further contracts.",
            "DIR",
            default_text="the shipped contracts alone",
            check=check_schemas,
        ),
    ] = ()
    headers: Annotated[
        HeaderMode,
        Setting(
            "The documented response headers: of every contract, of none, or of contracts since "
            "2026-08-19.",
            "on|off|as-documented",
            check=check_one_of(*get_args(HeaderMode)),
        ),
    ] = "as-documented"
    reload: Annotated[bool, Setting("Read contracts again when their files change.")] = False
    images: Annotated[
        str | None,
        Setting(
            "Images in place of the shipped ones: a folder of PNG, JPEG or WebP files.",
            "DIR",
            check=str,
        ),
    ] = None
    rules: Annotated[
        str | None,
        Setting("Own responses for some requests: a file of rules.", "FILE", check=str),
    ] = None
    seed: Annotated[int, Setting("The seed by which an image is chosen for a prompt.")] = 0
    replay: Annotated[
        str | None,
        Setting("Respond as recorded in this folder or HAR file.", "DIR|FILE"),
    ] = None
    replay_only: Annotated[bool, Setting("Respond with 404 to what is not recorded.")] = False
    replay_speed: Annotated[
        float,
        Setting(
            "How fast recorded responses come: 1 as recorded, 10 ten times as fast, 0 at once.",
            "FACTOR",
            bounds=(0.0, LARGEST),
        ),
    ] = 0.0
    record_missing: Annotated[
        bool, Setting("Send what is not recorded to --upstream, once, and record the response.")
    ] = False
    upstream: Annotated[
        str | None,
        Setting(
            "Where --record-missing sends requests: to the paid API with the key from AIMLAPI_KEY "
            "or AIML_API_KEY, or to the base URL of any server.",
            "live|URL",
        ),
    ] = None
    max_images: Annotated[
        int,
        Setting("The most images that --record-missing pays for.", "N", bounds=(0, LARGEST)),
    ] = 6
    over_budget: Annotated[
        Literal["403", "images"],
        Setting(
            "The response to what is over --max-images: 403, or fixture images.",
            "403|images",
            check=check_one_of("403", "images"),
        ),
    ] = "403"
    vary: Annotated[
        int | None,
        Setting(
            "Vary responses within their contract: field order, null, extra fields, JPEG.",
            "SEED",
            default_text="off",
        ),
    ] = None
    api_keys: Annotated[
        tuple[str, ...],
        Setting(
            "A valid API key; every other one gets 401.",
            "KEY",
            default_text="any key is valid",
            check=check_keys,
        ),
    ] = field(default=(), repr=False)
    rate_limit: Annotated[
        str | None,
        Setting(
            "Requests of each API key in a period, such as 10/minute; more get 429.",
            "RATE",
            default_text="unlimited",
        ),
    ] = None
    concurrency: Annotated[
        int | None,
        Setting(
            "Simultaneous requests of each API key; more get 429.",
            default_text="unlimited",
            bounds=(1, LARGEST),
        ),
    ] = None
    credits: Annotated[
        int | None,
        Setting(
            "Starting balance of each API key; 403 when it is used up.",
            default_text="unlimited",
            bounds=(0, LARGEST),
        ),
    ] = None
    cost: Annotated[
        int,
        Setting(
            "The price of an image, in the units of --credits and of the response's meta.usage.",
            bounds=(0, LARGEST),
        ),
    ] = 120_000
    scenario: Annotated[
        str | None,
        Setting(
            "Faults for every API key: a scenario that `mockserver faults` lists, or a file.",
            "NAME|FILE",
        ),
    ] = None
    latency: Annotated[
        str | None, Setting("How long an image takes: realistic, 200ms, or 100ms..2s.", "DURATION")
    ] = None
    time_scale: Annotated[
        float, Setting("The factor of every latency and delay.", bounds=(0.0, LARGEST))
    ] = 1.0
    url_ttl: Annotated[
        int,
        Setting(
            "How long a link to an image is valid, in seconds.",
            "SECONDS",
            bounds=(1, 1_000_000_000),
        ),
    ] = 3600
    url_secret: Annotated[
        str,
        Setting(
            "The key that signs links; servers with the same one serve each other's links.",
            "TEXT",
            default_text="a new one at every start",
            check=check_secret,
        ),
    ] = field(default_factory=secrets.token_hex, repr=False)
    public_url: Annotated[
        str | None,
        Setting(
            "The origin of links to images.",
            "ORIGIN",
            default_text="the request's own",
            check=check_origin,
        ),
    ] = None
    trust_proxy: Annotated[
        bool, Setting("Trust the X-Forwarded-* headers of one proxy in front.")
    ] = False
    cors_origins: Annotated[
        tuple[str, ...],
        Setting(
            "An origin whose pages may call the mock; * for all.",
            "ORIGIN",
            default_text="* on a loopback address without --record-missing, else none",
            check=check_page_origins,
        ),
    ] = ("*",)
    journal: Annotated[
        int, Setting("How many requests the journal keeps.", bounds=(1, 1_000_000))
    ] = 1000
    admin: Annotated[bool, Setting("Serve the admin API at /__admin/.")] = True
    admin_token: Annotated[
        str | None,
        Setting(
            "The Bearer token of the admin API.",
            "TOKEN",
            default_text="none; off loopback addresses the admin API is closed without one",
            check=check_secret,
        ),
    ] = field(default=None, repr=False)
    store: Annotated[
        str | None,
        Setting(
            "The Redis that keeps the state for many processes, such as redis://localhost:6379/0.",
            "URL",
            default_text="the memory of this process",
            check=check_store,
        ),
    ] = field(default=None, repr=False)
    metrics: Annotated[bool, Setting("Serve figures for Prometheus at /metrics.")] = False
    access_log: Annotated[bool, Setting("Log every request to standard error.")] = False
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
        hints = get_type_hints(Settings, include_extras=True).items()
        return {name: hint.__metadata__[0] for name, hint in hints if hasattr(hint, "__metadata__")}

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

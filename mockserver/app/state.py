"""The state that all requests to one mock share."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from random import Random
from time import sleep
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

from mockserver.app.faults import Fault, Sleep, read_scenario
from mockserver.app.journal import Journal, entry_of_text, entry_to_text
from mockserver.app.latency import parse_latency
from mockserver.app.metrics import Metrics
from mockserver.app.rule_checks import with_warnings
from mockserver.app.rules import Rule, RuleReader
from mockserver.app.signed_urls import ImageRef, ImageSource, Links
from mockserver.app.store import EVERYBODY, open_store
from mockserver.app.tenants import Tenant, Tenants
from mockserver.app.variations import NO_VARIATION, Variation, pick_variation
from mockserver.clock import monotonic
from mockserver.contracts import Contract, ImageRequest
from mockserver.contracts.error_catalog import api_error
from mockserver.contracts.reloading import ReloadingCatalog
from mockserver.contracts.response_template import Template
from mockserver.errors import APIError, FixtureError, SettingsError, naming_setting
from mockserver.images import ImageLibrary
from mockserver.optional_deps import require
from mockserver.settings import Settings

if TYPE_CHECKING:
    from mockserver.app.proxy.buyer import Buyer
    from mockserver.app.replay import Replay

Clock: TypeAlias = Callable[[], float]
"""Returns seconds since 1970-01-01 UTC."""

CLIENT_LEFT = 499
"""Project-defined: the status in the journal of a request whose client left, as nginx logs it."""

_log = logging.getLogger("mockserver")

_LOOK_SECONDS = 0.25
"""How often a request that waits looks whether its client is still there."""


def check_waiting(environ: Mapping[str, Any]) -> None:
    """Check that a request may wait, or go on waiting.

    :param environ: the request's.
    :raises APIError: when the client has left, or too many other requests wait.
    """
    if environ.get("waitress.client_disconnected", _no)():
        raise APIError(CLIENT_LEFT, "The client closed the connection.")
    if not environ.get("mockserver.may_wait", _yes)():
        raise api_error("unavailable", "Too many requests wait; start with more --threads.")


def _no() -> bool:
    return False


def _yes() -> bool:
    return True


class State:
    """The state that all requests to one mock share.

    :ivar catalog: the contracts.
    :ivar rule_reader: reads the rules that a caller sets, and those in the store.
    :ivar secrets: what the journal and the log must never show.
    :ivar metrics: counts requests, where that is wanted.
    :ivar store: where all that changes is kept.
    :ivar replay: the recorded responses, where some are served.
    :raises SettingsError: when a contract, image, rule, scenario, latency or limit is invalid.
    :raises RecordingError: when a recorded exchange is invalid.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        watched = clock if settings.reload else None
        self.catalog = ReloadingCatalog(
            settings.schemas, settings.contracts, watched, settings.headers
        )
        folder = settings.images
        with naming_setting("images"):
            self.image_library = ImageLibrary(settings.seed, Path(folder) if folder else None)
        self.rule_reader = RuleReader(self.image_library)
        password = urlsplit(settings.store or "").password
        secrets = (*settings.api_keys, settings.url_secret, settings.admin_token, password)
        self.secrets = tuple(filter(None, secrets))
        self.replay = self._replay()
        self.links = Links(settings.url_secret, settings.url_ttl)
        with naming_setting("latency"):
            self.latency = parse_latency(settings.latency)
        self.random = Random(settings.seed)
        self.metrics = Metrics() if settings.metrics else None
        on_error = self.metrics.count_store_error if self.metrics else None
        with naming_setting("store"):
            self.store = open_store(settings.store, on_error)
        log = self.store.log(
            settings.journal, entry_to_text, partial(entry_of_text, self.catalog.load)
        )
        self.journal = Journal(log)
        defaults = self._scenario(), self._read_rules()
        self.tenants = Tenants(self.store, settings, self.catalog, self.rule_reader, *defaults)
        self._clock = clock
        default = next(iter(self.contracts.values()))
        self._templates = {(default.id, ""): Template(default)}

    @property
    def contracts(self) -> Mapping[str, Contract]:
        """The contract of each model; the default one's model first."""
        return self.catalog.contracts

    def refresh(self) -> bool:
        """Reload the contracts if their files have changed, and return whether they have."""
        changed = self.catalog.refresh()
        if changed:
            self.tenants.refresh()
        return changed

    @naming_setting("scenario")
    def _scenario(self) -> tuple[Fault, ...]:
        name = self.settings.scenario
        return tuple(map(self.checked, read_scenario(name).faults)) if name else ()

    def checked(self, fault: Fault) -> Fault:
        """Return a fault whose contract, if it names one, can be served.

        :raises SettingsError: when there is no such contract.
        """
        if contract_id := fault.options.get("contract"):
            self.catalog.load(contract_id)
        return fault

    @naming_setting("rules")
    def _read_rules(self) -> list[Rule]:
        if not self.settings.rules:
            return []
        rules = self.checked_rules(self.rule_reader.read_file(Path(self.settings.rules)), {})
        for rule in rules:
            for warning in rule.warnings:
                _log.warning(
                    "warning: %s: %s: %s", self.settings.rules, rule.name, ascii(warning)[1:-1]
                )
        return rules

    def checked_rules(self, rules: Iterable[Rule], own: Mapping[str, Contract]) -> list[Rule]:
        """Return rules with warnings about what they break.

        :param own: the contracts that their tenant has chosen.
        """
        return with_warnings(rules, {**self.contracts, **own}, self.image_library)

    @naming_setting("replay")
    def _replay(self) -> Replay | None:
        folder = self.settings.replay
        for name in ("replay_only", "record_missing"):
            if getattr(self.settings, name) and not folder:
                flag = f"--{name.replace('_', '-')}"
                raise SettingsError(f"{flag} needs --replay DIR, a folder of recordings")
        if self.settings.upstream and not self.settings.record_missing:
            raise SettingsError("--upstream needs --record-missing")
        if not folder:
            return None
        # The import takes time at the start, which only replaying needs.
        from mockserver.app.replay import Replay

        return Replay(self.settings, self.contracts, self._buyer(Path(folder)))

    def _buyer(self, folder: Path) -> Buyer | None:
        """Return what buys missing recordings, where the settings say so."""
        settings = self.settings
        if not settings.record_missing:
            return None
        if settings.replay_only:
            raise SettingsError("expected either --record-missing or --replay-only")
        if settings.upstream is None:
            raise SettingsError("--record-missing needs --upstream live|URL")
        require("requests", "--record-missing", "requests")
        from mockserver.app.proxy.buyer import Buyer

        buyer = Buyer(settings.upstream, folder, settings.max_images)
        self.secrets += (buyer.secret,)
        return buyer

    def reset(self, tenant: str | None = None) -> None:
        """Reset all state of a tenant, or of all, to the settings; hanging requests resume."""
        self.store.reset(tenant or EVERYBODY)
        self.journal.log.clear(tenant)

    def source(self, image_ref: ImageRef) -> ImageSource:
        """Return where an image comes from.

        :raises FixtureError: when it is a recorded one, and none are served.
        """
        if not image_ref.is_recorded:
            return self.image_library
        if self.replay is None:
            raise FixtureError("no recorded responses are served; start with --replay DIR")
        return self.replay

    def variation(self, prompt: str, image_request: ImageRequest) -> Variation:
        """Return how the response to a request uses the freedom of its contract."""
        seed = self.settings.vary
        return NO_VARIATION if seed is None else pick_variation(seed, prompt, image_request)

    def template(self, contract: Contract, variation: Variation = NO_VARIATION) -> Template:
        """Return the template of a contract's response, compiled when it is first needed."""
        key = (contract.id, variation.seed)
        template = self._templates.get(key)
        if template is None or template.contract is not contract:
            template = self._templates[key] = Template(contract, variation.reshape)
        return template

    def now(self, tenant: Tenant | None = None) -> float:
        """Return the time of a tenant's clock, in seconds since 1970-01-01 UTC."""
        return self._clock() if tenant is None or tenant.clock is None else tenant.clock

    def sleeper(
        self, tenant: Tenant, environ: Mapping[str, Any], renew: Callable[[], None] | None = None
    ) -> Sleep:
        """Return a function that waits for seconds, which the settings scale.

        The wait ends early when the tenant is reset. The function raises APIError when the client
        has left, or when too many requests wait already; only our own server reports these.

        :param environ: the request's.
        :param renew: called now and then while it waits.
        """

        def wait(seconds: float) -> None:
            end = monotonic() + seconds * self.settings.time_scale
            while (left := end - monotonic()) > 0:
                check_waiting(environ)
                if renew:
                    renew()
                sleep(min(left, _LOOK_SECONDS))
                if self.tenants.get(tenant.name).life != tenant.life:
                    return

        return wait

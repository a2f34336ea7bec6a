"""The state of each API key, so that parallel tests isolate themselves.

A digest of its key identifies a tenant. What is set for everybody is the default of each tenant.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from hmac import compare_digest
from itertools import islice
from threading import Event, Lock

from mockserver.app.faults import FaultQueue
from mockserver.app.faults.scenario import scenario_of_key
from mockserver.app.limits import ConcurrencyLimit, Credits, RateLimit
from mockserver.app.match_queue import MatchQueue
from mockserver.app.rules import Rule
from mockserver.contracts import Contract
from mockserver.contracts.error_catalog import api_error
from mockserver.errors import MockserverError
from mockserver.settings import Settings
from mockserver.strict_json import JSON

__all__ = ["Tenant", "Tenants", "tenant_id"]

_MAX_TENANTS = 10_000
"""How many tenants are kept; the least recently used one is dropped first."""


def tenant_id(key: str) -> str:
    """Return the tenant of a key, a digest that reveals nothing of the key."""
    return sha256(key.encode()).hexdigest()[:12]


@dataclass(slots=True)
class Tenant:
    """The state of one key.

    :ivar contracts: the contracts that replace the served ones, by model.
    :ivar clock: its time, in seconds since 1970-01-01 UTC; None is the real time.
    :ivar reset_event: set when it is reset, so that its hanging requests resume.
    :ivar replayed: how many recorded responses it was sent, by request.
    """

    faults: FaultQueue
    rules: MatchQueue[Rule]
    credits: Credits
    concurrency_limit: ConcurrencyLimit
    rate: RateLimit | None
    contracts: dict[str, Contract] = field(default_factory=dict)
    clock: float | None = None
    reset_event: Event = field(default_factory=Event)
    replayed: Counter[str] = field(default_factory=Counter)
    scenario_loaded: bool = False

    def limits_to_json(self) -> dict[str, JSON]:
        """Return the limits, and what is left of them."""
        return {
            **(self.rate.to_json() if self.rate else {"rate": None}),
            "concurrency": self.concurrency_limit.most,
            "inside": self.concurrency_limit.inside,
        }


class Tenants:
    """The tenants, each made when its key is first seen.

    :param settings: what a tenant begins with.
    :raises SettingsError: when the rate limit cannot be read.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = self._defaults = settings
        self._new()  # an invalid rate is an error at the start, not at the first request
        self._valid_keys = [key.encode() for key in settings.api_keys]
        self._known: OrderedDict[str, Tenant] = OrderedDict()
        self._lock = Lock()

    def authenticated(self, name: str, key: str) -> Tenant:
        """Return the tenant of a request's key.

        :raises APIError: 401, when there is no key, or it is not valid.
        """
        matches = [compare_digest(key.encode(), valid) for valid in self._valid_keys]
        if not key or (matches and not any(matches)):
            raise api_error("unauthorized")
        return self.get(name, key)

    def get(self, name: str, key: str = "") -> Tenant:
        """Return a tenant.

        :param key: its key, where that is known; a key that names a scenario loads it.
        """
        with self._lock:
            tenant = self._known.get(name) or self._known.setdefault(name, self._new())
            self._known.move_to_end(name)
            if len(self._known) > _MAX_TENANTS:
                self._known.popitem(last=False)
            if key and not tenant.scenario_loaded:
                _load_scenario(tenant, key)
        return tenant

    def latest(self, count: int) -> dict[str, Tenant]:
        """Return the tenants that were used last, the latest first."""
        with self._lock:
            names = islice(reversed(self._known), count)
            return {name: self._known[name] for name in names}

    def __len__(self) -> int:
        return len(self._known)

    def reset(self, name: str | None = None) -> None:
        """Reset a tenant, or all and what they begin with. Their hanging requests resume."""
        if name is None:
            self._defaults = self._settings
        with self._lock:
            for each in [name] if name is not None else list(self._known):
                if tenant := self._known.pop(each, None):
                    tenant.reset_event.set()

    def reload_contracts(self, load: Callable[[str], Contract]) -> None:
        """Reload the contracts that tenants have chosen; drop those that no longer exist."""
        for tenant in self._selected(None):
            for model, contract in list(tenant.contracts.items()):
                try:
                    tenant.contracts[model] = load(contract.id)
                except MockserverError:
                    del tenant.contracts[model]

    def limit(self, name: str | None, rate: str | None, concurrency: int | None) -> None:
        """Set the limits of a tenant, or of everybody.

        :param rate: such as ``10/minute``; None is no limit.
        :param concurrency: concurrent requests; None is no limit.
        :raises SettingsError: when the rate cannot be read.
        """
        if rate is not None:
            RateLimit(rate)
        if name is None:
            self._defaults = replace(self._defaults, rate_limit=rate, concurrency=concurrency)
        for tenant in self._selected(name):
            tenant.rate = RateLimit(rate) if rate else None
            tenant.concurrency_limit = ConcurrencyLimit(concurrency)

    def limits(self, name: str | None) -> dict[str, JSON]:
        """Return a tenant's limits and what is left of them, or what everybody begins with."""
        if name is None:
            return {"rate": self._defaults.rate_limit, "concurrency": self._defaults.concurrency}
        return self.get(name).limits_to_json()

    def balance(self, name: str | None) -> int | None:
        """Return a tenant's balance, or the one that everybody begins with."""
        return self._defaults.credits if name is None else self.get(name).credits.balance

    def credit(self, name: str | None, balance: int | None) -> None:
        """Set the balance of a tenant, or of everybody; None is unlimited."""
        if name is None:
            self._defaults = replace(self._defaults, credits=balance)
        for tenant in self._selected(name):
            tenant.credits = Credits(balance)

    def _selected(self, name: str | None) -> list[Tenant]:
        if name is not None:
            return [self.get(name)]
        with self._lock:
            return list(self._known.values())

    def _new(self) -> Tenant:
        rate = self._defaults.rate_limit
        return Tenant(
            faults=FaultQueue(),
            rules=MatchQueue(),
            credits=Credits(self._defaults.credits),
            concurrency_limit=ConcurrencyLimit(self._defaults.concurrency),
            rate=None if rate is None else RateLimit(rate),
        )


def _load_scenario(tenant: Tenant, key: str) -> None:
    """Queue the faults of the scenario that a new tenant's key names."""
    tenant.scenario_loaded = True
    if scenario := scenario_of_key(key):
        for fault in scenario.faults:
            tenant.faults.add(fault)

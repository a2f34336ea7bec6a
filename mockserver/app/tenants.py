"""Everything that is kept for each key, so that parallel tests do not meet.

A tenant is known by a digest of its key. What is set for everybody is the default of each.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Event, Lock

from mockserver.app.faults import FaultQueue
from mockserver.app.faults.scenario import scenario_of_key
from mockserver.app.limits import ConcurrencyLimit, Credits, RateLimit
from mockserver.contracts import Contract
from mockserver.errors import MockserverError
from mockserver.settings import Settings
from mockserver.strict_json import JSON

__all__ = ["Tenant", "Tenants", "key_of", "tenant_id"]

_MOST = 10_000
"""How many tenants are remembered; the one that was quiet the longest is forgotten first."""


def key_of(authorization: str) -> str:
    """Give the key of an ``Authorization: Bearer`` header (RFC 6750); empty when there is none."""
    scheme, _, key = authorization.partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def tenant_id(key: str) -> str:
    """Name the owner of a key by a digest that tells nothing about it."""
    return sha256(key.encode()).hexdigest()[:12]


@dataclass(slots=True)
class Tenant:
    """What is kept for one key.

    :ivar contracts: the contracts that answer it instead of the served ones, by model.
    :ivar clock: the time that it lives in, in seconds since 1970-01-01 UTC; None is the real one.
    :ivar replayed: how many recorded answers it was given, by request.
    :ivar woken: set when it is reset, so that whoever hangs for its sake goes on.
    """

    faults: FaultQueue
    credits: Credits
    concurrency_limit: ConcurrencyLimit
    rate: RateLimit | None
    contracts: dict[str, Contract] = field(default_factory=dict)
    clock: float | None = None
    reset_event: Event = field(default_factory=Event)
    recorded_response: Counter[str] = field(default_factory=Counter)
    scenario_loaded: bool = False


class Tenants:
    """Every key's state, made when the key is first seen.

    :param settings: what a tenant begins with.
    :raises SettingsError: when the rate limit cannot be read.
    """

    def __init__(self, settings: Settings) -> None:
        if settings.rate_limit is not None:
            # Now, since the first request is too late to hear of it.
            RateLimit(settings.rate_limit)
        self._settings = settings
        self._set_defaults(settings)
        self._known: OrderedDict[str, Tenant] = OrderedDict()
        self._lock = Lock()

    def get(self, name: str, key: str = "") -> Tenant:
        """Give a tenant's state.

        :param key: its key, where that is known; one that names a scenario lives through it.
        """
        with self._lock:
            tenant = self._known.get(name) or self._known.setdefault(name, self._new())
            self._known.move_to_end(name)
            if len(self._known) > _MOST:
                self._known.popitem(last=False)
            if key and not tenant.scenario_loaded:
                _load_scenario(tenant, key)
        return tenant

    def reset(self, name: str | None = None) -> None:
        """Forget a tenant, or all of them and what they begin with; whoever hangs goes on."""
        if name is None:
            self._set_defaults(self._settings)
        with self._lock:
            gone = [name] if name is not None else list(self._known)
            for tenant in (self._known.pop(n) for n in gone if n in self._known):
                tenant.reset_event.set()

    def reload_contracts(self, load: Callable[[str], Contract]) -> None:
        """Load the contracts anew that tenants have chosen; one that is gone is chosen no more."""
        for tenant in self._selected(None):
            for model, contract in list(tenant.contracts.items()):
                try:
                    tenant.contracts[model] = load(contract.id)
                except MockserverError:
                    del tenant.contracts[model]

    def limit(self, name: str | None, rate: str | None, concurrency: int | None) -> None:
        """Set the limits of a tenant, or of everybody from here on.

        :param rate: such as ``10/minute``; None is no limit.
        :param concurrency: requests at once; None is no limit.
        :raises SettingsError: when the rate cannot be read.
        """
        if rate is not None:
            RateLimit(rate)
        if name is None:
            self._rate, self._concurrency = rate, concurrency
        for tenant in self._selected(name):
            tenant.rate = RateLimit(rate) if rate else None
            tenant.concurrency_limit = ConcurrencyLimit(concurrency)

    def limits(self, name: str | None) -> dict[str, JSON]:
        """Write down a tenant's limits and what is left of them, or what everybody begins with."""
        if name is None:
            return {"rate": self._rate, "concurrency": self._concurrency}
        tenant = self.get(name)
        rate = tenant.rate.to_json() if tenant.rate else {"rate": None}
        return {
            **rate,
            "concurrency": tenant.concurrency_limit.most,
            "inside": tenant.concurrency_limit.inside,
        }

    def balance(self, name: str | None) -> int | None:
        """Tell a tenant's balance, or the one that everybody begins with."""
        return self._credits if name is None else self.get(name).credits.balance

    def credit(self, name: str | None, balance: int | None) -> None:
        """Set the balance of a tenant, or of everybody from here on; None never ends."""
        if name is None:
            self._credits = balance
        for tenant in self._selected(name):
            tenant.credits = Credits(balance)

    def _set_defaults(self, settings: Settings) -> None:
        self._rate = settings.rate_limit
        self._concurrency = settings.concurrency
        self._credits = settings.credits

    def _selected(self, name: str | None) -> list[Tenant]:
        if name is not None:
            return [self.get(name)]
        with self._lock:
            return list(self._known.values())

    def _new(self) -> Tenant:
        return Tenant(
            faults=FaultQueue(),
            credits=Credits(self._credits),
            concurrency_limit=ConcurrencyLimit(self._concurrency),
            rate=RateLimit(self._rate) if self._rate is not None else None,
        )


def _load_scenario(tenant: Tenant, key: str) -> None:
    """Let a new tenant live through the scenario that its key names."""
    tenant.scenario_loaded = True
    if scenario := scenario_of_key(key):
        for fault in scenario.faults:
            tenant.faults.add(fault)

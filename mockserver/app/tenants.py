"""The state of each API key, so that parallel tests isolate themselves.

A digest of its key identifies a tenant. What is set for everybody is the default of each tenant.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from threading import Lock

from mockserver.app.faults import Fault
from mockserver.app.faults.scenario import scenario_of_key
from mockserver.app.limits import Running, parse_rate, rate_limited
from mockserver.app.match_queue import MatchQueue
from mockserver.app.rules import Rule, RuleReader
from mockserver.app.store import EVERYBODY, MAX_TENANTS, Counter, Snapshot, Store
from mockserver.contracts import Contract, ErrorCatalog
from mockserver.contracts.error_catalog import api_error
from mockserver.contracts.reloading import ReloadingCatalog
from mockserver.errors import APIError, MockserverError, naming_setting
from mockserver.settings import Settings
from mockserver.strict_json import JSON

_CONTRACT = "contract "
"""The beginning of the fields with the contract of a model."""

_SCENARIO = "scenario"
"""The field of a tenant whose queue has the faults of the scenario that its key names."""


def tenant_id(key: str) -> str:
    """Return the tenant of a key, a digest that reveals nothing of the key."""
    return sha256(key.encode()).hexdigest()[:12]


@dataclass(slots=True)
class Tenant:
    """The state of one key, as it was when a request came.

    :ivar everybody: what holds for every tenant; None where this is it.
    :ivar spent: its credits; the most of them is the balance that it began with.
    :ivar rate: such as ``10/minute``; None is no limit.
    :ivar window: its requests in a fixed window, which begins with the first of them.
    :ivar contracts: the contracts that replace the served ones, by model.
    :ivar concurrency: how many of its requests may run at once; None is no limit.
    :ivar clock: its time, in seconds since 1970-01-01 UTC; None is the real time.
    :ivar stamp: that of the store; another one means other settings.
    :ivar life: another one means that it was reset, so that its hanging requests resume.
    """

    name: str
    faults: MatchQueue[Fault]
    rules: MatchQueue[Rule]
    everybody: Tenant | None
    spent: Counter
    concurrency: int | None
    rate: str | None
    window: Counter
    contracts: Mapping[str, Contract]
    clock: float | None
    stamp: tuple[Hashable, Hashable]
    life: Hashable
    store: Store
    is_scenario_loaded: bool = False

    def running(self, request_id: str) -> Running:
        """Return what counts a request as long as it runs."""
        return Running(self.store, self.name, self.concurrency, request_id)

    @property
    def inside(self) -> int:
        """How many requests run; without a limit, how many of them wait."""
        return self.store.enter(self.name, "", 0, 0).value

    def count(self, name: str) -> int:
        """Count by a name, and return how often that was."""
        return self.store.add(self.name, Counter(name)).value

    def hit_rate(self) -> dict[str, str]:
        """Count a request, and return the headers that say how many are left, if there is a limit.

        :raises APIError: 429, when none are left.
        """
        if self.window.most is None:
            return {}
        granted, used, wait = self.store.add(self.name, self.window)
        headers = {
            "X-RateLimit-Limit": str(self.window.most),
            "X-RateLimit-Remaining": str(self.window.most - used),
            "X-RateLimit-Reset": str(math.ceil(wait)),
        }
        if not granted:
            raise rate_limited(wait, headers)
        return headers

    @property
    def balance(self) -> int | None:
        """What is left, in the units of ``meta.usage``; None is unlimited."""
        if self.spent.most is None:
            return None
        return self.spent.most - self.store.add(self.name, self.spent, 0).value

    def charged(self, cost: int, errors: ErrorCatalog) -> AbstractContextManager[None]:
        """Subtract a cost; add it again when the request fails, since such are never charged.

        :param errors: those of the contract of the response.
        :returns: a context manager, which raises APIError, the documented 403, when the balance is
            too small.
        """
        return nullcontext() if self.spent.most is None else self._charged(cost, errors)

    @contextmanager
    def _charged(self, cost: int, errors: ErrorCatalog) -> Iterator[None]:
        if not self.store.add(self.name, self.spent, cost).granted:
            raise api_error("out-of-credits", errors=errors)
        try:
            yield
        except BaseException:
            self.store.add(self.name, self.spent, -cost)
            raise

    def limits_to_json(self) -> dict[str, JSON]:
        """Return the limits, and what is left of them; everybody has only the limits."""
        limits: dict[str, JSON] = {"rate": self.rate, "concurrency": self.concurrency}
        if self.everybody is None:
            return limits
        if self.window.most is not None:
            _, used, wait = self.store.add(self.name, self.window, 0)
            limits |= {"left": self.window.most - used, "seconds": wait}
        return {**limits, "inside": self.inside}


class Tenants:
    """The tenants, each made when its key is first seen.

    :param catalog: the contracts that tenants can choose.
    :param rule_reader: reads the rules in the store.
    :param faults: those that everybody begins with.
    :param rules: those that everybody begins with.
    :raises SettingsError: when the rate limit cannot be read.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        catalog: ReloadingCatalog,
        rule_reader: RuleReader,
        faults: Sequence[Fault] = (),
        rules: Sequence[Rule] = (),
    ) -> None:
        self._store = store
        self._defaults = faults, rules
        self._rule_reader = rule_reader
        self._catalog = catalog
        self._valid_keys = [key.encode() for key in settings.api_keys]
        self._limits = {"rate": settings.rate_limit, "concurrency": settings.concurrency}
        self._credits = {"balance": settings.credits}
        self._known: dict[str, Tenant] = {}
        self._lock = Lock()
        with naming_setting("rate_limit"):  # it is read at the start, not at the first request
            self.get(EVERYBODY)

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
        tenant = self._known.get(name)
        snapshot = self._store.read(name, tenant.stamp if tenant else None)
        if snapshot is not None or tenant is None:
            tenant = self._keep(self._new(name, snapshot or self._store.read(name)))
        if key and not tenant.is_scenario_loaded:
            if scenario := scenario_of_key(key):
                with suppress(APIError):  # a store that does not respond
                    tenant.faults.add_once(_SCENARIO, scenario.faults)
            tenant.is_scenario_loaded = True
        return tenant

    def latest(self, count: int) -> tuple[int, list[Tenant]]:
        """Return how many tenants are known, and those that were used last, the latest first."""
        known, names = self._store.tenants(count)
        # To read one is to use it, so the order stays when the latest is read last.
        return known, [self.get(name) for name in reversed(names)][::-1]

    def refresh(self) -> None:
        """Read the contracts that tenants have chosen again, and leave out those that are gone."""
        with self._lock:
            self._known.clear()

    def use_contract(self, name: str, contract: Contract) -> None:
        """Change the contract of a model for a tenant."""
        self._store.write(name, {_CONTRACT + contract.model: contract.id})

    def set_clock(self, name: str, seconds: float | None) -> None:
        """Stop the clock of a tenant; None returns it to the real time."""
        self._store.write(name, {"clock": seconds})

    def set_limits(self, name: str | None, rate: str | None, concurrency: int | None) -> None:
        """Set the limits of a tenant, or of everybody.

        :param rate: such as ``10/minute``; None is no limit.
        :param concurrency: concurrent requests; None is no limit.
        :raises SettingsError: when the rate cannot be read.
        """
        if rate is not None:
            parse_rate(rate)
        self._set(name, "limits", {"rate": rate, "concurrency": concurrency})

    def set_credits(self, name: str | None, balance: int | None) -> None:
        """Set the balance of a tenant, or of everybody; None is unlimited."""
        self._set(name, "credits", {"balance": balance})

    def _set(self, name: str | None, field: str, value: dict[str, JSON]) -> None:
        """Set what begins anew for a tenant, or for everybody: the last setting counts."""
        epoch = self._store.add(EVERYBODY, Counter("epoch")).value
        self._store.write(name or EVERYBODY, {field: {**value, "epoch": epoch}})

    def _keep(self, tenant: Tenant) -> Tenant:
        """Keep what was read of a tenant until its stamp changes."""
        with self._lock:
            if len(self._known) >= MAX_TENANTS:
                del self._known[next(iter(self._known))]
            self._known[tenant.name] = tenant
        return tenant

    def _new(self, name: str, snapshot: Snapshot | None) -> Tenant:
        """Return a tenant as it is in the store; what stays as it was is kept."""
        assert snapshot
        before = self._known.get(name)
        before = before if before and before.life == snapshot.life else None
        limits = _latest(snapshot, "limits", self._limits)
        credits_ = _latest(snapshot, "credits", self._credits)
        rate, epoch = limits["rate"], limits.get("epoch", 0)
        most, seconds = (None, 0) if rate is None else parse_rate(rate)
        faults, rules = ((), ()) if name else self._defaults
        store, own, read_rule = self._store, snapshot.own, self._rule_reader.read_stored
        faults_before, rules_before = (before.faults, before.rules) if before else (None, None)
        return Tenant(
            name=name,
            faults=MatchQueue(store, name, "faults", Fault.of, own, faults, faults_before),
            rules=MatchQueue(store, name, "rules", read_rule, own, rules, rules_before),
            everybody=self.get(EVERYBODY) if name else None,
            spent=Counter("credits", credits_["balance"], epoch=credits_.get("epoch", 0)),
            concurrency=limits["concurrency"],
            rate=rate,
            window=Counter("rate", most, seconds, epoch),
            contracts=dict(self._contracts(snapshot)),
            clock=snapshot.own.get("clock"),
            stamp=snapshot.stamp,
            life=snapshot.life,
            store=self._store,
        )

    def _contracts(self, snapshot: Snapshot) -> Iterator[tuple[str, Contract]]:
        for field, contract_id in snapshot.own.items():
            if field.startswith(_CONTRACT):
                with suppress(MockserverError):  # its files are gone
                    yield field.removeprefix(_CONTRACT), self._catalog.load(contract_id)


def _latest(snapshot: Snapshot, field: str, default: dict[str, JSON]) -> dict[str, JSON]:
    """Return the value that was set last, for everybody or for the tenant."""
    values = [scope[field] for scope in (snapshot.everybody, snapshot.own) if field in scope]
    return max(values, key=lambda value: value["epoch"], default=default)

"""What the admin API can do: a method for each operation of its document."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from mockserver.app.faults import Fault, FaultQueue, Scenario, scenarios
from mockserver.app.journal import Entry, Query
from mockserver.app.state import State
from mockserver.contracts.error_catalog import api_error, timestamp
from mockserver.errors import SettingsError
from mockserver.strict_json import JSON

__all__ = ["Operations"]

_FIRST_YEAR, _LAST_YEAR = 1971, 9000
_SECRETS = {"api_keys", "url_secret", "admin_token"}


class Operations:
    """The operations, each named as in the document, with its parameters and fields as arguments.

    Each raises :class:`SettingsError` for what no schema can know to be wrong.
    """

    def __init__(self, state: State) -> None:
        self._state = state

    def show_settings(self) -> JSON:
        """Show the settings, but no secret; and the contract that each model answers with."""
        shown = {k: v for k, v in asdict(self._state.settings).items() if k not in _SECRETS}
        served = {model: contract.id for model, contract in self._state.contracts.items()}
        return {**shown, "contracts": served}

    def list_faults(self, tenant: str | None = None) -> JSON:
        """List the faults that wait."""
        return {"faults": self._queue(tenant).to_json()}

    def add_fault(self, **fault: JSON) -> JSON:
        """Put a fault at the end of a queue."""
        made = Fault.of(fault)
        return self._queue(made.tenant).add(made).to_json()

    def remove_faults(self, tenant: str | None = None, id: int | None = None) -> JSON:  # noqa: A002
        """Take out one fault, or all."""
        return {"removed": self._queue(tenant).clear(id)}

    def set_scenario(
        self, tenant: str | None = None, name: str | None = None, faults: Iterable[JSON] = ()
    ) -> JSON:
        """Replace a queue's faults."""
        made = _shipped(name).faults if name is not None else [Fault.of(fault) for fault in faults]
        return {"faults": self._queue(tenant).replace(made).to_json()}

    def show_limits(self, tenant: str | None = None) -> JSON:
        """Show a tenant's limits and what is left of them, or what everybody begins with."""
        return self._state.tenants.limits(tenant)

    def set_limits(
        self, rate: str | None, concurrency: int | None, tenant: str | None = None
    ) -> JSON:
        """Set limits, and begin a new window."""
        self._state.tenants.limit(tenant, rate, concurrency)
        return self.show_limits(tenant)

    def show_credits(self, tenant: str | None = None) -> JSON:
        """Show a tenant's balance, or what everybody begins with."""
        return {"balance": self._state.tenants.balance(tenant)}

    def set_credits(self, balance: int | None, tenant: str | None = None) -> JSON:
        """Set a balance."""
        self._state.tenants.credit(tenant, balance)
        return self.show_credits(tenant)

    def use_contract(self, tenant: str, contract: str) -> JSON:
        """Let another contract answer a tenant."""
        loaded = self._state.served.load(contract)
        self._state.tenants.get(tenant).contracts[loaded.model] = loaded
        return {"contract": loaded.id}

    def set_clock(self, tenant: str, time: str | None) -> JSON:
        """Stop a tenant's clock, or let it go on."""
        known = self._state.tenants.get(tenant)
        known.clock = None if time is None else _moment(time)
        return {"time": timestamp(self._state.now(known))}

    def list_requests(self, limit: int | None = None, **query: JSON) -> JSON:
        """List requests."""
        entries = self._state.journal.entries(Query(**query))
        return _listed(entries[-limit:] if limit else entries)

    def count_requests(self, **query: JSON) -> JSON:
        """Count requests."""
        return {"count": len(self._state.journal.entries(Query(**query)))}

    def show_request(self, id: str) -> JSON:  # noqa: A002
        """Show one request."""
        entry = self._state.journal.get(id)
        if entry is None:
            raise api_error(
                "not-found", f"Expected the id of a request in the journal, received {id!r}"
            )
        return entry.to_json()

    def forget_requests(self, tenant: str | None = None) -> JSON:
        """Forget requests."""
        return {"removed": self._state.journal.clear(tenant)}

    def wait_for_requests(self, count: int, timeout: float, **query: JSON) -> JSON:
        """Wait for requests."""
        entries = self._state.journal.wait(Query(**query), count, timeout)
        return {"arrived": len(entries) >= count, **_listed(entries)}

    def verify_requests(
        self,
        at_least: int | None = None,
        at_most: int | None = None,
        exactly: int | None = None,
        **query: JSON,
    ) -> JSON:
        """Hold the number of requests against what is expected; at least one, unless told."""
        if at_least is not None and at_most is not None and at_least > at_most:
            line = f"expected at_least up to at_most, received {at_least} and {at_most}"
            raise SettingsError(f"{line}: no number of requests is both")
        asked = Query(**query)
        count = len(self._state.journal.entries(asked))
        if at_least is at_most is exactly is None:
            at_least = 1
        verified = (
            (at_least is None or count >= at_least)
            and (at_most is None or count <= at_most)
            and exactly in (None, count)
        )
        nearest = [] if verified else self._state.journal.nearest(asked)
        shown = [{"misses": misses, "request": entry.to_json()} for entry, misses in nearest]
        return {"verified": verified, "count": count, "nearest": shown}

    def reset(self, tenant: str | None = None) -> JSON:
        """Forget everything about a tenant, or about everybody."""
        self._state.reset(tenant)
        return {"reset": tenant or "everybody"}

    def _queue(self, tenant: str | None) -> FaultQueue:
        return self._state.tenants.get(tenant).faults if tenant else self._state.faults


def _shipped(name: str) -> Scenario:
    """Find a scenario that is shipped; no caller reads files of this machine."""
    if name not in scenarios():
        raise SettingsError(f"no scenario {name!r}; expected one of {', '.join(scenarios())}")
    return scenarios()[name]


def _moment(time: str) -> float:
    """Read a moment; links have to be dated some time after it."""
    moment = datetime.fromisoformat(time)
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        years = f"{_FIRST_YEAR} to {_LAST_YEAR}"
        raise SettingsError(f"expected a time in the years {years}, received {time!r}")
    return moment.timestamp()


def _listed(entries: Iterable[Entry]) -> dict[str, JSON]:
    requests = [entry.to_json() for entry in entries]
    return {"count": len(requests), "requests": requests}

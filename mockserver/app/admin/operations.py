"""The operations of the admin API."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import partial

from flask import Response, request

from mockserver.app.faults import Scenario, fault_kinds, read_fault, scenarios
from mockserver.app.journal import Journal
from mockserver.app.journal_entry import Entry
from mockserver.app.journal_har import journal_to_har
from mockserver.app.state import State, check_waiting
from mockserver.app.store import EVERYBODY
from mockserver.app.tenants import Tenant
from mockserver.contracts.error_catalog import api_error, timestamp
from mockserver.errors import SettingsError
from mockserver.recording.redact import Redactor
from mockserver.strict_json import JSON

_FIRST_YEAR, _LAST_YEAR = 1971, 9000
_MAX_TENANTS = 100


class Operations:
    """The operations, named as in the document; their arguments are its parameters and fields.

    Each raises :class:`SettingsError` for an error that no schema can find.
    """

    def __init__(self, state: State) -> None:
        self._state = state

    def show_settings(self) -> JSON:
        """Return the settings without secrets, and the contract of each model."""
        settings = self._state.settings
        public = {k: v for k, v in asdict(settings).items() if k not in settings.secrets()}
        public["store"] = Redactor().url(settings.store) if settings.store else None
        contracts = {model: contract.id for model, contract in self._state.contracts.items()}
        return {**public, "contracts": contracts}

    def list_faults(self, tenant: str | None = None) -> JSON:
        """Return the faults of a queue."""
        return {"faults": self._tenant(tenant).faults.to_json()}

    def list_fault_kinds(self) -> JSON:
        """Return every kind of fault."""
        kinds = [
            {"name": name, "summary": kind.summary, "needs": [*kind.needs], "takes": [*kind.takes]}
            for name, kind in fault_kinds().items()
        ]
        return {"kinds": kinds}

    def list_scenarios(self) -> JSON:
        """Return the shipped scenarios and their faults."""
        shown = [
            {
                "name": scenario.name,
                "summary": scenario.summary,
                "faults": [fault.to_json() for fault in scenario.faults],
            }
            for scenario in scenarios().values()
        ]
        return {"scenarios": shown}

    def list_tenants(self) -> JSON:
        """Return the tenants that were used last, with their limits, balance and faults."""
        count, latest = self._state.tenants.latest(_MAX_TENANTS)
        return {"count": count, "tenants": [self._tenant_to_json(tenant) for tenant in latest]}

    def _tenant_to_json(self, tenant: Tenant) -> JSON:
        return {
            "tenant": tenant.name,
            **tenant.limits_to_json(),
            "balance": tenant.balance,
            "faults": tenant.faults.to_json(),
            "contracts": [contract.id for contract in tenant.contracts.values()],
            "time": None if tenant.clock is None else timestamp(tenant.clock),
        }

    def add_fault(self, **fault: JSON) -> JSON:
        """Append a fault to a queue."""
        parsed = self._state.checked(read_fault(fault))
        return self._tenant(parsed.tenant).faults.add(parsed)

    def remove_faults(self, tenant: str | None = None, id: int | None = None) -> JSON:  # noqa: A002
        """Remove one fault, or all."""
        return {"removed": self._tenant(tenant).faults.clear(id)}

    def set_scenario(
        self, tenant: str | None = None, name: str | None = None, faults: Iterable[JSON] = ()
    ) -> JSON:
        """Replace the faults of a queue."""
        new = _shipped(name).faults if name is not None else map(read_fault, faults)
        checked = map(self._state.checked, new)
        return {"faults": self._tenant(tenant).faults.replace(checked).to_json()}

    def list_rules(self, tenant: str | None = None) -> JSON:
        """Return the rules of a tenant, or of everybody."""
        return {"rules": self._tenant(tenant).rules.to_json()}

    def add_rule(self, **rule: JSON) -> JSON:
        """Append a rule to those of its tenant, or of everybody."""
        tenant = self._tenant(rule.get("tenant"))
        parsed = self._state.rule_reader.read(rule, name=f"/rules/{len(tenant.rules)}")
        (checked,) = self._state.checked_rules([parsed], tenant.contracts)
        return tenant.rules.add(checked)

    def set_rules(self, rules: Sequence[JSON], tenant: str | None = None) -> JSON:
        """Replace the rules of a tenant, or of everybody."""
        owner = self._tenant(tenant)
        parsed = self._state.rule_reader.read_all(rules)
        checked = self._state.checked_rules(parsed, owner.contracts)
        return {"rules": owner.rules.replace(checked).to_json()}

    def remove_rules(self, tenant: str | None = None, id: int | None = None) -> JSON:  # noqa: A002
        """Remove one rule, or all."""
        return {"removed": self._tenant(tenant).rules.clear(id)}

    def show_limits(self, tenant: str | None = None) -> JSON:
        """Return a tenant's limits and what is left of them, or what everybody begins with."""
        return self._tenant(tenant).limits_to_json()

    def set_limits(
        self, rate: str | None, concurrency: int | None, tenant: str | None = None
    ) -> JSON:
        """Set limits, and start a new window."""
        self._state.tenants.set_limits(tenant, rate, concurrency)
        return self.show_limits(tenant)

    def show_credits(self, tenant: str | None = None) -> JSON:
        """Return a tenant's balance, or what everybody begins with."""
        return {"balance": self._tenant(tenant).balance}

    def set_credits(self, balance: int | None, tenant: str | None = None) -> JSON:
        """Set a balance."""
        self._state.tenants.set_credits(tenant, balance)
        return self.show_credits(tenant)

    def use_contract(self, tenant: str, contract: str) -> JSON:
        """Change the contract of a model for a tenant."""
        loaded = self._state.catalog.load(contract)
        self._state.tenants.use_contract(tenant, loaded)
        return {"contract": loaded.id}

    def set_clock(self, tenant: str, time: str | None) -> JSON:
        """Stop a tenant's clock, or return it to the real time."""
        tenants = self._state.tenants
        tenants.set_clock(tenant, None if time is None else _parse_time(time))
        return {"time": timestamp(self._state.now(tenants.get(tenant)))}

    def list_requests(self, limit: int | None = None, **filters: JSON) -> JSON:
        """Return requests."""
        entries = self._state.journal.entries(filters)
        return _requests(entries[-limit:] if limit else entries)

    def export_har(self, **filters: JSON) -> Response:
        """Return requests as a HAR file, without indentation, which takes most of the time."""
        har = journal_to_har(self._state.journal.entries(filters), request.host_url.rstrip("/"))
        return Response(json.dumps(har) + "\n", mimetype="application/json")

    def count_requests(self, **filters: JSON) -> JSON:
        """Return the number of requests."""
        return {"count": len(self._state.journal.entries(filters))}

    def read_feed(self, after: str = "", limit: int = 1000) -> JSON:
        """Return the summaries of the requests after a cursor."""
        page = self._state.journal.log.page(after, limit)
        return {
            "cursor": page.cursor,
            "is_new": page.is_new,
            "requests": [entry.to_summary() for entry in page.items],
        }

    def show_request(self, id: str) -> JSON:  # noqa: A002
        """Return one request."""
        return find_entry(self._state.journal, id).to_json()

    def show_response(self, id: str) -> JSON:  # noqa: A002
        """Return the headers and the body of a response."""
        return find_entry(self._state.journal, id).response_to_json()

    def forget_requests(self, tenant: str | None = None) -> JSON:
        """Remove requests from the journal."""
        return {"removed": self._state.journal.log.clear(tenant)}

    def wait_for_requests(self, count: int, timeout: float, **filters: JSON) -> JSON:
        """Wait for requests."""
        may_wait = partial(check_waiting, request.environ)
        entries = self._state.journal.wait(filters, count, timeout, may_wait)
        return {"arrived": len(entries) >= count, **_requests(entries)}

    def verify_requests(
        self,
        at_least: int | None = None,
        at_most: int | None = None,
        exactly: int | None = None,
        **filters: JSON,
    ) -> JSON:
        """Compare the number of requests with an expectation, by default at least one."""
        if at_least is not None and at_most is not None and at_least > at_most:
            line = f"expected at_least up to at_most, received {at_least} and {at_most}"
            raise SettingsError(f"{line}: no number of requests is both")
        count = len(self._state.journal.entries(filters))
        if at_least is at_most is exactly is None:
            at_least = 1
        verified = (
            (at_least is None or count >= at_least)
            and (at_most is None or count <= at_most)
            and exactly in (None, count)
        )
        nearest = [] if verified else self._state.journal.nearest(filters)
        shown = [{"misses": misses, "request": entry.to_json()} for entry, misses in nearest]
        return {"verified": verified, "count": count, "nearest": shown}

    def reset(self, tenant: str | None = None) -> JSON:
        """Reset all state of a tenant, or of everybody."""
        self._state.reset(tenant)
        return {"reset": tenant or "everybody"}

    def _tenant(self, name: str | None) -> Tenant:
        return self._state.tenants.get(name or EVERYBODY)


def find_entry(journal: Journal, request_id: str) -> Entry:
    """Return one request.

    :raises APIError: 404, when it is not in the journal.
    """
    entry = journal.get(request_id)
    if entry is None:
        raise api_error(
            "not-found", f"Expected the id of a request in the journal, received {request_id!r}"
        )
    return entry


def _shipped(name: str) -> Scenario:
    """Return a shipped scenario; a caller must not read files of this machine."""
    if name not in scenarios():
        raise SettingsError(f"no scenario {name!r}; expected one of {', '.join(scenarios())}")
    return scenarios()[name]


def _parse_time(time: str) -> float:
    """Parse a time that leaves room for the expiry of links."""
    parsed = datetime.fromisoformat(time)
    if not _FIRST_YEAR <= parsed.year <= _LAST_YEAR:
        years = f"{_FIRST_YEAR} to {_LAST_YEAR}"
        raise SettingsError(f"expected a time in the years {years}, received {time!r}")
    return parsed.timestamp()


def _requests(entries: Iterable[Entry]) -> dict[str, JSON]:
    requests = [entry.to_json() for entry in entries]
    return {"count": len(requests), "requests": requests}

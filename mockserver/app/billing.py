"""The balance of an API key, as the provider's two billing routes return it."""

from __future__ import annotations

from flask import g

from mockserver.app.state import State
from mockserver.app.tenants import Tenant
from mockserver.contracts.error_catalog import timestamp
from mockserver.contracts.response_headers import CREDITS_PER_USD
from mockserver.strict_json import JSON

_UNLIMITED = 1000 * CREDITS_PER_USD
"""Project-defined: what an unlimited balance is shown as, so that clients can calculate with it."""

_UNKNOWN = ("autoDebitStatus", "status", "statusExplanation")
"""Documented fields whose values are not documented."""


class Billing:
    """The views of the balance."""

    def __init__(self, state: State) -> None:
        self._state = state

    def balance(self) -> dict[str, JSON]:
        """Return the body of ``GET /v1/billing/balance``.

        :raises APIError: 401, when the key is not valid.
        """
        tenant, price = self._tenant(), self._state.settings.cost
        balance = _credits(tenant)
        return {
            "balance": balance,
            "lowBalance": balance < price,
            "lowBalanceThreshold": price,
            "lastUpdated": timestamp(self._state.now(tenant)),
            **dict.fromkeys(_UNKNOWN),
        }

    def account(self) -> dict[str, JSON]:
        """Return the body of ``GET /v2/billing``.

        :raises APIError: 401, when the key is not valid.
        """
        return {"current_balance": _credits(self._tenant()) / CREDITS_PER_USD, "currency": "USD"}

    def _tenant(self) -> Tenant:
        return self._state.tenants.authenticated(g.context.tenant, g.context.key)


def _credits(tenant: Tenant) -> int:
    return _UNLIMITED if tenant.credits.balance is None else tenant.credits.balance

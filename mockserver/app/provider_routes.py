"""The routes beside the image endpoint: the list of models, OpenAPI documents, the balance."""

from __future__ import annotations

import json
from functools import lru_cache
from urllib.parse import urlencode

from flask import Response, g, request

from mockserver.app.origin import link_origin
from mockserver.app.state import State
from mockserver.app.tenants import Tenant
from mockserver.contracts import Contract
from mockserver.contracts.error_catalog import api_error, timestamp
from mockserver.contracts.finding import quote
from mockserver.contracts.model_list import IMAGE_TYPE
from mockserver.contracts.response_headers import CREDITS_PER_USD
from mockserver.strict_json import JSON

_UNKNOWN_INFO = ("developer", "description", "releasedAt", "url", "docsUrl")
"""Documented fields of a model's ``info`` whose values the contracts do not hold."""

_UNLIMITED = 1000 * CREDITS_PER_USD
"""Project-defined: what an unlimited balance is shown as, so that clients can calculate with it."""

_UNKNOWN_BALANCE = ("autoDebitStatus", "status", "statusExplanation")
"""Documented fields of a balance whose values are not documented."""


class ProviderRoutes:
    """The views; each OpenAPI document is rendered once."""

    def __init__(self, state: State) -> None:
        self._state = state

    def models(self) -> Response:
        """Return the models that are served, or those of them that the query selects."""
        ids, types = request.args.getlist("id"), request.args.getlist("type")
        models = tuple(
            model
            for model in self._state.contracts
            if (not ids or model in ids) and (not types or IMAGE_TYPE in types)
        )
        body = _model_list(models, link_origin(self._state.settings.public_url))
        response = Response(body, mimetype="application/json")
        response.add_etag()
        response.make_conditional(request)
        return response

    def document(self) -> Response:
        """Return the OpenAPI document of the model that the query names.

        :raises APIError: 404, when there is no such document.
        """
        model, endpoint = request.args.get("model", ""), request.args.get("endpoint", IMAGE_TYPE)
        if model not in self._state.contracts or endpoint != IMAGE_TYPE:
            expected = f"Expected a model of /v1/models and the endpoint {quote(IMAGE_TYPE)}"
            received = f"received the model {quote(model)} and the endpoint {quote(endpoint)}"
            raise api_error("not-found", f"{expected}, {received}")
        return _document((self._state.contracts[model],), is_whole=False)

    def openapi(self) -> Response:
        """Return the OpenAPI document of the whole mock."""
        return _document(tuple(self._state.contracts.values()), is_whole=True)

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
            **dict.fromkeys(_UNKNOWN_BALANCE),
        }

    def account(self) -> dict[str, JSON]:
        """Return the body of ``GET /v2/billing``.

        :raises APIError: 401, when the key is not valid.
        """
        return {"current_balance": _credits(self._tenant()) / CREDITS_PER_USD, "currency": "USD"}

    def _tenant(self) -> Tenant:
        return self._state.tenants.authenticated(g.context.tenant, g.context.key)


def _document(contracts: tuple[Contract, ...], *, is_whole: bool) -> Response:
    return Response(_rendered(contracts, is_whole), mimetype="application/json")


@lru_cache(maxsize=64)
def _rendered(contracts: tuple[Contract, ...], is_whole: bool) -> bytes:
    # The import takes time at the start, which few mocks need.
    from mockserver.openapi.export import mock_document, openapi_document

    document = mock_document(contracts) if is_whole else openapi_document(contracts)
    return json.dumps(document, indent=2).encode()


@lru_cache(maxsize=64)
def _model_list(models: tuple[str, ...], origin: str) -> bytes:
    data = [_entry(model, origin) for model in models]
    return json.dumps({"object": "list", "data": data}, indent=2).encode()


def _entry(model: str, origin: str) -> dict[str, JSON]:
    query = urlencode({"model": model, "endpoint": IMAGE_TYPE})
    info = {
        "name": model,
        **dict.fromkeys(_UNKNOWN_INFO),
        "docsJson": f"{origin}/docs-json?{query}",
    }
    return {"id": model, "aliases": [], "type": IMAGE_TYPE, "info": info, "tags": []}


def _credits(tenant: Tenant) -> int:
    return _UNLIMITED if tenant.balance is None else tenant.balance

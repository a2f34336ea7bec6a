"""The Flask application: its routes, and what every answer of it has in common."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from functools import cache
from uuid import uuid4

from flask import Flask, Response, g, request
from flask_cors import CORS
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from mockserver.contract import Contract, shelf
from mockserver.contract.finding import quote
from mockserver.endpoint import Clock, Endpoint
from mockserver.errors import Refusal
from mockserver.links import PREFIX
from mockserver.openapi import openapi_document
from mockserver.refusals import error_body, refusal
from mockserver.settings import MAX_BODY, Settings

__all__ = ["CONTRACTS", "create_app"]

CONTRACTS = "mockserver.contracts"
"""Where ``app.extensions`` holds the contracts being served, by model."""

REQUEST_ID = "X-Request-Id"
"""Ours: the header that repeats the error body's ``requestId``."""

_access = logging.getLogger("mockserver.access")
_log = logging.getLogger("mockserver")


def create_app(settings: Settings | None = None, *, clock: Clock = time.time) -> Flask:
    """Make the mock.

    :param settings: how it behaves; the defaults unless given.
    :param clock: gives the time that answers, links and errors carry, in seconds since 1970.
    :raises SettingsError: when a contract that is asked for is not there.
    :raises ContractError: when a file below ``schemas/`` is not what it must be.
    """
    settings = settings or Settings()
    contracts = shelf().select(settings.contracts)
    app = Flask(__name__, static_folder=None)
    app.extensions[CONTRACTS] = contracts
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = bool(settings.cors_origins)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    _add_endpoints(app, settings, contracts, clock)
    _add_pages(app, contracts)
    _add_refusals(app, contracts, clock)
    _add_access_log(app, settings)
    if settings.cors_origins:
        CORS(app, origins=list(settings.cors_origins), expose_headers=[REQUEST_ID])
    if settings.trust_proxy:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_port=1, x_prefix=1)  # type: ignore[method-assign]
    return app


def _add_endpoints(
    app: Flask, settings: Settings, contracts: Mapping[str, Contract], clock: Clock
) -> None:
    endpoint = Endpoint(settings, contracts, clock)
    for path, method in {(contract.path, contract.method) for contract in contracts.values()}:
        app.add_url_rule(path, f"{method} {path}", endpoint.generate, methods=[method])
    app.add_url_rule(f"{PREFIX}<token>.png", "picture", endpoint.serve)


def _add_pages(app: Flask, contracts: Mapping[str, Contract]) -> None:
    @cache
    def document() -> str:
        return json.dumps(openapi_document(contracts.values()), indent=2)

    def healthz() -> dict[str, object]:
        return {"status": "ok", "contracts": [contract.id for contract in contracts.values()]}

    def openapi() -> Response:
        return Response(document(), mimetype="application/json")

    app.add_url_rule("/healthz", view_func=healthz)
    app.add_url_rule("/openapi.json", view_func=openapi)


def _add_refusals(app: Flask, contracts: Mapping[str, Contract], clock: Clock) -> None:
    def refused(error: Refusal) -> Response:
        body = error_body(error.status, error.message, request.path, g.request_id, clock())
        answer = Response(body, status=error.status, mimetype="application/json")
        answer.headers.extend(error.headers)
        return answer

    def failed_to_route(error: HTTPException) -> Response:
        return refused(_refusal_for(error, contracts))

    def broken(error: Exception) -> Response:
        _log.exception("request %s failed", g.request_id, exc_info=error)
        return refused(refusal("internal"))

    app.register_error_handler(Refusal, refused)
    app.register_error_handler(HTTPException, failed_to_route)
    app.register_error_handler(Exception, broken)


def _refusal_for(error: HTTPException, contracts: Mapping[str, Contract]) -> Refusal:
    """Say what Flask refused in the documented error body."""
    place = " or ".join(dict.fromkeys(f"{c.method} {c.path}" for c in contracts.values()))
    received = f"received {request.method} {quote(request.path)}"
    match error.code:
        case 404:
            made = refusal("not-found", f"Expected {place}, {received}")
        case 405:
            made = refusal("method-not-allowed", f"Expected {place}, {received}")
        case 413:
            made = refusal("too-large", f"Expected a body of at most {MAX_BODY} bytes")
        case code:
            made = Refusal(code or 500, error.description or error.name)
    made.headers.update((k, v) for k, v in error.get_headers() if k != "Content-Type")
    return made


def _add_access_log(app: Flask, settings: Settings) -> None:
    def begin() -> None:
        g.request_id = str(uuid4())
        g.begun = time.perf_counter()

    def end(response: Response) -> Response:
        response.headers[REQUEST_ID] = g.request_id
        if settings.access_log:
            _access.info(_access_line(response))
        return response

    app.before_request(begin)
    app.after_request(end)


def _access_line(response: Response) -> str:
    took = (time.perf_counter() - g.begun) * 1000
    line = f"{request.method} {quote(request.path)[1:-1]} {response.status_code} {took:.1f} ms"
    tenant, prompt = g.get("tenant"), g.get("prompt")
    line += f" tenant={tenant}" if tenant else ""
    return f"{line} prompt={quote(prompt)}" if prompt else line

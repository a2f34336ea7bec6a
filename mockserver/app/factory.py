"""The Flask application: its routes, and who may call them from a page."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from flask import Flask, Response
from flask_cors import CORS
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import Rule

from mockserver.app.admin import PREFIX as ADMIN
from mockserver.app.admin import admin_blueprint
from mockserver.app.context import RECORDING
from mockserver.app.downloads import Downloads
from mockserver.app.faults.prefer_header import APPLIED, WARNING
from mockserver.app.generations import Endpoint
from mockserver.app.hooks import install_error_handlers, install_request_hooks
from mockserver.app.signed_urls import PREFIX
from mockserver.app.state import Clock, State
from mockserver.contracts import Contract
from mockserver.contracts.error_catalog import REQUEST_ID
from mockserver.images import FORMATS
from mockserver.openapi.export import openapi_document
from mockserver.settings import MAX_BODY, Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

__all__ = ["STATE", "create_app"]

STATE = "mockserver"
"""Where ``app.extensions`` holds the :class:`State` of the mock."""

_EXPOSED = [APPLIED, RECORDING, WARNING, "Retry-After", "retry-after-ms"]


def create_app(settings: Settings | None = None, *, clock: Clock = time.time) -> Flask:
    """Make the mock.

    :param settings: how it behaves; the defaults unless given.
    :param clock: gives the time that answers, links and errors carry, in seconds since 1970.
    :raises SettingsError: when a contract that is asked for is not there.
    :raises ContractError: when a file below ``schemas/`` is not what it must be.
    """
    settings = settings or Settings()
    state = State(settings, clock)
    app = Flask(__name__, static_folder=None)
    app.extensions[STATE] = state
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = bool(settings.cors_origins)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    _add_endpoints(app, state)
    _add_pages(app, state)
    install_error_handlers(app, state)
    install_request_hooks(app, state)
    if settings.reload:
        _add_reloading(app, state)
    if settings.admin:
        app.register_blueprint(admin_blueprint(state))
    if settings.cors_origins:
        everywhere_else = {f"/(?!{ADMIN[1:]}).*": {"origins": list(settings.cors_origins)}}
        CORS(
            app,
            resources=everywhere_else,
            expose_headers=[REQUEST_ID, *_EXPOSED],
            always_send=False,  # programs send no Origin, and have no use for the headers
        )
    if settings.trust_proxy:
        proxied = ProxyFix(app.wsgi_app, x_host=1, x_port=1, x_prefix=1)
        app.wsgi_app = proxied  # type: ignore[method-assign]
    return app


def _add_endpoints(app: Flask, state: State) -> None:
    generate, serve = Endpoint(state).generate, Downloads(state).serve
    for path, method in _places(state.contracts):
        app.add_url_rule(path, f"{method} {path}", generate, methods=[method])
    for kind in FORMATS.values():
        app.add_url_rule(f"{PREFIX}<token>.{kind.extension}", "image", serve)


def _places(contracts: Mapping[str, Contract]) -> set[tuple[str, str]]:
    return {(contract.path, contract.method) for contract in contracts.values()}


def _add_pages(app: Flask, state: State) -> None:
    def healthz() -> dict[str, object]:
        return {"status": "ok", "contracts": [c.id for c in state.contracts.values()]}

    def openapi() -> Response:
        document = openapi_document(state.contracts.values())
        return Response(json.dumps(document, indent=2), mimetype="application/json")

    app.add_url_rule("/healthz", view_func=healthz)
    app.add_url_rule("/openapi.json", view_func=openapi)


def _add_reloading(app: Flask, state: State) -> None:
    """Look for changed contracts before a request is routed, since they may have a new path."""
    response = app.wsgi_app
    routed = _places(state.contracts)

    def response_anew(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if state.refresh():
            for path, method in _places(state.contracts) - routed:
                view = f"{method} {path}"
                app.view_functions[view] = Endpoint(state).generate
                app.url_map.add(Rule(path, endpoint=view, methods=[method]))
                routed.add((path, method))
        return response(environ, start_response)

    app.wsgi_app = response_anew  # type: ignore[method-assign]

"""The Flask application: its routes, and what every answer of it has in common."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from flask import Flask, Response, g, request
from flask_cors import CORS
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import Rule

from mockserver.admin import PREFIX as ADMIN
from mockserver.admin import admin_blueprint
from mockserver.call import ANONYMOUS, Call
from mockserver.contract import Contract
from mockserver.contract.finding import quote
from mockserver.discretion import Discretion
from mockserver.downloads import Downloads
from mockserver.endpoint import Endpoint
from mockserver.errors import Refusal
from mockserver.faults.prefer import APPLIED, WARNING
from mockserver.links import PREFIX
from mockserver.openapi import openapi_document
from mockserver.pictures.gallery import KINDS
from mockserver.refusals import error_body, refusal
from mockserver.replay import SOURCE
from mockserver.settings import MAX_BODY, Settings
from mockserver.state import Clock, State
from mockserver.tenants import key_of, tenant_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

__all__ = ["STATE", "create_app"]

STATE = "mockserver"
"""Where ``app.extensions`` holds the :class:`State` of the mock."""

REQUEST_ID = "X-Request-Id"
"""Ours: the header that repeats the error body's ``requestId``."""

_EXPOSED = [APPLIED, SOURCE, WARNING, "Retry-After", "retry-after-ms"]
_OTHER_KEYS = ("X-API-Key", "API-Key")
"""Headers that carry keys elsewhere; the mock takes none there, and writes none down."""

_UNJOURNALED = (ADMIN, "/healthz", "/openapi.json")

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
    state = State(settings, clock)
    app = Flask(__name__, static_folder=None)
    app.extensions[STATE] = state
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = bool(settings.cors_origins)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    _add_endpoints(app, state)
    _add_pages(app, state)
    _add_refusals(app, state)
    _add_calls(app, state)
    if settings.reload:
        _add_reloading(app, state)
    if settings.admin:
        app.register_blueprint(admin_blueprint(state))
    if settings.cors_origins:
        everywhere_else = {f"/(?!{ADMIN[1:]}).*": {"origins": list(settings.cors_origins)}}
        CORS(app, resources=everywhere_else, expose_headers=[REQUEST_ID, *_EXPOSED])
    if settings.trust_proxy:
        proxied = ProxyFix(app.wsgi_app, x_host=1, x_port=1, x_prefix=1)
        app.wsgi_app = proxied  # type: ignore[method-assign]
    return app


def _add_endpoints(app: Flask, state: State) -> None:
    generate, serve = Endpoint(state).generate, Downloads(state).serve
    for path, method in _places(state.contracts):
        app.add_url_rule(path, f"{method} {path}", generate, methods=[method])
    for kind in KINDS.values():
        app.add_url_rule(f"{PREFIX}<token>.{kind.ending}", "picture", serve)


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
    answer = app.wsgi_app
    routed = _places(state.contracts)

    def answer_anew(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if state.refresh():
            for path, method in _places(state.contracts) - routed:
                view = f"{method} {path}"
                app.view_functions[view] = Endpoint(state).generate
                app.url_map.add(Rule(path, endpoint=view, methods=[method]))
                routed.add((path, method))
        return answer(environ, start_response)

    app.wsgi_app = answer_anew  # type: ignore[method-assign]


def _add_refusals(app: Flask, state: State) -> None:
    def refused(error: Refusal) -> Response:
        call: Call = g.call
        call.message = error.message
        body = error_body(error.status, error.message, request.path, call.id, state.now())
        answer = Response(body, status=error.status, mimetype="application/json")
        answer.headers.extend(error.headers)
        return answer

    def failed_to_route(error: HTTPException) -> Response:
        return refused(_refusal_for(error, state.contracts))

    def broken(error: Exception) -> Response:
        _log.exception("request %s failed", g.call.id, exc_info=error)
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
            methods = " or ".join(sorted(set(_allowed(error)) - {"HEAD", "OPTIONS"}))
            made = refusal("method-not-allowed", f"Expected {methods}, {received}")
        case 413:
            made = refusal("too-large", f"Expected a body of at most {MAX_BODY} bytes")
        case code:
            made = Refusal(code or 500, error.description or error.name)
    made.headers.update((k, v) for k, v in error.get_headers() if k != "Content-Type")
    return made


def _allowed(error: HTTPException) -> Iterable[str]:
    methods = error.valid_methods if isinstance(error, MethodNotAllowed) else None
    return methods or ()


def _add_calls(app: Flask, state: State) -> None:
    def begin() -> None:
        authorization = request.headers.get("Authorization", "")
        key = key_of(authorization)
        sent = (key, authorization, *map(request.headers.get, _OTHER_KEYS))
        discretion = Discretion(*(secret for secret in sent if secret), *state.secrets)
        g.call = Call(key=key, discretion=discretion)
        if key and not request.path.startswith(ADMIN):
            g.call.tenant = tenant_of(key)

    def end(response: Response) -> Response:
        call: Call = g.call
        response.headers[REQUEST_ID] = call.id
        response.headers.extend(call.headers)
        if not request.path.startswith(_UNJOURNALED):
            state.journal.note(call, request.method, request.path, response.status_code)
        if state.settings.access_log:
            _access.info(_access_line(call, response))
        return response

    app.before_request(begin)
    app.after_request(end)


def _access_line(call: Call, response: Response) -> str:
    discreet = call.discretion.text
    path = quote(discreet(request.path))[1:-1]
    line = f"{request.method} {path} {response.status_code} {call.duration:.1f} ms"
    line += f" tenant={call.tenant}" if call.tenant != ANONYMOUS else ""
    line += f" fault={call.fault.name}" if call.fault else ""
    return f"{line} prompt={quote(discreet(call.prompt))}" if call.prompt else line

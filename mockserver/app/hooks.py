"""Request hooks of the mock and the proxy: request id, journal, error bodies."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from functools import lru_cache

from flask import Flask, Response, g, request
from flask.globals import request_ctx
from werkzeug.exceptions import HTTPException

from mockserver.app.admin import PREFIX as ADMIN
from mockserver.app.context import ANONYMOUS, RequestContext
from mockserver.app.cors import add_cors
from mockserver.app.state import State
from mockserver.app.tenants import tenant_id
from mockserver.contracts import Contract
from mockserver.contracts.error_catalog import REQUEST_ID, api_error, error_body
from mockserver.contracts.exchange import bearer_key
from mockserver.contracts.finding import quote
from mockserver.errors import APIError, FixtureError
from mockserver.recording.redact import Redactor, key_in_use

_KEY_HEADERS = ("HTTP_AUTHORIZATION", "HTTP_X_API_KEY", "HTTP_API_KEY")
"""Headers that carry keys, in the WSGI environment; the mock reads only the first of them."""

_MAX_CALLERS = 1000
"""How many callers are kept: making a redactor takes longer than the rest of these hooks."""

_UNJOURNALED = (ADMIN, "/healthz", "/metrics", "/openapi.json", "/docs/")

_PAGES = {"/", "/docs"}
"""Paths from which a browser is redirected to a page."""

_OTHER_ROUTES = "; also here: GET /v1/models, /v1/billing/balance, /v2/billing"

_access = logging.getLogger("mockserver.access")
_log = logging.getLogger("mockserver")


def install_error_handlers(app: Flask, state: State) -> None:
    """Turn every error into a response with the documented body."""

    def api_error_response(error: APIError) -> Response:
        context: RequestContext = g.context
        context.message = error.message
        body = error_body(error.status, error.message, context.path, context.id, state.now())
        context.body = (body,)
        response = Response(body, status=error.status, mimetype="application/json")
        # A fault's headers may replace those of the documented error.
        response.headers.update(error.headers)
        return response

    def http_error_response(error: HTTPException) -> Response:
        return api_error_response(_api_error_for(error, state.contracts))

    def missing_image_response(error: FixtureError) -> Response:
        return api_error_response(api_error("unavailable", str(error)))

    def internal_error_response(error: Exception) -> Response:
        _log.exception("request %s failed", g.context.id, exc_info=error)
        return api_error_response(api_error("internal"))

    app.register_error_handler(APIError, api_error_response)
    app.register_error_handler(HTTPException, http_error_response)
    app.register_error_handler(FixtureError, missing_image_response)
    app.register_error_handler(Exception, internal_error_response)


def _api_error_for(error: HTTPException, contracts: Mapping[str, Contract]) -> APIError:
    """Return the documented error for one of Flask's."""
    paths = (f"{c.method} {path}" for c in contracts.values() for path in c.paths)
    routes = " or ".join(dict.fromkeys(paths))
    received = f"received {request.method} {quote(request.path)}"
    match error.code:
        case 404:
            expected = f"Expected {routes}, {received}{_OTHER_ROUTES}"
            failure = api_error("not-found", expected)
        case 405:
            allowed = getattr(error, "valid_methods", None) or ()
            methods = " or ".join(sorted({*allowed} - {"HEAD", "OPTIONS"}))
            failure = api_error("method-not-allowed", f"Expected {methods}, {received}")
        case 413:
            most = request.max_content_length
            failure = api_error("too-large", f"Expected a body of at most {most} bytes")
        case code:
            failure = APIError(code or 500, error.description or error.name)
    failure.headers.update((k, v) for k, v in error.get_headers() if k != "Content-Type")
    return failure


def install_request_hooks(app: Flask, state: State, origins: Collection[str] = ()) -> None:
    """Keep a :class:`RequestContext` for each request, and add it to the journal.

    :param origins: those whose pages may call the API.
    """

    @lru_cache(maxsize=_MAX_CALLERS)
    def caller(authorization: str, *other_keys: str) -> tuple[str, str, Redactor]:
        key = bearer_key(authorization)
        redactor = Redactor(key_in_use(authorization), *other_keys, *state.secrets)
        return key, tenant_id(key), redactor

    def begin() -> None:
        current = request_ctx.request
        key, tenant, redactor = caller(*[current.environ.get(n, "") for n in _KEY_HEADERS])
        context = RequestContext(current, current.method, current.path, key=key, redactor=redactor)
        if key and not context.path.startswith(ADMIN):
            context.tenant = tenant
        g.context = context

    def end(response: Response) -> Response:
        context: RequestContext = g.context
        # All but a plain response may have set the same headers themselves.
        is_plain = context.source == "fixture" and not (context.fault or context.rule)
        stated = () if is_plain else response.headers
        for name, value in ((REQUEST_ID, context.id), *context.headers.items()):
            if name not in stated:
                response.headers.add(name, value)
        add_cors(context.request, response.headers, origins)
        to_page = response.status_code == 302 and context.path in _PAGES
        if not context.path.startswith(_UNJOURNALED) and not to_page:
            _note(state, context, response)
        is_reading = context.method == "GET" and context.path.startswith(ADMIN)
        if state.settings.access_log and not is_reading and _access.isEnabledFor(logging.INFO):
            _access.info(_access_line(context, response))
        return response

    app.before_request(begin)
    app.after_request(end)


def _note(state: State, context: RequestContext, response: Response) -> None:
    entry = state.journal.note(context, response.status_code, response.headers)
    if state.metrics:
        state.metrics.observe(context, entry, response)


def _access_line(context: RequestContext, response: Response) -> str:
    redacted = context.redactor.known
    path = quote(redacted(context.path))[1:-1]
    line = f"{context.method} {path} {response.status_code} {context.duration:.1f} ms"
    line += f" tenant={context.tenant}" if context.tenant != ANONYMOUS else ""
    line += f" fault={context.fault.name}" if context.fault else ""
    line += f" rule={quote(redacted(context.rule.name))}" if context.rule else ""
    line += f" findings={len(context.findings)}" if context.findings else ""
    return f"{line} prompt={quote(redacted(context.prompt))}" if context.prompt else line

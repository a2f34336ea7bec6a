"""What every answer of the mock and of the proxy has in common: an id, a place in the journal."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from mockserver.app.admin import PREFIX as ADMIN
from mockserver.app.context import ANONYMOUS, Call
from mockserver.app.state import State
from mockserver.app.tenants import key_of, tenant_of
from mockserver.contracts import Contract
from mockserver.contracts.finding import quote
from mockserver.contracts.refusals import REQUEST_ID, error_body, refusal
from mockserver.errors import Refusal
from mockserver.recording.discretion import Discretion
from mockserver.settings import MAX_BODY

__all__ = ["add_calls", "add_refusals"]

_OTHER_KEYS = ("X-API-Key", "API-Key")
"""Headers that carry keys elsewhere; the mock takes none there, and writes none down."""

_UNJOURNALED = (ADMIN, "/healthz", "/openapi.json")

_access = logging.getLogger("mockserver.access")
_log = logging.getLogger("mockserver")


def add_refusals(app: Flask, state: State) -> None:
    """Answer whatever goes wrong with the documented error body."""

    def refused(error: Refusal) -> Response:
        call: Call = g.call
        call.message = error.message
        body = error_body(error.status, error.message, request.path, call.id, state.now())
        answer = Response(body, status=error.status, mimetype="application/json")
        # A fault's headers may replace those of the documented answer.
        answer.headers.update(error.headers)
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


def add_calls(app: Flask, state: State) -> None:
    """Keep a :class:`Call` for each request, and write it down when it is answered."""

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
        response.headers.setdefault(REQUEST_ID, call.id)
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
    line += f" findings={len(call.findings)}" if call.findings else ""
    return f"{line} prompt={quote(discreet(call.prompt))}" if call.prompt else line

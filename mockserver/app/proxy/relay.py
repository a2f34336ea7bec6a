"""The proxy as a Flask application: the way of a request to the upstream, and of its response."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NoReturn

import flask
import requests
from werkzeug.routing import BaseConverter, Rule

from mockserver.app.admin import admin_blueprint
from mockserver.app.context import RequestContext
from mockserver.app.hooks import install_error_handlers, install_request_hooks
from mockserver.app.proxy.summary import FORWARDED, NO_RESPONSE, REJECTED, UNRECORDED, ProxySummary
from mockserver.app.proxy.upstream import MAX_RESPONSE_BYTES, Upstream, end_to_end
from mockserver.app.responses import shared_body
from mockserver.app.state import State
from mockserver.clock import now
from mockserver.contracts import Contract, Exchange, Finding, Request
from mockserver.contracts.error_catalog import api_error
from mockserver.contracts.exchange import decoded
from mockserver.contracts.finding import first_lines
from mockserver.errors import APIError, SettingsError
from mockserver.recording.http_client import HTTPClient
from mockserver.recording.target import header_secrets
from mockserver.recording.writer import Recorder
from mockserver.settings import Settings
from mockserver.strict_json import parse_or_none

FINDINGS = "X-Mock-Findings"
"""Project-defined: the header with the findings about an exchange, or ``none``."""

_MAX_BODY_BYTES = 64 * 1024 * 1024
"""The largest request body that is passed on."""

_MAX_FINDINGS = 5
_log = logging.getLogger("mockserver")
_MAX_HEADER_LENGTH = 4000
_UNCHECKED = "not checked: a Content-Encoding that cannot be undone"
_TOO_LARGE = f"not checked: more than {MAX_RESPONSE_BYTES} bytes"


@dataclass(frozen=True, slots=True)
class Relay:
    """Forwards requests, and checks those for images and their responses against the contract.

    :ivar contracts: by model; the first one is for requests with an unknown model.
    :ivar recorder: writes what was checked; None writes nothing.
    :ivar http_client: follows the links in what is written.
    :ivar strict: whether a finding becomes a 502.
    """

    contracts: Mapping[str, Contract]
    upstream: Upstream
    summary: ProxySummary
    recorder: Recorder | None
    http_client: HTTPClient
    strict: bool

    def forward(self, path: str) -> flask.Response:  # noqa: ARG002 - the URL has it, and the query
        """Send the current request to the upstream, and return its response.

        :raises APIError: when no response comes, or ``strict`` is set and something is wrong.
        """
        context: RequestContext = flask.g.context
        current = flask.request
        headers = dict(current.headers)
        plain = decoded(current.get_data(), headers.pop("Content-Encoding", ""))
        request = Request(current.method, _target(), headers, plain or b"")
        context.contract = self._contract(context, request)
        contract = None if plain is None else context.contract
        if contract and self.strict and (findings := contract.parse_request(request)[1]):
            self.summary.add(REJECTED, findings)
            self._raise_for(contract, request, findings)
        return self._forward(context, request, contract)

    def _forward(
        self, context: RequestContext, request: Request, contract: Contract | None
    ) -> flask.Response:
        # The headers as they came: Request has them in lower case, each once.
        headers, sent = list(flask.request.headers), flask.request.get_data()
        try:
            upstream_response = self.upstream.send(request.method, request.url, headers, sent)
            # A body of known length is read to its end, so that a break in it becomes a 502.
            is_read = contract is not None or "Content-Length" in upstream_response.headers
            body = self.upstream.read(upstream_response) if is_read else b""
        except APIError as error:
            self.summary.add(NO_RESPONSE, [error.message.partition("\n")[2]])
            raise
        is_whole = is_read and len(body) <= MAX_RESPONSE_BYTES
        if contract and is_whole:
            return self._check(context, contract, request, upstream_response, body)
        self.summary.add(FORWARDED)
        if is_whole:
            return _whole_response(upstream_response, body)
        rest = self.upstream.stream(upstream_response)
        response = _response(upstream_response, chain([body], rest))
        if contract:
            response.headers[FINDINGS] = _TOO_LARGE
        return response

    def _contract(self, context: RequestContext, request: Request) -> Contract | None:
        """Return the contract of a request for images; None for any other request."""
        served = self.contracts.values()
        routes = {(contract.method, path) for contract in served for path in contract.paths}
        if (request.method, request.path) not in routes:
            return None
        context.fields = parse_or_none(request.body)
        model = context.fields.get("model") if isinstance(context.fields, dict) else None
        default = next(iter(served))
        return self.contracts.get(model, default) if isinstance(model, str) else default

    def _check(
        self,
        context: RequestContext,
        contract: Contract,
        request: Request,
        upstream_response: requests.Response,
        body: bytes,
    ) -> flask.Response:
        seconds = context.duration / 1000
        http_client = self.http_client if self.recorder else None
        exchange = self.upstream.exchange(request, upstream_response, body, seconds, http_client)
        findings = contract.findings(exchange) if exchange else []
        context.findings = [f for f in findings if f.pointer.startswith("/response")]
        self.summary.add(FORWARDED, findings, contract if exchange else None)
        if exchange:
            self._record(exchange, contract, findings)
        if self.strict and findings:
            self._raise_for(contract, request, findings)
        response = _whole_response(upstream_response, body)
        response.headers[FINDINGS] = _header_value(findings) if exchange else _UNCHECKED
        return response

    def _record(self, exchange: Exchange, contract: Contract, findings: Sequence[Finding]) -> None:
        """Write an exchange; the client gets its response even where that fails."""
        if self.recorder is None:
            return
        try:
            self.recorder.write(exchange, contract.id, findings, contract.documented_headers)
        except SettingsError as error:
            _log.warning("%s", error)
            self.summary.add(UNRECORDED, [str(error)])

    def _raise_for(
        self, contract: Contract, request: Request, findings: Sequence[Finding]
    ) -> NoReturn:
        head = f"--strict: {request.method} {request.path} does not keep {contract.id}"
        raise api_error("bad-gateway", head, *first_lines([*map(str, findings)], _MAX_FINDINGS))


def _target() -> str:
    """Return the path and query of the current request as they came, undecoded."""
    current = flask.request
    raw = str(current.environ.get("REQUEST_URI") or current.full_path.removesuffix("?"))
    return raw if raw.startswith("/") else f"/{raw.split('/', 3)[-1]}"


def _whole_response(upstream_response: requests.Response, body: bytes) -> flask.Response:
    response = _response(upstream_response, shared_body(flask.request.environ, [body]))
    if body or "Content-Length" not in response.headers:
        response.content_length = len(body)
    return response


def _response(upstream_response: requests.Response, body: Iterable[bytes]) -> flask.Response:
    response = flask.Response(body, upstream_response.status_code, direct_passthrough=True)
    response.headers.clear()
    response.headers.extend(end_to_end(upstream_response.raw.headers.items()))
    length = response.content_length
    del response.headers["Content-Length"]
    if length is not None:  # a valid one; it is sent once
        response.content_length = length
    return response


def _header_value(findings: Sequence[Finding]) -> str:
    """Return the first findings in ASCII, cut to what clients read."""
    texts = first_lines([f"{f.level} {f.pointer} ({f.rule})" for f in findings], _MAX_FINDINGS)
    return ascii("; ".join(texts) or "none")[1:-1][:_MAX_HEADER_LENGTH]


class _Anything(BaseConverter):
    regex = ".*"
    part_isolating = False


def create_proxy(
    settings: Settings,
    upstream: Upstream,
    summary: ProxySummary,
    http_client: HTTPClient,
    recorder: Recorder | None = None,
    *,
    strict: bool = False,
) -> flask.Flask:
    """Return the proxy as a WSGI application.

    :param settings: the contracts to check against, and the access to the admin API.
    :param upstream: the server that requests are forwarded to.
    :param summary: counts the requests.
    :param http_client: follows the links in what is written.
    :param recorder: writes what was checked; None writes nothing.
    :param strict: whether a finding becomes a 502.
    """
    state = State(settings, now)
    state.secrets += tuple(header_secrets(upstream.headers))
    app = flask.Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _MAX_BODY_BYTES
    app.url_map.merge_slashes = False
    app.url_map.converters["anything"] = _Anything
    relay = Relay(state.contracts, upstream, summary, recorder, http_client, strict)
    app.view_functions["relay"] = relay.forward
    app.url_map.add(Rule("/<anything:path>", endpoint="relay"))
    install_error_handlers(app, state)
    install_request_hooks(app, state)
    app.register_blueprint(admin_blueprint(state))
    return app

"""The way of one request through the proxy, and of its response back."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import NoReturn

import flask
import requests

from mockserver.app.context import RequestContext
from mockserver.app.proxy.summary import NO_RESPONSE, REJECTED, UNRECORDED, ProxySummary
from mockserver.app.proxy.upstream import MAX_RESPONSE_BYTES, Upstream, end_to_end
from mockserver.app.responses import shared_body
from mockserver.contracts import Contract, Exchange, Finding, Request
from mockserver.contracts.error_catalog import api_error
from mockserver.contracts.exchange import decoded
from mockserver.contracts.finding import first_lines
from mockserver.errors import APIError, SettingsError
from mockserver.recording.http_client import HTTPClient
from mockserver.recording.writer import Recorder
from mockserver.strict_json import parse_or_none

FINDINGS = "X-Mock-Findings"
"""Project-defined: the header with the findings about an exchange, or ``none``."""

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
        if plain is None or context.contract is None:
            return self._forward_unchecked(request)
        if self.strict and (findings := context.contract.parse_request(request)[1]):
            self.summary.add_failure(REJECTED, findings)
            self._raise_for(context.contract, request, findings)
        with self._counting_failures():
            upstream_response = self._send(request)
            body = self.upstream.read(upstream_response)
        if len(body) > MAX_RESPONSE_BYTES:
            self.summary.add()
            response = self._streamed(upstream_response, body)
            response.headers[FINDINGS] = _TOO_LARGE
            return response
        return self._check(context, context.contract, request, upstream_response, body)

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

    def _send(self, request: Request) -> requests.Response:
        # The headers as they came: Request has them in lower case, each once.
        headers = list(flask.request.headers)
        return self.upstream.send(request.method, request.url, headers, flask.request.get_data())

    @contextmanager
    def _counting_failures(self) -> Iterator[None]:
        """Count the requests to which the upstream does not respond."""
        try:
            yield
        except APIError as error:
            self.summary.add_failure(NO_RESPONSE, [error.message.partition("\n")[2]])
            raise

    def _forward_unchecked(self, request: Request) -> flask.Response:
        with self._counting_failures():
            upstream_response = self._send(request)
            # A body of known length is read to its end, so that a break in it becomes a 502.
            is_whole = "Content-Length" in upstream_response.headers
            body = self.upstream.read(upstream_response) if is_whole else b""
        self.summary.add()
        if is_whole and len(body) <= MAX_RESPONSE_BYTES:
            return _whole_response(upstream_response, body)
        return self._streamed(upstream_response, body)

    def _streamed(self, upstream_response: requests.Response, beginning: bytes) -> flask.Response:
        rest = self.upstream.stream(upstream_response)
        return _response(upstream_response, chain([beginning], rest))

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
        self.summary.add(contract if exchange else None, findings)
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
            self.summary.add_failure(UNRECORDED, [str(error)])

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

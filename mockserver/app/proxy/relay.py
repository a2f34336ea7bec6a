"""One request on its way through the proxy, and its answer on the way back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import requests
from flask import Response, g, request

from mockserver.app.context import RequestContext
from mockserver.app.proxy.summary import ProxySummary
from mockserver.app.proxy.upstream import Headers, Upstream, decoded, end_to_end
from mockserver.contracts import Contract, Exchange, Finding
from mockserver.contracts import Request as Asked
from mockserver.contracts import Response as Answered
from mockserver.contracts.error_catalog import api_error
from mockserver.errors import APIError
from mockserver.recording import Recorder
from mockserver.recording.asking import links
from mockserver.recording.http_client import HTTPClient
from mockserver.strict_json import JSONTextError, parse

__all__ = ["FINDINGS", "Relay"]

FINDINGS = "X-Mock-Findings"
"""Ours: the header that says what is wrong with an exchange, or ``none``."""

_MOST = 5
_UNCHECKED = "not checked: a Content-Encoding that cannot be undone"


class Relay:
    """Passes requests on, and holds those for images and their answers to the contract.

    :param contracts: what they are held to, by model; the first one where no model is known.
    :param recorder: writes down what was checked; None writes nothing.
    :param wire: follows the links of what is written down.
    :param strict: whether a finding turns into a 502.
    """

    def __init__(
        self,
        contracts: Mapping[str, Contract],
        upstream: Upstream,
        summary: ProxySummary,
        recorder: Recorder | None = None,
        http_client: HTTPClient | None = None,
        *,
        strict: bool = False,
    ) -> None:
        self._contracts = contracts
        self._upstream = upstream
        self._tally = summary
        self._recorder = recorder
        self._wire = http_client
        self._strict = strict

    def forward(self, path: str) -> Response:  # noqa: ARG002 - the target holds it, and the query
        """Pass the request at hand on, and give its answer.

        :raises Refusal: when no answer comes, or one that is wrong and may not be.
        """
        context: RequestContext = g.context
        asked = Asked(request.method, _target(), dict(request.headers), request.get_data())
        context.contract = self._contract(context, asked)
        if context.contract is None:
            return self._forward_unchecked(asked)
        if self._strict and (findings := context.contract.parse_request(asked)[1]):
            self._tally.keep_back(findings)
            self._refuse(context.contract, asked, findings)
        with self._noticing():
            upstream_response = self._send(asked)
            body = self._upstream.read(upstream_response)
        return self._check(context, context.contract, asked, upstream_response, body)

    def _contract(self, context: RequestContext, asked: Asked) -> Contract | None:
        """Pick the contract of a request for images; None for any other."""
        places = {(contract.method, contract.path) for contract in self._contracts.values()}
        if (asked.method, asked.path) not in places:
            return None
        try:
            context.fields = parse(asked.body)
        except JSONTextError:
            context.fields = None
        model = context.fields.get("model") if isinstance(context.fields, dict) else None
        default = next(iter(self._contracts.values()))
        return self._contracts.get(model, default) if isinstance(model, str) else default

    def _send(self, asked: Asked) -> requests.Response:
        headers = list(request.headers)
        return self._upstream.send(asked.method, asked.url, headers, asked.body)

    @contextmanager
    def _noticing(self) -> Iterator[None]:
        """Count where the upstream gives no answer, since the summary would not show it else."""
        try:
            yield
        except APIError as error:
            self._tally.miss(error.message.partition("\n")[2])
            raise

    def _forward_unchecked(self, asked: Asked) -> Response:
        with self._noticing():
            upstream_response = self._send(asked)
        self._tally.add()
        return _response(upstream_response, self._upstream.pieces(upstream_response))

    def _check(
        self,
        context: RequestContext,
        contract: Contract,
        asked: Asked,
        upstream_response: requests.Response,
        body: bytes,
    ) -> Response:
        exchange = self._exchange(asked, upstream_response, body)
        findings = [] if exchange is None else contract.findings(exchange)
        context.findings = [f for f in findings if f.pointer.startswith("/response")]
        self._tally.add(contract if exchange else None, findings)
        if exchange and self._recorder:
            self._recorder.write(exchange, contract.id, findings)
        if self._strict:
            self._refuse(contract, asked, findings)
        response = _response(upstream_response, [body])
        response.headers[FINDINGS] = _told(findings) if exchange else _UNCHECKED
        return response

    def _exchange(
        self, asked: Asked, upstream_response: requests.Response, body: bytes
    ) -> Exchange | None:
        """Put down what was asked and answered; None where the answer cannot be read."""
        plain = decoded(body, upstream_response.headers.get("Content-Encoding", ""))
        if plain is None:
            return None
        coded = {"content-encoding", "content-length"} if plain is not body else set()
        headers = {n: v for n, v in upstream_response.headers.items() if n.lower() not in coded}
        response = Answered(upstream_response.status_code, headers, plain)
        whole = Asked(asked.method, self._upstream.base + asked.url, asked.headers, asked.body)
        if self._recorder is None or self._wire is None:
            return Exchange(whole, response)
        downloads = {link: self._wire.fetch(link) for link in links(response)}
        return Exchange(whole, response, downloads)

    def _refuse(self, contract: Contract, asked: Asked, findings: Sequence[Finding]) -> None:
        if findings:
            lines = [str(finding) for finding in findings[:_MOST]]
            more = [f"and {len(findings) - _MOST} more"] if len(findings) > _MOST else []
            head = f"--strict: {asked.method} {asked.path} does not keep {contract.id}"
            raise api_error("bad-gateway", head, *lines, *more)


def _target() -> str:
    """Give the path and query as they came, undecoded."""
    raw = str(request.environ.get("RAW_URI") or request.full_path.removesuffix("?"))
    return raw if raw.startswith("/") else f"/{raw.split('/', 3)[-1]}"


def _response(upstream_response: requests.Response, pieces: Iterable[bytes]) -> Response:
    headers: Headers = end_to_end(upstream_response.raw.headers.items())
    response = Response(pieces, status=upstream_response.status_code)
    response.headers.clear()
    response.headers.extend(headers)
    return response


def _told(findings: Sequence[Finding]) -> str:
    """Name findings in a header: ASCII, and no more than can be read."""
    if not findings:
        return "none"
    words = "; ".join(f"{f.level} {f.pointer} ({f.rule})" for f in findings[:_MOST])
    more = f"; and {len(findings) - _MOST} more" if len(findings) > _MOST else ""
    return ascii(words + more)[1:-1]

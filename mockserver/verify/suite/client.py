"""The server under test: send requests, follow the links, and check the responses."""

from __future__ import annotations

import http.client
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property

from mockserver.contracts import Contract, Exchange, Finding, Level, Response, error_catalog
from mockserver.contracts.exchange import RESPONSE_BODY
from mockserver.contracts.finding import quote
from mockserver.contracts.refs import is_present
from mockserver.recording.budget import Budget, cost_of
from mockserver.recording.http_client import HTTPClient
from mockserver.recording.redact import Redactor
from mockserver.recording.target import header_secrets
from mockserver.strict_json import JSON, parse_or_none
from mockserver.verify.suite.request_spec import KEY, STATUS, Case, RequestSpec

_KEPT_RESPONSES = 64
_MESSAGE = f"{RESPONSE_BODY}/message"
_ACCOUNT_STATUSES = {401, 402, 403, 429}
"""Statuses about the key, the money or the rate; they do not depend on the contract."""


@dataclass(frozen=True)
class CheckedResponse:
    """A response with its findings.

    :ivar exchange: None where no response came whole.
    :ivar unverified: why nothing about the contract follows from it; None where something does.
    :ivar download_problem: why its images could not be fetched just now; None where they could.
    """

    request_spec: RequestSpec
    exchange: Exchange | None
    findings: tuple[Finding, ...]
    unverified: str | None = None
    download_problem: str | None = None

    @property
    def has_expected_status(self) -> bool:
        """Whether the status is the expected one and the body is JSON."""
        status = self.exchange.response.status if self.exchange else None
        return status == self.request_spec.expected_status and self.body is not None

    @cached_property
    def body(self) -> JSON:
        """The parsed body; None where there is none."""
        return parse_or_none(self.exchange.response.body) if self.exchange else None

    def reaches(self, case: Case) -> bool:
        """Return whether what a case checks is there: its field, or the whole documented body."""
        if not case.pointer:
            return self.has_expected_status
        in_body = case.pointer.partition(RESPONSE_BODY)[2]  # empty for the status and the headers
        return self.exchange is not None and is_present(self.body, in_body)


@dataclass
class APIClient:
    """A client of one server, which remembers the responses.

    :ivar base: the server's base URL, without a slash at the end.
    :ivar tolerate_outages: whether a failure of the service is no finding.
    :ivar gateway_headers: those that its transport adds.
    :ivar response_seconds: how long each response took, from the request to its last byte.
    """

    base: str
    key: str = field(repr=False)
    transport: HTTPClient
    budget: Budget
    tolerate_outages: bool = False
    gateway_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    response_seconds: list[float] = field(default_factory=list)
    _responses: OrderedDict[RequestSpec, CheckedResponse] = field(
        default_factory=OrderedDict, repr=False
    )

    def send(self, request_spec: RequestSpec) -> CheckedResponse:
        """Send a request, once.

        :raises BudgetExceeded: as :meth:`send_together` does.
        """
        if request_spec not in self._responses:
            (self._responses[request_spec],) = self.send_together(request_spec)
            # What was paid for is kept; what is free would only fill the memory.
            while not self.budget.is_paid and len(self._responses) > _KEPT_RESPONSES:
                self._responses.popitem(last=False)
        return self._responses[request_spec]

    def send_together(self, *request_specs: RequestSpec) -> list[CheckedResponse]:
        """Send requests, all at the same time.

        :raises BudgetExceeded: when they would cost more than is left. Those to be refused cost
            nothing, but others like them may have been answered by images.
        """
        valid = [spec for spec in request_specs if spec.is_valid]
        self.budget.require(sum(cost_of(it.contract, parse_or_none(it.body)) for it in valid))
        with ThreadPoolExecutor(len(request_specs)) as threads:
            responses = list(threads.map(self._transmit, request_specs))
        return list(map(self._checked, request_specs, responses))

    def hide_secrets(self, text: str) -> str:
        """Remove the key from what is printed, should a server have repeated it."""
        redactor = Redactor(*header_secrets(self.gateway_headers))
        return redactor.known(text.replace(self.key, KEY))

    def _transmit(self, request_spec: RequestSpec) -> Response | str:
        headers = request_spec.headers_with(self.key)
        url = self.base + request_spec.path
        method = request_spec.contract.method
        response = self.transport.send(method, url, headers, request_spec.body)
        if isinstance(response, Response):
            self.response_seconds.append(response.seconds)
        return response

    def _checked(self, request_spec: RequestSpec, response: Response | str) -> CheckedResponse:
        contract, expected_status = request_spec.contract, request_spec.expected_status
        if isinstance(response, str) or response.status < 300:
            self._charge(request_spec)
        if isinstance(response, str):
            return self._lost(request_spec, response)
        request = request_spec.request()
        if self.tolerate_outages and (reason := outage_reason(response, expected_status)):
            exchange = Exchange(request, response)
            return CheckedResponse(request_spec, exchange, (), reason)
        downloads = self.transport.fetch_all(contract.links(response))
        kept = {link: came for link, came in downloads.items() if not self._is_outage(came)}
        unfetched = next((link for link in downloads if link not in kept), None)
        exchange = Exchange(request, response, kept)
        return CheckedResponse(
            request_spec,
            exchange,
            judged(contract, exchange, expected_status),
            download_problem=unfetched and _download_problem(unfetched, downloads[unfetched]),
        )

    def _lost(self, request_spec: RequestSpec, problem: str) -> CheckedResponse:
        """Return the result of a request without a whole response, which may be an outage."""
        if self.tolerate_outages:
            return CheckedResponse(request_spec, None, (), f"no response: {problem}")
        expected, received = "a whole response", f"none: {problem}"
        finding = Finding(Level.DOCUMENTED, "/response", "response", expected, received)
        return CheckedResponse(request_spec, None, (finding,))

    def _is_outage(self, came: Response | str) -> bool:
        """Return whether a link cannot be followed just now, in contrast to a dead link."""
        if not self.tolerate_outages:
            return False
        return isinstance(came, str) or came.status == 429 or came.status >= 500

    def _charge(self, request_spec: RequestSpec) -> None:
        """Charge the budget for a response; invalid requests cost what a valid one would."""
        contract, body = request_spec.contract, parse_or_none(request_spec.body)
        fields = body if isinstance(body, dict) else {}
        count = contract.image_request(fields).count
        self.budget.charge(max(1, cost_of(contract, fields)), max(1, count))


def _download_problem(link: str, came: Response | str) -> str:
    reason = came if isinstance(came, str) else f"status {came.status}"
    return f"the image at {link} could not be fetched: {reason}"


def judged(contract: Contract, exchange: Exchange, expected_status: int) -> tuple[Finding, ...]:
    """Return what is wrong with a response that should have a status."""
    found = [f for f in contract.findings(exchange) if f.pointer.startswith("/response")]
    response = exchange.response
    if response.status == expected_status:
        return *found, *_message_findings(response)
    message = _message_of(response)
    received = str(response.status) if message is None else f"{response.status} {quote(message)}"
    wrong_status = _documented(STATUS, "status", str(expected_status), received)
    return wrong_status, *(finding for finding in found if finding.pointer != STATUS)


def _message_findings(response: Response) -> tuple[Finding, ...]:
    """Compare an error's message with the documented ones, which say how it begins."""
    errors = [e for e in error_catalog().errors.values() if e.status == response.status]
    # A note says that the error is documented, but its message is the mock's own.
    known = [error.message for error in errors if not error.project_defined and not error.note]
    message = _message_of(response)
    if not known or message is None or message.startswith(tuple(known)):
        return ()
    expected = " or ".join(quote(text) for text in known)
    return (_documented(_MESSAGE, "message", f"{expected} to begin with", quote(message)),)


def _documented(pointer: str, rule: str, expected: str, received: str) -> Finding:
    return Finding(Level.DOCUMENTED, pointer, rule, expected, received)


def outage_reason(response: Response, expected_status: int) -> str | None:
    """Return why nothing about the contract follows from a response, in the provider's words."""
    status = response.status
    if status == expected_status or (status not in _ACCOUNT_STATUSES and status < 500):
        return None
    reason = _message_of(response) or http.client.responses.get(status, "without a reason")
    return f"{status} {quote(reason)}"


def _message_of(response: Response) -> str | None:
    body = parse_or_none(response.body)
    message = body.get("message") if isinstance(body, dict) else None
    return message if isinstance(message, str) else None

"""The server under test: send requests, follow the links, and check the responses."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from mockserver.contracts import Exchange, Finding, Level, Response
from mockserver.recording.budget import Budget, cost_of
from mockserver.recording.http_client import HTTPClient
from mockserver.recording.redact import Redactor
from mockserver.recording.target import header_secrets
from mockserver.strict_json import parse_or_none
from mockserver.verify.suite.checked_response import CheckedResponse, judged, outage_reason
from mockserver.verify.suite.request_spec import KEY, RequestSpec

_KEPT_RESPONSES = 64


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

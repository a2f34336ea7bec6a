"""The server under test: send requests, follow the links, and check the responses."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from mockserver.contracts import Contract, Exchange, Finding, Level, Response
from mockserver.contracts.image_request import ImageRequest
from mockserver.contracts.samples import plain_request
from mockserver.recording.budget import Budget, cost_of
from mockserver.recording.http_client import HTTPClient
from mockserver.recording.redact import Redactor
from mockserver.recording.target import header_secrets
from mockserver.strict_json import JSON, parse_or_none
from mockserver.verify.suite.checked_response import CheckedResponse, judged, outage_reason
from mockserver.verify.suite.request_spec import KEY, Headers, RequestSpec, parse_request_spec

__all__ = ["APIClient"]

_KEPT_RESPONSES = 64


@dataclass
class APIClient:
    """A client of one server, which remembers the responses.

    :ivar base: the server's base URL, without a slash at the end.
    :ivar key: the API key.
    :ivar budget: what may be bought from it.
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
    _responses: OrderedDict[tuple[str, RequestSpec], CheckedResponse] = field(
        default_factory=OrderedDict, repr=False
    )
    _smallest: dict[str, ImageRequest] = field(default_factory=dict, repr=False)

    def send(
        self, contract: Contract, body: Mapping[str, JSON], headers: Headers = ()
    ) -> CheckedResponse:
        """Send a valid request; the same request is sent only once.

        :param headers: further headers of the request.
        :raises BudgetExceeded: when it would cost more than is left.
        """
        spec = parse_request_spec(contract, dict(sorted(body.items())), headers)
        return self._once(contract, spec, lambda: self.send_together(contract, [body], headers)[0])

    def send_together(
        self, contract: Contract, bodies: Sequence[Mapping[str, JSON]], headers: Headers = ()
    ) -> list[CheckedResponse]:
        """Send valid requests, all at the same time.

        :param headers: further headers of each request.
        :raises BudgetExceeded: when they would cost more than is left.
        """
        self.budget.require(sum(self._cost(contract, body) for body in bodies))
        specs = [parse_request_spec(contract, body, headers) for body in bodies]
        with ThreadPoolExecutor(len(specs)) as threads:
            responses = list(threads.map(self._transmit, specs))
        return [
            self._checked(contract, spec, response, contract.success)
            for spec, response in zip(specs, responses, strict=True)
        ]

    def send_invalid(
        self, contract: Contract, request_spec: RequestSpec, expected_status: int
    ) -> CheckedResponse:
        """Send a request that has to be refused with a status, once.

        :raises BudgetExceeded: when nothing is left, since such requests were answered by images.
        """

        def send() -> CheckedResponse:
            self.budget.require(0)
            response = self._transmit(request_spec)
            return self._checked(contract, request_spec, response, expected_status)

        return self._once(contract, request_spec, send)

    def hide_secrets(self, text: str) -> str:
        """Remove the key from what is printed, should a server have repeated it."""
        redactor = Redactor(*header_secrets(self.gateway_headers))
        return redactor.known(text.replace(self.key, KEY))

    def _once(
        self, contract: Contract, request_spec: RequestSpec, send: Callable[[], CheckedResponse]
    ) -> CheckedResponse:
        place = (contract.id, request_spec)
        if place not in self._responses:
            self._responses[place] = send()
            # What was paid for is kept; what is free would only fill the memory.
            while not self.budget.is_paid and len(self._responses) > _KEPT_RESPONSES:
                self._responses.popitem(last=False)
        return self._responses[place]

    def _transmit(self, request_spec: RequestSpec) -> Response | str:
        headers = request_spec.headers_with(self.key)
        url = self.base + request_spec.path
        response = self.transport.send(request_spec.method, url, headers, request_spec.body)
        if isinstance(response, Response):
            self.response_seconds.append(response.seconds)
        return response

    def _checked(
        self,
        contract: Contract,
        request_spec: RequestSpec,
        response: Response | str,
        expected_status: int,
    ) -> CheckedResponse:
        if isinstance(response, str) or response.status < 300:
            self._charge(contract, request_spec)
        tolerant = self.tolerate_outages
        if isinstance(response, str):
            return self._lost(request_spec, expected_status, response)
        if tolerant and (reason := outage_reason(response, expected_status)):
            return CheckedResponse(request_spec, expected_status, response, (), reason)
        downloads = self.transport.fetch_all(contract.links(response))
        kept = {link: came for link, came in downloads.items() if not self._is_outage(came)}
        unfetched = next((link for link in downloads if link not in kept), None)
        return CheckedResponse(
            request_spec,
            expected_status,
            response,
            judged(contract, Exchange(request_spec.request(), response, kept), expected_status),
            download_problem=unfetched and _download_problem(unfetched, downloads[unfetched]),
            downloads=kept,
        )

    def _lost(
        self, request_spec: RequestSpec, expected_status: int, problem: str
    ) -> CheckedResponse:
        """Return the result of a request without a whole response, which may be an outage."""
        if self.tolerate_outages:
            reason = f"no response: {problem}"
            return CheckedResponse(request_spec, expected_status, None, (), reason)
        expected, received = "a whole response", f"none: {problem}"
        finding = Finding(Level.DOCUMENTED, "/response", "response", expected, received)
        return CheckedResponse(request_spec, expected_status, None, (finding,))

    def _is_outage(self, came: Response | str) -> bool:
        """Return whether a link cannot be followed just now, in contrast to a dead link."""
        if not self.tolerate_outages:
            return False
        return isinstance(came, str) or came.status == 429 or came.status >= 500

    def _charge(self, contract: Contract, request_spec: RequestSpec) -> None:
        """Charge the budget for a response; invalid requests cost what a valid one would."""
        body = parse_or_none(request_spec.body)
        fields = body if isinstance(body, dict) else {}
        count = contract.image_request(fields).count
        self.budget.charge(max(1, self._cost(contract, fields)), max(1, count))

    def _cost(self, contract: Contract, body: Mapping[str, JSON]) -> int:
        if contract.id not in self._smallest:
            self._smallest[contract.id] = contract.image_request(plain_request(contract))
        return cost_of(contract.image_request(body), self._smallest[contract.id])


def _download_problem(link: str, came: Response | str) -> str:
    reason = came if isinstance(came, str) else f"status {came.status}"
    return f"the image at {link} could not be fetched: {reason}"

"""The server under test: ask it, follow its links, and judge what came."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus

from mockserver.contracts import Contract, Exchange, Response
from mockserver.contracts.samples import plain_request
from mockserver.recording.http_client import HTTPClient
from mockserver.strict_json import JSON, JSONTextError, parse
from mockserver.verify.suite.budget import Budget, cost_of
from mockserver.verify.suite.checked_response import (
    CheckedResponse,
    judged,
    nothing_came,
    outage_reason,
)
from mockserver.verify.suite.request_spec import KEY, RequestSpec, parse_request_spec

__all__ = ["Target"]

_KEPT = 64


@dataclass
class Target:
    """A server, and what was learned from it so far.

    :ivar base: its base URL, without a slash at the end.
    :ivar key: the API key.
    :ivar wallet: what may be bought from it.
    :ivar paid: whether images cost money.
    :ivar excusing: whether failures are the provider's and no findings.
    """

    base: str
    key: str = field(repr=False)
    http_client: HTTPClient
    budget: Budget
    paid: bool = False
    tolerate_outages: bool = False
    _replies: OrderedDict[tuple[str, RequestSpec], CheckedResponse] = field(
        default_factory=OrderedDict, repr=False
    )

    def ask(self, contract: Contract, body: Mapping[str, JSON]) -> CheckedResponse:
        """Order images with a valid request; the same one is made only once.

        :raises BudgetExceeded: when it would cost more than the budget has left.
        """
        request_spec = parse_request_spec(contract, dict(sorted(body.items())))
        return self._remembered(
            contract, request_spec, lambda: self.image_request(contract, [body])[0]
        )

    def send_invalid(
        self, contract: Contract, request_spec: RequestSpec, expected_status: int
    ) -> CheckedResponse:
        """Make a request that has to be refused with the status ``due``, once.

        :raises BudgetExceeded: when the budget is overspent: refusals were due, images came.
        """
        return self._remembered(
            contract, request_spec, lambda: self.send(contract, request_spec, {expected_status})
        )

    def image_request(
        self, contract: Contract, bodies: Sequence[Mapping[str, JSON]]
    ) -> list[CheckedResponse]:
        """Order images with valid requests, all at the same time.

        :raises BudgetExceeded: when they would cost more than the budget has left.
        """
        self.budget.require(sum(_cost(contract, body) for body in bodies))
        drafts = [parse_request_spec(contract, body) for body in bodies]
        with ThreadPoolExecutor(len(drafts)) as threads:
            responses = list(threads.map(self._transmit, drafts))
        expected_status = {contract.success}
        return [
            self._reply(contract, *pair, expected_status)
            for pair in zip(drafts, responses, strict=True)
        ]

    def send(
        self, contract: Contract, request_spec: RequestSpec, expected_status: set[int]
    ) -> CheckedResponse:
        """Send a request and judge the answer, which has to have one of the statuses ``due``.

        :raises BudgetExceeded: when the budget is overspent: refusals were due, images came.
        """
        self.budget.require(0)
        return self._reply(contract, request_spec, self._transmit(request_spec), expected_status)

    def hide_key(self, text: str) -> str:
        """Take the key out of what is printed, should a server have repeated it."""
        return text.replace(self.key, KEY)

    def close(self) -> None:
        self.http_client.close()

    def _remembered(
        self, contract: Contract, request_spec: RequestSpec, make: Callable[[], CheckedResponse]
    ) -> CheckedResponse:
        place = (contract.id, request_spec)
        if place not in self._replies:
            self._replies[place] = make()
            # What was paid for is kept; what is free would only fill the memory.
            while not self.paid and len(self._replies) > _KEPT:
                self._replies.popitem(last=False)
        return self._replies[place]

    def _transmit(self, request_spec: RequestSpec) -> Response | str:
        headers = request_spec.headers_with(self.key)
        return self.http_client.send(
            request_spec.method, self.base + request_spec.path, headers, request_spec.body
        )

    def _reply(
        self,
        contract: Contract,
        request_spec: RequestSpec,
        response: Response | str,
        expected_status: set[int],
    ) -> CheckedResponse:
        if isinstance(response, str):
            self._pay(contract, request_spec)
            return nothing_came(
                request_spec, expected_status, response, tolerate_outages=self.tolerate_outages
            )
        if response.status < 300:
            self._pay(contract, request_spec)
        if self.tolerate_outages and (reason := outage_reason(response, expected_status)):
            return CheckedResponse(request_spec, frozenset(expected_status), response, (), reason)
        downloads = self.http_client.fetch_all(contract.links(response))
        unseen = next(self._download_problem(downloads), None)
        kept = {link: came for link, came in downloads.items() if not self._excused(came)}
        exchange = Exchange(request_spec.request(), response, kept)
        found = judged(contract, exchange, expected_status)
        return CheckedResponse(
            request_spec, frozenset(expected_status), response, found, unseen=unseen, downloads=kept
        )

    def _download_problem(self, downloads: Mapping[str, Response | str]) -> Iterator[str]:
        for link, came in downloads.items():
            if self._excused(came):
                words = came if isinstance(came, str) else f"status {came.status}"
                yield f"the image at {link} could not be fetched: {words}"

    def _excused(self, came: Response | str) -> bool:
        """Tell a link that cannot be followed just now from a dead one, where that is excused."""
        if not self.tolerate_outages or isinstance(came, str):
            return self.tolerate_outages
        return came.status == HTTPStatus.TOO_MANY_REQUESTS or came.status >= 500

    def _pay(self, contract: Contract, request_spec: RequestSpec) -> None:
        """Book what an answer may have cost; an unlawful request is booked as what it asked for."""
        try:
            body = parse(request_spec.body)
        except JSONTextError:
            body = {}
        asked = body if isinstance(body, dict) else {}
        self.budget.charge(
            max(1, _cost(contract, asked)), max(1, contract.image_request(asked).count)
        )


def _cost(contract: Contract, body: Mapping[str, JSON]) -> int:
    return cost_of(contract.image_request(body), contract.image_request(plain_request(contract)))

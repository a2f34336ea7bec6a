"""The server under test: ask it, follow its links, and judge what came."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus

from mockserver.contracts import Contract, Exchange, Response
from mockserver.recording.http_client import Wire
from mockserver.strict_json import JSON, JSONTextError, parse
from mockserver.verify.suite.budget import Wallet, cost_of
from mockserver.verify.suite.checked_response import Reply, excuse, judged, nothing_came
from mockserver.verify.suite.parameters import plain_request
from mockserver.verify.suite.request_spec import KEY, Draft, draft_of

__all__ = ["Target"]

_KEPT = 64


@dataclass
class Target:
    """A server, and what was learned from it so far.

    :ivar base: its base URL, without a slash at the end.
    :ivar key: the API key.
    :ivar wallet: what may be bought from it.
    :ivar paid: whether pictures cost money.
    :ivar excusing: whether failures are the provider's and no findings.
    """

    base: str
    key: str = field(repr=False)
    wire: Wire
    wallet: Wallet
    paid: bool = False
    excusing: bool = False
    _replies: OrderedDict[tuple[str, Draft], Reply] = field(default_factory=OrderedDict, repr=False)

    def ask(self, contract: Contract, body: Mapping[str, JSON]) -> Reply:
        """Order pictures with a valid request; the same one is made only once.

        :raises LeftOut: when it would cost more than the budget has left.
        """
        draft = draft_of(contract, dict(sorted(body.items())))
        return self._remembered(contract, draft, lambda: self.order(contract, [body])[0])

    def provoke(self, contract: Contract, draft: Draft, due: int) -> Reply:
        """Make a request that has to be refused with the status ``due``, once.

        :raises LeftOut: when the budget is overspent: refusals were due, pictures came.
        """
        return self._remembered(contract, draft, lambda: self.send(contract, draft, {due}))

    def order(self, contract: Contract, bodies: Sequence[Mapping[str, JSON]]) -> list[Reply]:
        """Order pictures with valid requests, all at the same time.

        :raises LeftOut: when they would cost more than the budget has left.
        """
        self.wallet.require(sum(_cost(contract, body) for body in bodies))
        drafts = [draft_of(contract, body) for body in bodies]
        with ThreadPoolExecutor(len(drafts)) as threads:
            answers = list(threads.map(self._transmit, drafts))
        due = {contract.success}
        return [self._reply(contract, *pair, due) for pair in zip(drafts, answers, strict=True)]

    def send(self, contract: Contract, draft: Draft, due: set[int]) -> Reply:
        """Send a request and judge the answer, which has to have one of the statuses ``due``.

        :raises LeftOut: when the budget is overspent: refusals were due, pictures came.
        """
        self.wallet.require(0)
        return self._reply(contract, draft, self._transmit(draft), due)

    def hide_key(self, text: str) -> str:
        """Take the key out of what is printed, should a server have repeated it."""
        return text.replace(self.key, KEY)

    def close(self) -> None:
        self.wire.close()

    def _remembered(self, contract: Contract, draft: Draft, make: Callable[[], Reply]) -> Reply:
        place = (contract.id, draft)
        if place not in self._replies:
            self._replies[place] = make()
            # What was paid for is kept; what is free would only fill the memory.
            while not self.paid and len(self._replies) > _KEPT:
                self._replies.popitem(last=False)
        return self._replies[place]

    def _transmit(self, draft: Draft) -> Response | str:
        headers = draft.headers_with(self.key)
        return self.wire.send(draft.method, self.base + draft.path, headers, draft.body)

    def _reply(
        self, contract: Contract, draft: Draft, answer: Response | str, due: set[int]
    ) -> Reply:
        if isinstance(answer, str):
            self._pay(contract, draft)
            return nothing_came(draft, due, answer, excusing=self.excusing)
        if answer.status < 300:
            self._pay(contract, draft)
        if self.excusing and (reason := excuse(answer, due)):
            return Reply(draft, frozenset(due), answer, (), reason)
        downloads = {link: self.wire.fetch(link) for link in contract.links(answer)}
        unseen = next(self._unseen(downloads), None)
        kept = {link: came for link, came in downloads.items() if not self._excused(came)}
        exchange = Exchange(draft.request(), answer, kept)
        found = judged(contract, exchange, due)
        return Reply(draft, frozenset(due), answer, found, unseen=unseen, downloads=kept)

    def _unseen(self, downloads: Mapping[str, Response | str]) -> Iterator[str]:
        for link, came in downloads.items():
            if self._excused(came):
                words = came if isinstance(came, str) else f"status {came.status}"
                yield f"the picture at {link} could not be fetched: {words}"

    def _excused(self, came: Response | str) -> bool:
        """Tell a link that cannot be followed just now from a dead one, where that is excused."""
        if not self.excusing or isinstance(came, str):
            return self.excusing
        return came.status == HTTPStatus.TOO_MANY_REQUESTS or came.status >= 500

    def _pay(self, contract: Contract, draft: Draft) -> None:
        """Book what an answer may have cost; an unlawful request is booked as what it asked for."""
        try:
            body = parse(draft.body)
        except JSONTextError:
            body = {}
        asked = body if isinstance(body, dict) else {}
        self.wallet.pay(max(1, _cost(contract, asked)), max(1, contract.order(asked).count))


def _cost(contract: Contract, body: Mapping[str, JSON]) -> int:
    return cost_of(contract.order(body), contract.order(plain_request(contract)))

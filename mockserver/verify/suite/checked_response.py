"""What came back for a request, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from mockserver.contracts import Contract, Exchange, Finding, Level, Response, error_catalogue
from mockserver.contracts.finding import quote
from mockserver.strict_json import JSON, JSONTextError, parse
from mockserver.verify.suite.request_spec import Draft

__all__ = ["LEVELS", "Reply", "excuse", "judged", "nothing_came"]

LEVELS = (Level.DOCUMENTED, Level.EXPECTED, Level.MEANING)
"""The levels at which an answer can be wrong."""

_STATUS = "/response/status"
_MESSAGE = "/response/body/message"
_NOT_THE_CONTRACTS = {401, 402, 403, 429}
_NOTHING = object()


@dataclass(frozen=True, slots=True)
class Reply:
    """One request's answer, judged.

    :ivar response: the answer; None where none came whole.
    :ivar findings: what is wrong with it.
    :ivar unverified: why it tells nothing about the contract; None where it does.
    :ivar unseen: why its pictures could not be fetched just now; None where they could.
    :ivar downloads: what its links led to, by link.
    """

    draft: Draft
    due: frozenset[int]
    response: Response | None
    findings: tuple[Finding, ...]
    unverified: str | None = None
    unseen: str | None = None
    downloads: Mapping[str, Response | str] = field(default_factory=dict, repr=False)

    @property
    def arrived(self) -> bool:
        """Whether it is the kind of answer that was due, whatever its fields say."""
        response = self.response
        return response is not None and response.status in self.due and self.body is not None

    @property
    def exchange(self) -> Exchange | None:
        """The request and the answer as the contract reads them; None where none came."""
        if self.response is None:
            return None
        return Exchange(self.draft.request(), self.response, self.downloads)

    @property
    def body(self) -> JSON:
        """The parsed body; None where there is none."""
        try:
            return parse(self.response.body) if self.response else None
        except JSONTextError:
            return None

    def carries(self, pointer: str) -> bool:
        """Tell whether the body has a value at a JSON pointer; ``0`` there is an array's first."""
        node = self.body if self.response else _NOTHING
        for step in pointer.split("/")[1:]:
            if isinstance(node, list):
                node = node[0] if node else _NOTHING
            else:
                node = node.get(step, _NOTHING) if isinstance(node, dict) else _NOTHING
        return node is not _NOTHING


def nothing_came(draft: Draft, due: set[int], reason: str, *, excusing: bool) -> Reply:
    """Judge an answer that never came whole: on a far service that may be the network's fault."""
    if excusing:
        return Reply(draft, frozenset(due), None, (), f"no answer: {reason}")
    finding = Finding(Level.DOCUMENTED, "/response", "answer", "a whole answer", f"none: {reason}")
    return Reply(draft, frozenset(due), None, (finding,))


def judged(contract: Contract, exchange: Exchange, due: set[int]) -> tuple[Finding, ...]:
    """Find what is wrong with an answer that has to have one of the statuses ``due``."""
    found = [f for f in contract.findings(exchange) if f.pointer.startswith("/response")]
    response = exchange.response
    if response.status not in due:
        rest = [finding for finding in found if finding.pointer != _STATUS]
        wanted = " or ".join(str(status) for status in sorted(due))
        return _documented(_STATUS, "status", wanted, _status_words(response)), *rest
    return *found, *_message_findings(response)


def _message_findings(response: Response) -> tuple[Finding, ...]:
    """Hold a refusal's message to the documented ones, which all say how it begins."""
    errors = [e for e in error_catalogue().errors.values() if e.status == response.status]
    # A note says that the refusal is documented, but its message is the mock's own.
    known = [error.message for error in errors if not error.ours and not error.note]
    message = message_of(response)
    if not known or message is None or message.startswith(tuple(known)):
        return ()
    wanted = " or ".join(quote(text) for text in known)
    return (_documented(_MESSAGE, "message", f"{wanted} to begin with", quote(message)),)


def _documented(at: str, rule: str, expected: str, received: str) -> Finding:
    return Finding(Level.DOCUMENTED, at, rule, expected, received)


def _status_words(response: Response) -> str:
    message = message_of(response)
    return str(response.status) if message is None else f"{response.status} {quote(message)}"


def excuse(response: Response, due: set[int]) -> str | None:
    """Say why an answer tells nothing about the contract, in the provider's words."""
    if response.status in due:
        return None
    if response.status not in _NOT_THE_CONTRACTS and response.status < 500:
        return None
    return f"{response.status} {quote(message_of(response) or _reason(response.status))}"


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "without a reason"


def message_of(response: Response) -> str | None:
    """Take the ``message`` out of an error body, if it is one."""
    try:
        body = parse(response.body)
    except JSONTextError:
        return None
    message = body.get("message") if isinstance(body, dict) else None
    return message if isinstance(message, str) else None

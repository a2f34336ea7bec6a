"""What came back for a request, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from mockserver.contracts import Contract, Exchange, Finding, Level, Response, error_catalog
from mockserver.contracts.finding import quote
from mockserver.contracts.refs import resolve
from mockserver.strict_json import JSON, JSONTextError, parse
from mockserver.verify.suite.request_spec import RequestSpec

__all__ = ["LEVELS", "CheckedResponse", "judged", "nothing_came", "outage_reason"]

LEVELS = (Level.DOCUMENTED, Level.CLIENT_REQUIRED, Level.SEMANTIC)
"""The levels at which an answer can be wrong."""

_STATUS = "/response/status"
_MESSAGE = "/response/body/message"
_NOT_THE_CONTRACTS = {401, 402, 403, 429}


@dataclass(frozen=True, slots=True)
class CheckedResponse:
    """One request's answer, judged.

    :ivar response: the answer; None where none came whole.
    :ivar findings: what is wrong with it.
    :ivar unverified: why it tells nothing about the contract; None where it does.
    :ivar unseen: why its images could not be fetched just now; None where they could.
    :ivar downloads: what its links led to, by link.
    """

    request_spec: RequestSpec
    expected_status: frozenset[int]
    response: Response | None
    findings: tuple[Finding, ...]
    unverified: str | None = None
    unseen: str | None = None
    downloads: Mapping[str, Response | str] = field(default_factory=dict, repr=False)

    @property
    def has_expected_status(self) -> bool:
        """Whether it is the kind of answer that was due, whatever its fields say."""
        response = self.response
        return (
            response is not None
            and response.status in self.expected_status
            and self.body is not None
        )

    @property
    def exchange(self) -> Exchange | None:
        """The request and the answer as the contract reads them; None where none came."""
        if self.response is None:
            return None
        return Exchange(self.request_spec.request(), self.response, self.downloads)

    @property
    def body(self) -> JSON:
        """The parsed body; None where there is none."""
        try:
            return parse(self.response.body) if self.response else None
        except JSONTextError:
            return None

    def carries(self, pointer: str) -> bool:
        """Return whether the body has a value at a JSON pointer."""
        try:
            resolve(self.body, pointer)
        except LookupError:
            return False
        return self.response is not None


def nothing_came(
    request_spec: RequestSpec, expected_status: set[int], reason: str, *, tolerate_outages: bool
) -> CheckedResponse:
    """Judge an answer that never came whole: on a far service that may be the network's fault."""
    if tolerate_outages:
        return CheckedResponse(
            request_spec, frozenset(expected_status), None, (), f"no answer: {reason}"
        )
    finding = Finding(Level.DOCUMENTED, "/response", "answer", "a whole answer", f"none: {reason}")
    return CheckedResponse(request_spec, frozenset(expected_status), None, (finding,))


def judged(
    contract: Contract, exchange: Exchange, expected_status: set[int]
) -> tuple[Finding, ...]:
    """Find what is wrong with an answer that has to have one of the statuses ``due``."""
    found = [f for f in contract.findings(exchange) if f.pointer.startswith("/response")]
    response = exchange.response
    if response.status not in expected_status:
        rest = [finding for finding in found if finding.pointer != _STATUS]
        filters = " or ".join(str(status) for status in sorted(expected_status))
        return _documented(_STATUS, "status", filters, _status_words(response)), *rest
    return *found, *_message_findings(response)


def _message_findings(response: Response) -> tuple[Finding, ...]:
    """Hold a refusal's message to the documented ones, which all say how it begins."""
    errors = [e for e in error_catalog().errors.values() if e.status == response.status]
    # A note says that the refusal is documented, but its message is the mock's own.
    known = [error.message for error in errors if not error.project_defined and not error.note]
    message = message_of(response)
    if not known or message is None or message.startswith(tuple(known)):
        return ()
    filters = " or ".join(quote(text) for text in known)
    return (_documented(_MESSAGE, "message", f"{filters} to begin with", quote(message)),)


def _documented(at: str, rule: str, expected: str, received: str) -> Finding:
    return Finding(Level.DOCUMENTED, at, rule, expected, received)


def _status_words(response: Response) -> str:
    message = message_of(response)
    return str(response.status) if message is None else f"{response.status} {quote(message)}"


def outage_reason(response: Response, expected_status: set[int]) -> str | None:
    """Say why an answer tells nothing about the contract, in the provider's words."""
    if response.status in expected_status:
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

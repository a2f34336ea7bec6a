"""The response to a request, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from http.client import responses

from mockserver.contracts import Contract, Exchange, Finding, Level, Response, error_catalog
from mockserver.contracts.finding import quote
from mockserver.contracts.refs import is_present
from mockserver.strict_json import JSON, parse_or_none
from mockserver.verify.suite.request_spec import RequestSpec

_STATUS = "/response/status"
_MESSAGE = "/response/body/message"
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

    def has_field(self, pointer: str) -> bool:
        return self.exchange is not None and is_present(self.body, pointer)


def judged(contract: Contract, exchange: Exchange, expected_status: int) -> tuple[Finding, ...]:
    """Return what is wrong with a response that should have a status."""
    found = [f for f in contract.findings(exchange) if f.pointer.startswith("/response")]
    response = exchange.response
    if response.status == expected_status:
        return *found, *_message_findings(response)
    message = message_of(response)
    received = str(response.status) if message is None else f"{response.status} {quote(message)}"
    wrong_status = _documented(_STATUS, "status", str(expected_status), received)
    return wrong_status, *(finding for finding in found if finding.pointer != _STATUS)


def _message_findings(response: Response) -> tuple[Finding, ...]:
    """Compare an error's message with the documented ones, which say how it begins."""
    errors = [e for e in error_catalog().errors.values() if e.status == response.status]
    # A note says that the error is documented, but its message is the mock's own.
    known = [error.message for error in errors if not error.project_defined and not error.note]
    message = message_of(response)
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
    reason = message_of(response) or responses.get(status, "without a reason")
    return f"{status} {quote(reason)}"


def message_of(response: Response) -> str | None:
    body = parse_or_none(response.body)
    message = body.get("message") if isinstance(body, dict) else None
    return message if isinstance(message, str) else None

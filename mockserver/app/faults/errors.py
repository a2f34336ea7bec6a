"""Faults that respond with an error: the documented ones, and other error formats."""

from __future__ import annotations

import json
from http import HTTPStatus

from mockserver.app.faults.base import FaultBehavior, FaultContext
from mockserver.contracts import ErrorDefinition, error_catalog
from mockserver.contracts.error_catalog import timestamp
from mockserver.contracts.response_template import MockResponse
from mockserver.errors import APIError

__all__ = ["HTMLPage", "ProblemJSON", "documented_errors"]


class _DocumentedError(FaultBehavior):
    """One documented error, with further headers if given."""

    error: ErrorDefinition
    takes = ("headers", "seconds")

    def before_response(self, fault_context: FaultContext) -> MockResponse | None:
        """Refuse the request with the documented body."""
        fault_context.sleep(fault_context.seconds)
        error = fault_context.errors[self.error.name]
        raise APIError(error.status, error.message, self.fault.options.get("headers"))


def documented_errors() -> dict[str, type[FaultBehavior]]:
    """Return a fault for every error that the provider documents, by name."""
    return {
        error.name: type(
            error.name, (_DocumentedError,), {"error": error, "summary": _summary(error)}
        )
        for error in error_catalog().errors.values()
        if not error.project_defined
    }


def _summary(error: ErrorDefinition) -> str:
    return f"{error.status}: {error.message.splitlines()[0]}"


class ProblemJSON(FaultBehavior):
    """The error format that public client code of 2026 reads, and no page documents."""

    summary = "403 in the other error dialect of 2026: application/problem+json"
    takes = ("headers",)

    def before_response(self, fault_context: FaultContext) -> MockResponse | None:
        """Return a response in the other error format."""
        message = "You've run out of funds."
        title = HTTPStatus.FORBIDDEN.phrase
        body = {
            "title": title,
            "status": HTTPStatus.FORBIDDEN,
            "instance": fault_context.path,
            "message": message,
            "requestId": fault_context.request_id,
            "timestamp": timestamp(fault_context.now),
            "error": {"name": title, "message": message},
        }
        headers = self.fault.options.get("headers", {})
        pieces = [json.dumps(body).encode()]
        return MockResponse(HTTPStatus.FORBIDDEN, pieces, "application/problem+json", headers)


class HTMLPage(FaultBehavior):
    """A gateway's own page instead of the service's response."""

    summary = "502 with an HTML page, as a gateway sends when the service is away"
    takes = ("headers",)
    page = b"<!doctype html>\n<title>502 Bad Gateway</title>\n<h1>502 Bad Gateway</h1>\n"

    def before_response(self, fault_context: FaultContext) -> MockResponse | None:
        """Return a page that is no JSON."""
        return MockResponse(
            HTTPStatus.BAD_GATEWAY, [self.page], "text/html", self.fault.options.get("headers", {})
        )

"""Faults that respond with an error: the documented ones, and other error formats."""

from __future__ import annotations

import json
from functools import partial
from http import HTTPStatus
from typing import NoReturn

from mockserver.app.faults.base import FaultContext, FaultKind
from mockserver.contracts import default_catalog, error_catalog
from mockserver.contracts.error_catalog import timestamp, unknown_model
from mockserver.contracts.response_template import MockResponse
from mockserver.errors import APIError

__all__ = ["documented_errors", "html_page", "model_withdrawn", "problem_json"]

_PAGE = b"<!doctype html>\n<title>502 Bad Gateway</title>\n<h1>502 Bad Gateway</h1>\n"


def documented_errors() -> dict[str, FaultKind]:
    """Return a fault for every error that the provider documents, by name."""
    return {
        error.name: FaultKind(
            f"{error.status}: {error.message.splitlines()[0]}",
            takes=("headers", "seconds"),
            before_response=partial(_raise, error.name),
        )
        for error in error_catalog().errors.values()
        if not error.project_defined
    }


def _raise(name: str, fault_context: FaultContext) -> NoReturn:
    fault_context.sleep(fault_context.seconds)
    error = fault_context.errors[name]
    raise APIError(error.status, error.message, fault_context.options.get("headers"))


def model_withdrawn(fault_context: FaultContext) -> None:
    """Refuse the model as one that is not offered, in favour of those that are.

    The provider does not document its answer to a withdrawn id. It documents the 400 for a value
    that a parameter no longer lists, and the 404 for an endpoint, which is still there.
    """
    if model := fault_context.model:
        contracts = default_catalog().select().values()
        offered = [c.model for c in contracts if "withdrawn" not in c.about and c.model != model]
        raise unknown_model(model, offered)


def problem_json(fault_context: FaultContext) -> MockResponse:
    """Return the error format that public client code of 2026 reads, and no page documents."""
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
    headers = fault_context.options.get("headers", {})
    pieces = [json.dumps(body).encode()]
    return MockResponse(HTTPStatus.FORBIDDEN, pieces, "application/problem+json", headers)


def html_page(fault_context: FaultContext) -> MockResponse:
    """Return a gateway's own page instead of the service's response."""
    headers = fault_context.options.get("headers", {})
    return MockResponse(HTTPStatus.BAD_GATEWAY, [_PAGE], "text/html", headers)

"""Faults that respond with an error: the documented ones, and other error formats."""

from __future__ import annotations

import http.client
import json
from functools import partial
from http import HTTPStatus

from mockserver.app.faults.fault import FaultContext, FaultKind
from mockserver.contracts import error_catalog
from mockserver.contracts.error_catalog import timestamp, unknown_model
from mockserver.contracts.response_template import MockResponse
from mockserver.errors import APIError
from mockserver.strict_json import JSON, parse_or_none

ERROR_OPTIONS = ("headers", "seconds", "message", "body")
"""The options of every error."""

GATEWAY_PAGE = "<!doctype html>\n<title>502 Bad Gateway</title>\n<h1>502 Bad Gateway</h1>\n"


def documented_errors() -> dict[str, FaultKind]:
    """Return a fault for every error that the provider documents, by name."""
    return {
        error.name: FaultKind(
            f"{error.status}: {error.message.splitlines()[0]}",
            takes=ERROR_OPTIONS,
            before_response=partial(_documented, error.name),
        )
        for error in error_catalog().errors.values()
        if not error.project_defined
    }


def _documented(name: str, fault_context: FaultContext) -> MockResponse:
    error = fault_context.errors[name]
    return respond(error.status, error.message, fault_context)


def any_status(fault_context: FaultContext) -> MockResponse:
    """Return an error with the status that the fault's options choose."""
    status = fault_context.options["status"]
    return respond(status, http.client.responses.get(status, f"Error {status}"), fault_context)


def respond(
    status: int, message: str, fault_context: FaultContext, body: str | None = None
) -> MockResponse:
    """Wait, then return the error whose body the fault's options choose.

    :param message: the message unless the options have one.
    :param body: the body unless the options have one; None is the documented one.
    :raises APIError: when the body is the documented one.
    """
    options = fault_context.options
    fault_context.sleep(fault_context.seconds)
    if "body" not in options and body is None:
        raise APIError(status, options.get("message", message), options.get("headers"))
    media_type, text = text_of(options.get("body", body))
    return MockResponse(status, [text.encode()], media_type, options.get("headers", {}))


def text_of(body: JSON) -> tuple[str, str]:
    """Return the media type and the text of a body that is text or JSON."""
    if not isinstance(body, str):
        return "application/json", json.dumps(body)
    if parse_or_none(body.encode()) is not None:
        return "application/json", body
    return "text/html" if body.lstrip().startswith("<") else "text/plain", body


def model_withdrawn(fault_context: FaultContext) -> MockResponse | None:
    """Refuse the model as one that is not offered, in favour of those that are.

    The provider does not document its response to a withdrawn id. It documents the 400 for a value
    that a parameter no longer lists, and the 404 for an endpoint, which is still there.
    """
    model = fault_context.model
    if model is None:
        return None
    served = fault_context.contracts.items()
    offered = [name for name, each in served if not each.withdrawn and name != model]
    error = unknown_model(model, offered, fault_context.errors)
    return respond(error.status, error.message, fault_context)


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

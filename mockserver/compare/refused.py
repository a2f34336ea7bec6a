"""Tell a refusal from an answer: refusals are the same in every contract and identify none."""

from __future__ import annotations

import json

from mockserver.contracts import ErrorCatalog, ErrorDefinition, Response
from mockserver.strict_json import JSON

__all__ = ["api_error_of"]

_HEADERS = {"Content-Type": "application/json"}


def api_error_of(errors: ErrorCatalog, body: JSON, status: int | None) -> ErrorDefinition | None:
    """Name the error that a body is, or None when it is an answer.

    Where the status is not known, only the documented error body is taken for a refusal.

    :return: the known error of that status and message; one without a name when it is not known.
    """
    if status is not None and status < 400:
        return None
    if status is None and not _documented(errors, body):
        return None
    message = str(body.get("message", "")) if isinstance(body, dict) else ""
    code = status if status is not None else int(body["statusCode"])
    same = [error for error in errors.errors.values() if error.status == code]
    named = [error for error in same if message.startswith(error.message)]
    return next(iter(named), ErrorDefinition("", code, message, "It is not documented."))


def _documented(errors: ErrorCatalog, body: JSON) -> bool:
    code = body.get("statusCode") if isinstance(body, dict) else None
    if not str(code).isdecimal():
        return False
    response = Response(int(str(code)), _HEADERS, json.dumps(body).encode())
    return not errors.findings(response)

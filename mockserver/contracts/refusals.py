"""The documented error body, and the words of a refusal."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import uuid4

from mockserver.contracts import ErrorCatalog, Finding, error_catalog
from mockserver.contracts.finding import quote
from mockserver.errors import APIError

__all__ = ["REQUEST_ID", "api_error", "error_body", "timestamp", "validation_message"]

REQUEST_ID = "X-Request-Id"
"""Ours: the header that repeats the error body's ``requestId``."""

_MOST_LINES = 20


def timestamp(now: float) -> str:
    """Write a moment as the error body does: ISO 8601 in UTC, with milliseconds.

    :param now: seconds since 1970-01-01 UTC.
    """
    return (
        datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )


def error_body(
    status: int, message: str, path: str, request_id: str | None = None, now: float | None = None
) -> bytes:
    """Write the documented error body as JSON text.

    :param request_id: the request's UUID; a fresh one unless given.
    :param now: seconds since 1970-01-01 UTC; this moment unless given.
    """
    body = {
        "message": message,
        "path": path,
        "requestId": request_id or str(uuid4()),
        "statusCode": status,
        "timestamp": timestamp(datetime.now(UTC).timestamp() if now is None else now),
    }
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


def api_error(name: str, *details: str, errors: ErrorCatalog | None = None) -> APIError:
    """Make the refusal that the error catalog calls ``name``, with further lines of our own.

    :param errors: those of a contract; the newest messages unless given.
    """
    error = (errors or error_catalog())[name]
    return APIError(error.status, "\n".join([error.message, *details]))


def validation_message(findings: Iterable[Finding]) -> list[str]:
    """Name every bad field of a request, a line each, in the documents' style."""
    lines = [_line(finding) for finding in findings]
    more = len(lines) - _MOST_LINES
    return [*lines[:_MOST_LINES], f"and {more} more"] if more > 0 else lines


def _line(finding: Finding) -> str:
    field = finding.pointer.removeprefix("/request/body").removeprefix("/").replace("/", ".")
    where = f"{quote(field)[1:-1]}: " if field else ""
    prefix = "Invalid enum value. " if finding.rule == "enum" else ""
    return f"{where}{prefix}Expected {finding.expected}, received {finding.received}"

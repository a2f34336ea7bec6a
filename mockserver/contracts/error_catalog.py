"""The API errors: their catalog, and how their bodies are written and checked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

from mockserver.contracts.exchange import REQUEST_BODY, RESPONSE_BODY, Response, read_json
from mockserver.contracts.finding import Finding, Level, first_lines, quote
from mockserver.contracts.json_schema import Schema, validator
from mockserver.contracts.messages import expectation, findings_from_errors, nearest
from mockserver.contracts.schema_loader import read_checked, read_schema
from mockserver.errors import APIError, ContractError
from mockserver.paths import SCHEMAS

REQUEST_ID = "X-Request-Id"
"""The project-defined header that repeats the error body's ``requestId``."""

_MAX_LINES = 20
"""How many invalid fields one error message names."""

_MAX_IDS = 5
"""How many model ids the error for an unknown one names."""

LATEST = "9999-12-31"
"""A date after every revision."""


class ErrorDefinition(NamedTuple):
    """An API error: its HTTP status, its message, and when a client receives it.

    :ivar since: the date from which the message is documented; empty where it is not known.
    :ivar until: the date from which it is replaced; empty where it is not.
    :ivar project_defined: whether the provider does not document the error.
    """

    name: str
    status: int
    message: str
    when: str
    since: str = ""
    until: str = ""
    project_defined: bool = False
    note: str = ""


class ErrorCatalog:
    """All API errors by name, and the check of the body that they share."""

    def __init__(self, errors: Mapping[str, ErrorDefinition], schema: Schema) -> None:
        self.errors = errors
        self.schema = schema
        self._validator = validator(schema)

    def __getitem__(self, name: str) -> ErrorDefinition:
        return self.errors[name]

    @property
    def documented(self) -> frozenset[int]:
        """The statuses that the provider documents."""
        return frozenset(e.status for e in self.errors.values() if not e.project_defined)

    def findings(self, response: Response) -> list[Finding]:
        """Check an error's body: the documented fields, and the status in it."""
        body, found = read_json(response)
        if found:
            return found
        errors = self._validator.iter_errors(body)
        found = findings_from_errors(errors, Level.DOCUMENTED, RESPONSE_BODY)
        status = body.get("statusCode") if isinstance(body, dict) else None
        if status is not None and str(status) != str(response.status):
            where, expected = f"{RESPONSE_BODY}/statusCode", f"{response.status}, the actual status"
            found.append(Finding(Level.SEMANTIC, where, "status-code", expected, quote(status)))
        return found


@cache
def error_catalog(schemas: Path = SCHEMAS, date: str = LATEST) -> ErrorCatalog:
    """Return every error with the message that the provider documents on a date.

    :param date: in ISO 8601. Where no message is known as early, the earliest one stands in.
    :raises ContractError: when ``errors.json`` or ``error.schema.json`` is not what it must be.
    """
    definitions, schema = _read(schemas)
    errors: dict[str, ErrorDefinition] = {}
    for error in definitions:
        if error.name not in errors or error.since <= date:
            errors[error.name] = error
    return ErrorCatalog(errors, schema)


@cache
def _read(schemas: Path) -> tuple[list[ErrorDefinition], Schema]:
    file = schemas / "errors.json"
    known: dict[str, ErrorDefinition] = {}
    definitions = []
    for i, entry in enumerate(read_checked(file, schemas / "errors.schema.json")["errors"]):
        error = ErrorDefinition(**entry)
        if error.name in known and (not error.since or known[error.name].until != error.since):
            raise ContractError(file, f"/errors/{i}/name", f"{error.name} is there already")
        known[error.name] = error
        definitions.append(error)
    return definitions, read_schema(schemas / "error.schema.json")


def api_error(name: str, *details: str, errors: ErrorCatalog | None = None) -> APIError:
    """Return the error that the catalog calls ``name``, with further lines in its message.

    :param errors: those of a contract; the newest messages unless given.
    """
    error = (errors or error_catalog())[name]
    return APIError(error.status, "\n".join([error.message, *details]))


def unknown_model(model: str, known: Iterable[str], errors: ErrorCatalog | None = None) -> APIError:
    """Return the error for a model that is not offered; it names those that are spelled alike.

    :param known: the ids of the models that are offered.
    :param errors: those of a contract; the newest messages unless given.
    """
    ids = nearest(model, known)
    expected = expectation("enum", ids[:_MAX_IDS])
    wrong = Finding(Level.DOCUMENTED, f"{REQUEST_BODY}/model", "enum", expected, quote(model))
    more = len(ids) - _MAX_IDS
    rest = [f"and {more} more: GET /v1/models lists them"] if more > 0 else []
    return api_error("validation", *validation_message([wrong]), *rest, errors=errors)


def error_body(status: int, message: str, path: str, request_id: str, now: float) -> bytes:
    """Return the documented error body as JSON text.

    :param request_id: the request's UUID.
    :param now: seconds since 1970-01-01 UTC.
    """
    body = {
        "message": message,
        "path": path,
        "requestId": request_id,
        "statusCode": status,
        "timestamp": timestamp(now),
    }
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


def timestamp(now: float) -> str:
    """Return a time as the error body writes it: ISO 8601 in UTC, with milliseconds.

    :param now: seconds since 1970-01-01 UTC.
    """
    text = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def validation_message(findings: Iterable[Finding]) -> list[str]:
    """Return a line for each invalid field of a request, in the documents' style."""
    return first_lines([_line(finding) for finding in findings], _MAX_LINES)


def _line(finding: Finding) -> str:
    field = finding.pointer.removeprefix(REQUEST_BODY).removeprefix("/").replace("/", ".")
    where = f"{quote(field)[1:-1]}: " if field else ""
    prefix = "Invalid enum value. " if finding.rule == "enum" else ""
    return f"{where}{prefix}Expected {finding.expected}, received {finding.received}"

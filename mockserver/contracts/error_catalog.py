"""The error catalog: every documented refusal, and the shape of its body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from mockserver.contracts.exchange import Response
from mockserver.contracts.finding import Finding, Level, quote
from mockserver.contracts.messages import findings_from_errors
from mockserver.contracts.schema_loader import Schema, read_checked, read_schema, validator
from mockserver.errors import ContractError
from mockserver.paths import SCHEMAS
from mockserver.strict_json import JSONTextError, parse

__all__ = ["BODY", "LATEST", "ErrorCatalog", "ErrorDefinition", "error_catalog", "parsed_json"]

BODY = "/response/body"
LATEST = "9999-12-31"
"""A date after every revision."""


@dataclass(frozen=True, slots=True)
class ErrorDefinition:
    """One way of being refused: the HTTP status, the message, and when a caller meets it.

    ``ours`` is true where the provider documents no such refusal. ``since`` and ``until`` are the
    dates between which the message is documented; empty where they are not known.
    """

    name: str
    status: int
    message: str
    when: str
    since: str = ""
    until: str = ""
    ours: bool = False
    note: str = ""


class ErrorCatalog:
    """Every known error by name, and the check of the body that all of them share."""

    def __init__(self, errors: Mapping[str, ErrorDefinition], schema: Schema) -> None:
        self.errors = errors
        self.schema = schema
        self._validator = validator(schema)

    def __getitem__(self, name: str) -> ErrorDefinition:
        return self.errors[name]

    @property
    def documented(self) -> frozenset[int]:
        """The statuses that the provider documents."""
        return frozenset(error.status for error in self.errors.values() if not error.ours)

    def findings(self, response: Response) -> list[Finding]:
        """Check a refusal's body: the documented fields, and the status once more."""
        body, found = parsed_json(response)
        if found:
            return found
        found = findings_from_errors(self._validator.iter_errors(body), Level.DOCUMENTED, BODY)
        status = body.get("statusCode") if isinstance(body, dict) else None
        if status is not None and str(status) != str(response.status):
            at = f"{BODY}/statusCode"
            filters = f"{response.status}, the answer's own status"
            found.append(Finding(Level.SEMANTIC, at, "status-code", filters, quote(status)))
        return found


def parsed_json(response: Response) -> tuple[Any, list[Finding]]:
    """Parse an answer's body, or say what is wrong with it."""
    found = []
    if response.media_type != "application/json":
        received = quote(response.headers.get("content-type", ""))
        at = "/response/headers/content-type"
        found.append(Finding(Level.DOCUMENTED, at, "content-type", "application/json", received))
    try:
        return parse(response.body), found
    except JSONTextError as error:
        text = quote(response.body[:200].decode(errors="replace"))
        return None, [
            *found,
            Finding(Level.DOCUMENTED, BODY, "json", "a JSON text", f"{text}: {error}"),
        ]


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

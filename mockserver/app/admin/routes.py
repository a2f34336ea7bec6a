"""The routes of the admin API, made from its document.

Each operation of ``schemas/admin.openapi.json`` is a method of :class:`Operations`, called with
arguments that have been held against the document's schemas.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, request
from jsonschema import Draft202012Validator

from mockserver.app.admin.access import check_caller
from mockserver.app.admin.operations import Operations
from mockserver.app.state import State
from mockserver.contracts.error_catalog import api_error, validation_message
from mockserver.contracts.finding import Level
from mockserver.contracts.messages import findings_from_errors
from mockserver.contracts.refs import inlined
from mockserver.contracts.schema_loader import validator
from mockserver.errors import SettingsError
from mockserver.paths import SCHEMAS
from mockserver.strict_json import JSON, JSONTextError, parse

__all__ = ["PREFIX", "admin_blueprint"]

PREFIX = "/__admin"


def admin_blueprint(state: State) -> Blueprint:
    """Make the admin API of a mock."""
    blueprint = Blueprint("admin", __name__, url_prefix=PREFIX)
    document = inlined(SCHEMAS / "admin.openapi.json")
    operations = Operations(state)

    def openapi() -> Response:
        return _json_response(document)

    blueprint.before_request(lambda: check_caller(request, state.settings))
    blueprint.add_url_rule("/openapi.json", view_func=openapi)
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            blueprint.add_url_rule(
                path.removeprefix(PREFIX).replace("{", "<").replace("}", ">"),
                described["operationId"],
                _Operation(described, operations),
                methods=[method.upper()],
            )
    return blueprint


class _Operation:
    """One operation: its document, its arguments' checks, and what does it."""

    def __init__(self, described: Mapping[str, Any], operations: Operations) -> None:
        self._run: Callable[..., JSON] = getattr(operations, described["operationId"])
        parameters = described.get("parameters", [])
        self._query = {p["name"]: p["schema"] for p in parameters if p["in"] == "query"}
        content = described.get("requestBody", {}).get("content", {})
        self._body = content["application/json"]["schema"] if content else None
        self._optional = not described.get("requestBody", {}).get("required", False)
        self._status = int(next(iter(described["responses"])))
        shape = {"type": "object", "properties": self._query, "additionalProperties": False}
        self._query_validator = validator(shape)
        self._body_validator = validator(self._body) if self._body else None

    def __call__(self, **path: str) -> Response:
        arguments = {**path, **self._query_arguments(), **self._body_arguments()}
        try:
            return _json_response(self._run(**arguments), self._status)
        except SettingsError as error:
            raise api_error("validation", str(error)) from None

    def _query_arguments(self) -> dict[str, JSON]:
        given = {
            name: int(text) if _is_whole(text, self._query.get(name, {})) else text
            for name, text in request.args.items()
        }
        _check(self._query_validator, given)
        return given

    def _body_arguments(self) -> dict[str, JSON]:
        if self._body is None or self._body_validator is None:
            return {}
        text = request.get_data(cache=False)
        if not text and self._optional:
            return {}
        try:
            given = parse(text)
        except JSONTextError as error:
            raise api_error("validation", str(error)) from None
        _check(self._body_validator, given)
        fields = self._body.get("properties", {})
        defaults = {name: f["default"] for name, f in fields.items() if "default" in f}
        return {**defaults, **given}


def _is_whole(text: str, schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "integer" and bool(re.fullmatch(r"\d{1,9}", text, re.ASCII))


def _check(schema: Draft202012Validator, given: JSON) -> None:
    found = findings_from_errors(schema.iter_errors(given), Level.DOCUMENTED, "/request/body")
    if found:
        raise api_error("validation", *validation_message(found))


def _json_response(value: JSON, status: int = 200) -> Response:
    return Response(json.dumps(value, indent=2) + "\n", status=status, mimetype="application/json")

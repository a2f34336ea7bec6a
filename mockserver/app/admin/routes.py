"""The routes of the admin API; its document validates their arguments."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from flask import Blueprint, Response, request
from jsonschema import Draft202012Validator

from mockserver.app.admin.access import check_caller
from mockserver.app.admin.console_operations import ConsoleOperations
from mockserver.app.admin.operations import Operations
from mockserver.app.matching import whole_numbers
from mockserver.app.state import State
from mockserver.contracts.allof import flattened
from mockserver.contracts.error_catalog import api_error, validation_message
from mockserver.contracts.finding import Level
from mockserver.contracts.json_schema import Schema, validator
from mockserver.contracts.messages import findings_from_errors
from mockserver.contracts.refs import inlined
from mockserver.errors import SettingsError
from mockserver.paths import SCHEMAS
from mockserver.strict_json import JSON, JSONTextError, parse

PREFIX = "/__admin"

_MAX_BODY_BYTES = 64 * 1024 * 1024
"""The largest body; the rules in it may hold images."""


def admin_blueprint(state: State) -> Blueprint:
    """Return the admin API of a mock."""
    blueprint = Blueprint("admin", __name__, url_prefix=PREFIX)
    blueprint.before_request(lambda: check_caller(request, state.settings))
    blueprint.add_url_rule("/openapi.json", view_func=lambda: _json_response(_document()))
    for (method, path), handler in _handlers(state).items():
        rule = path.replace("{", "<").replace("}", ">")
        view = partial(_call, method, path, handler)
        blueprint.add_url_rule(rule, handler.__name__, view, methods=[method])
    return blueprint


@cache
def _document() -> dict[str, Any]:
    return inlined(SCHEMAS / "admin.openapi.json")


def _handlers(state: State) -> Mapping[tuple[str, str], Callable[..., Any]]:
    operations, console = Operations(state), ConsoleOperations(state)
    return {
        ("GET", "/settings"): operations.show_settings,
        ("GET", "/faults"): operations.list_faults,
        ("GET", "/faults/kinds"): operations.list_fault_kinds,
        ("POST", "/faults"): operations.add_fault,
        ("DELETE", "/faults"): operations.remove_faults,
        ("PUT", "/scenario"): operations.set_scenario,
        ("GET", "/scenarios"): operations.list_scenarios,
        ("GET", "/tenants"): operations.list_tenants,
        ("GET", "/rules"): operations.list_rules,
        ("POST", "/rules"): operations.add_rule,
        ("PUT", "/rules"): operations.set_rules,
        ("DELETE", "/rules"): operations.remove_rules,
        ("GET", "/limits"): operations.show_limits,
        ("PUT", "/limits"): operations.set_limits,
        ("GET", "/credits"): operations.show_credits,
        ("PUT", "/credits"): operations.set_credits,
        ("GET", "/contracts"): console.list_contracts,
        ("PUT", "/contracts"): operations.use_contract,
        ("GET", "/contracts/schemas"): console.show_contract,
        ("GET", "/contracts/diff"): console.compare_contracts,
        ("PUT", "/clock"): operations.set_clock,
        ("GET", "/requests"): operations.list_requests,
        ("DELETE", "/requests"): operations.forget_requests,
        ("GET", "/requests/count"): operations.count_requests,
        ("GET", "/requests/feed"): operations.read_feed,
        ("GET", "/journal.har"): operations.export_har,
        ("GET", "/requests/{id}"): operations.show_request,
        ("GET", "/requests/{id}/response"): operations.show_response,
        ("GET", "/requests/{id}/images/{index}"): console.show_image,
        ("POST", "/requests/wait"): operations.wait_for_requests,
        ("POST", "/requests/verify"): operations.verify_requests,
        ("POST", "/reset"): operations.reset,
    }


def _call(method: str, path: str, handler: Callable[..., Any], **ids: str) -> Response:
    operation = _operation(method, path)
    arguments = {**ids, **operation.query_arguments(), **operation.body_arguments()}
    try:
        result = handler(**arguments)
    except SettingsError as error:
        raise api_error("validation", str(error)) from None
    return result if isinstance(result, Response) else _json_response(result, operation.status)


@cache
def _operation(method: str, path: str) -> _Operation:
    """Return a documented operation; read when it is first called, not when the mock starts."""
    return _Operation(_document()["paths"][PREFIX + path][method.lower()])


class _Operation:
    """What the document says of one operation: its status, and the schemas of its arguments."""

    def __init__(self, operation: Mapping[str, Any]) -> None:
        self.status = int(next(iter(operation["responses"])))
        self._query = _query_schema(operation.get("parameters", []))
        self._query_validator = validator(self._query)
        body = operation.get("requestBody", {})
        self._required = body.get("required", False)
        schema = body.get("content", {}).get("application/json", {}).get("schema")
        self._body = _merged(schema) if schema else None
        self._body_validator = validator(self._body or {})

    def query_arguments(self) -> dict[str, JSON]:
        properties = self._query["properties"]
        arguments = {
            name: int(text) if _is_integer(text, properties.get(name, {})) else text
            for name, text in request.args.items()
        }
        _check(self._query_validator, arguments)
        return arguments

    def body_arguments(self) -> dict[str, JSON]:
        if self._body is None:
            return {}
        request.max_content_length = _MAX_BODY_BYTES
        text = request.get_data(cache=False)
        if not text and not self._required:
            return {}
        try:
            arguments = parse(text)
        except JSONTextError as error:
            raise api_error("validation", str(error)) from None
        _check(self._body_validator, arguments)
        properties = self._body["properties"].items()
        defaults = {name: field["default"] for name, field in properties if "default" in field}
        return {**defaults, **whole_numbers(arguments)}


def _query_schema(parameters: list[dict[str, Any]]) -> Schema:
    """Return the schema of a query; a parameter of type object stands for several."""
    properties: dict[str, Schema] = {}
    required: list[str] = []
    for parameter in parameters:
        if parameter["in"] == "query":
            schema = flattened(parameter["schema"])
            properties |= schema.get("properties", {parameter["name"]: schema})
            required += [parameter["name"]] if parameter.get("required") else []
    query = {"type": "object", "properties": properties, "required": required}
    return {**query, "additionalProperties": False}


def _merged(schema: Schema) -> Schema:
    """Return a body's schema with its ``allOf`` merged, so that messages name its fields."""
    merged = flattened(schema)
    merged.pop("unevaluatedProperties", None)
    return {**merged, "additionalProperties": False}


def _is_integer(text: str, schema: Schema) -> bool:
    return schema.get("type") == "integer" and bool(re.fullmatch(r"-?\d{1,99}", text, re.ASCII))


def _check(schema: Draft202012Validator, arguments: JSON) -> None:
    findings = findings_from_errors(
        schema.iter_errors(arguments), Level.DOCUMENTED, "/request/body"
    )
    if findings:
        raise api_error("validation", *validation_message(findings))


def _json_response(value: JSON, status: int = 200) -> Response:
    return Response(json.dumps(value, indent=2) + "\n", status=status, mimetype="application/json")

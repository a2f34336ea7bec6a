"""Contracts, and the mock that serves them, as OpenAPI 3.1 documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mockserver import __version__
from mockserver.contracts import Contract, ErrorDefinition
from mockserver.contracts.allof import flattened
from mockserver.contracts.json_schema import ANNOTATION, Schema
from mockserver.contracts.refs import read_object
from mockserver.paths import SCHEMAS

_NAMED = 3
"""How many contracts the description of a response names."""

_NOT_OF_IMAGES = {"admin-refused", "link-refused"}
"""Errors of other routes than the image endpoint."""


def mock_document(contracts: Iterable[Contract]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of a mock: its contracts, and its other routes.

    A request's schema has the overlay merged into the published one, since the mock checks both.
    """
    served = list(contracts)
    document = openapi_document(served)
    document["paths"] |= read_object(SCHEMAS / "routes.openapi.json")["paths"]
    schemas = document["components"]["schemas"]
    for contract in served:
        schemas[_name(contract, "request")] = whole_request(contract)
    return document


def whole_request(contract: Contract) -> Schema:
    """Return the request's schema with the overlay merged into the published one."""
    return flattened({"allOf": [_request(contract), contract.request_overlay]})


def openapi_document(contracts: Iterable[Contract]) -> dict[str, Any]:
    """Return contracts as an OpenAPI 3.1 document, each published schema a component."""
    served = list(contracts)
    paths: dict[str, dict[str, Any]] = {}
    for path, method in dict.fromkeys((path, c.method) for c in served for path in c.paths):
        same = [c for c in served if path in c.paths and c.method == method]
        paths.setdefault(path, {})[method.lower()] = _operation(path, same)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "The contracts that aimlapi-mockserver serves",
            "version": __version__,
            "description": "Schemas as the provider published them; see each contract's folder.",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": _components(served),
            "securitySchemes": {"bearer": dict(served[0].about["security"])},
        },
    }


def _components(contracts: list[Contract]) -> dict[str, Schema]:
    components = {"Error": _embedded(contracts[0].errors.schema)}
    for contract in contracts:
        components[_name(contract, "request")] = _request(contract)
        if contract.response_schema is not None:
            components[_name(contract, "response")] = _embedded(contract.response_schema)
    return components


def _request(contract: Contract) -> Schema:
    """Return the request's schema, in which the model is one of those that the document listed."""
    schema = _embedded(contract.request_schema)
    if models := contract.about.get("models"):
        fields = schema["properties"]
        schema["properties"] = {**fields, "model": {**fields["model"], "enum": models}}
    return schema


def _embedded(schema: Schema) -> Schema:
    return {key: value for key, value in schema.items() if key != "$schema"}


def _name(contract: Contract, part: str) -> str:
    safe = "".join(c if c.isalnum() or c in ".-_" else "_" for c in contract.id)
    return f"{safe}.{part}"


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _any_of(schemas: list[Schema]) -> Schema:
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def _operation(path: str, contracts: list[Contract]) -> dict[str, Any]:
    requests = _any_of([_reference(_name(contract, "request")) for contract in contracts])
    return {
        "operationId": path.replace("/", "_"),  # as in the provider's documents
        "summary": "Make images from a prompt; the model in the body chooses the contract.",
        "security": [{"bearer": []}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": requests}}},
        "responses": {**_successes(contracts), **_errors(contracts[0])},
    }


def _successes(contracts: list[Contract]) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status in sorted({contract.success for contract in contracts}):
        same = [contract for contract in contracts if contract.success == status]
        described = f"{same[0].about['success']['description']} ({_named(same)})".lstrip()
        shown = [_reference(_name(c, "response")) for c in same if c.response_schema is not None]
        # A response without documented body may have any.
        rest: list[Schema] = [{}] if len(shown) < len(same) else []
        content = {"application/json": {"schema": _any_of(shown + rest)}} if shown else {}
        headers = _headers(same)
        documented = {"headers": headers} if headers else {}
        responses[str(status)] = {"description": described, **documented, "content": content}
    return responses


def _named(contracts: list[Contract]) -> str:
    """Return the ids of contracts, or the first of them and their count."""
    shown = ", ".join(contract.id for contract in contracts[:_NAMED])
    return f"{shown}, … {len(contracts)} contracts" if len(contracts) > _NAMED else shown


def _headers(contracts: list[Contract]) -> dict[str, Any]:
    """Return the documented headers; one is required where every contract requires it."""
    schemas = [contract.header_schema for contract in contracts]
    fields = {n: field for s in schemas for n, field in s.get("properties", {}).items()}
    return {
        name: {
            "description": field.get("description", ""),
            "required": all(name in schema.get("required", []) for schema in schemas),
            "schema": {k: v for k, v in field.items() if k not in {ANNOTATION, "description"}},
        }
        for name, field in fields.items()
    }


def _errors(contract: Contract) -> dict[str, Any]:
    by_status: dict[int, list[ErrorDefinition]] = {}
    for error in contract.errors.errors.values():
        if error.name not in _NOT_OF_IMAGES:
            by_status.setdefault(error.status, []).append(error)
    return {str(status): _error(by_status[status], contract) for status in sorted(by_status)}


def _error(errors: list[ErrorDefinition], contract: Contract) -> Mapping[str, Any]:
    fields = contract.errors.schema["properties"]
    shared = {name: field["examples"][0] for name, field in fields.items()}
    examples = {
        error.name: {"value": {**shared, "message": error.message, "statusCode": error.status}}
        for error in errors
    }
    content = {"schema": _reference("Error"), "examples": examples}
    described = " ".join(error.when for error in errors)
    return {"description": described, "content": {"application/json": content}}

"""Part a request's schema by the models that it is for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mockserver.contracts.finding import child
from mockserver.contracts.schema_loader import Schema
from mockserver.openapi.document import Document
from mockserver.openapi.operations import Operation
from mockserver.openapi.warnings import DocumentWarnings
from mockserver.strict_json import JSON

__all__ = ["requests_by_model"]


def requests_by_model(
    document: Document, warnings: DocumentWarnings, operation: Operation
) -> dict[str, Schema]:
    """Give, by model id, the schema of the requests for that model alone.

    :raises DocumentError: when a request names no model, or several alternatives name the same.
    """
    request, at = operation.request, operation.request_at
    wholes: list[JSON] = [request]
    if "model" not in request.get("properties", {}):
        wholes = request.get("oneOf") or request.get("anyOf") or wholes
    found: dict[str, Schema] = {}
    for whole in wholes:
        properties = whole.get("properties", {}) if isinstance(whole, dict) else {}
        field = properties.get("model", {})
        models = list(dict.fromkeys(_listed(field)))
        if not models or found.keys() & set(models):
            reason = "expected a field model with an enum of ids, each in one alternative only"
            raise document.fault(child(child(at, "properties"), "model"), reason)
        if _is_open(field):
            warnings.add(
                at, "model may be something else than its enum: only what it lists is kept"
            )
        found |= {model: _for_one(whole, model) for model in models}
    return found


def _listed(field: JSON) -> Iterator[str]:
    """Name the models that a field lists, in its alternatives too."""
    if isinstance(field, dict):
        listed = [field["const"]] if "const" in field else field.get("enum", [])
        yield from (model for model in listed if isinstance(model, str) and model)
        for branch in (*field.get("anyOf", []), *field.get("oneOf", [])):
            yield from _listed(branch)


def _is_open(field: Schema) -> bool:
    branches = [*field.get("anyOf", []), *field.get("oneOf", [])]
    closed = "enum" in field or "const" in field
    return not closed and any(not list(_listed(branch)) for branch in branches)


def _for_one(whole: Schema, model: str) -> Schema:
    field: dict[str, Any] = {"type": "string", "enum": [model], "examples": [model]}
    stated = whole["properties"]["model"]
    field |= {key: stated[key] for key in ("title", "description") if key in stated}
    if stated.get("default") == model:
        field["default"] = model
    schema = {**whole, "properties": {**whole["properties"], "model": field}}
    samples = [s for s in whole.get("examples", []) if s.get("model", model) == model]
    return {key: value for key, value in {**schema, "examples": samples}.items() if value != []}

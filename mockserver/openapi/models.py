"""The models that a request may name, and the schema of the requests for each alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mockserver.contracts.allof import atoms, flattened
from mockserver.contracts.finding import child, quote
from mockserver.contracts.image_request import names_size, terms
from mockserver.contracts.json_schema import Schema
from mockserver.openapi.document import Document
from mockserver.openapi.operations import Operation, contract_field
from mockserver.openapi.schema_converter import listed_values
from mockserver.strict_json import JSON

_MOST_MODELS = 1000
_EXPECTED = "expected a field model with an enum of ids, each in one alternative only"
_ALTERNATIVES = ("oneOf", "anyOf")


def requests_by_model(document: Document, operation: Operation) -> dict[str, Schema]:
    """Return the schema of the requests for each model alone, by model id.

    :raises DocumentError: when a request names no model, or several alternatives name the same.
    """
    at = operation.request_at
    place = child(child(at, "properties"), "model")
    found: dict[str, Schema] = {}
    for whole in _wholes(operation.request):
        field = _field(whole)
        models = _models(field)
        if not models or found.keys() & set(models):
            raise document.error(place, _EXPECTED)
        if _is_open(field):
            words = "model may be something else than its enum: only what it lists is kept"
            document.warn(at, words)
        for model in (model for model in models if not contract_field("model").is_valid(model)):
            raise document.error(place, f"expected an id that is a name, received {quote(model)}")
        if len(found) + len(models) > _MOST_MODELS:
            raise document.error(place, f"expected at most {_MOST_MODELS} models")
        found |= {model: _for_one(whole, model) for model in models}
    if not found:
        raise document.error(place, _EXPECTED)
    return found


def _wholes(request: Schema) -> Iterator[Schema]:
    """Yield the request, or each alternative of it that is an object, where these list models."""
    key = next((key for key in _ALTERNATIVES if key in request), None)
    if key is None or _models(_field(request)):
        yield request
        return
    for branch in (b for b in request[key] if "object" in atoms(flattened(b))):
        yield from _wholes(_with_branches(request, key, [branch]))


def _with_branches(whole: Schema, key: str, branches: list[JSON]) -> Schema:
    """Return a schema with some of its alternatives; a single one is merged into it."""
    rest = {name: value for name, value in whole.items() if name != key}
    return flattened({"allOf": [rest, branches[0] if len(branches) == 1 else {key: branches}]})


def _field(whole: JSON) -> Schema:
    """Return what a schema says of the field ``model``, in what is not merged into it as well."""
    schemas = [whole, *whole.get("allOf", [])] if isinstance(whole, dict) else []
    stated = (schema.get("properties", {}) for schema in schemas if isinstance(schema, dict))
    return flattened({"allOf": [fields["model"] for fields in stated if "model" in fields]})


def _models(field: JSON) -> list[str]:
    listed = (model for model in listed_values(field) if isinstance(model, str) and model)
    return list(dict.fromkeys(listed))


def _is_open(field: Schema) -> bool:
    branches = [*field.get("anyOf", []), *field.get("oneOf", [])]
    closed = "enum" in field or "const" in field
    return not closed and any(not _models(branch) for branch in branches)


def _for_one(whole: Schema, model: str) -> Schema:
    for key in _ALTERNATIVES:
        kept = [b for b in whole.get(key, []) if model in (_models(_field(b)) or [model])]
        if 0 < len(kept) < len(whole.get(key, [])):
            whole = _with_branches(whole, key, kept)
    field: dict[str, Any] = {"type": "string", "enum": [model], "examples": [model]}
    stated = _field(whole)
    field |= {key: stated[key] for key in ("title", "description") if key in stated}
    if stated.get("default") == model:
        field["default"] = model
    schema = {**whole, "properties": {**whole.get("properties", {}), "model": field}}
    samples = [s for s in whole.get("examples", []) if not _is_of_another(s, model)]
    return {key: value for key, value in {**schema, "examples": samples}.items() if value != []}


def _is_of_another(sample: JSON, model: str) -> bool:
    return isinstance(sample, dict) and sample.get("model", model) != model


def unknown_values(request: Schema) -> Iterator[tuple[str, str]]:
    """Yield the fields with sizes or formats that the mock ignores, and a warning for each."""
    for name, field in request.get("properties", {}).items():
        unknown = [value for value in listed_values(field) if not _is_known(name, value)]
        if unknown:
            values = ", ".join(map(quote, unknown))
            words = f"{values}: not in terms.json, so the mock responds as if {name} were left out"
            yield name, words


def _is_known(name: str, value: JSON) -> bool:
    """Return whether a value is explained, or its field says nothing of an image's file."""
    known = terms()
    meanings = {meaning for meaning, names in known["fields"].items() if name in names}
    if meanings & {"size", "ratio", "resolution"}:
        return value in known["automatic"] or names_size(name, value)
    if meanings & {"format", "delivery"}:
        return str(value).lower() in known["formats"].keys() | known["deliveries"].keys()
    return True

"""The overlay of an imported contract: what any client needs, marked as project-defined."""

from __future__ import annotations

from typing import Any

from mockserver.contracts.image_request import terms
from mockserver.contracts.json_schema import ANNOTATION, DIALECT, Schema, parts, types_of
from mockserver.contracts.normalized import normalized
from mockserver.contracts.response_shape import (
    ArrayShape,
    Leaf,
    ObjectShape,
    Shape,
    names_image,
    placeholders,
    shape_of,
)
from mockserver.strict_json import JSON

_ABOUT = (
    "Project-defined: what any client needs beyond the published schemas. It validates "
    '{"request": the request with its defaults, "response": the body of the response}; `x-mock` '
    "names the value that the mock sends in a field."
)
_MOST_IMAGES = 10


def overlay(title: str, request: Schema, response: Schema | None, shared: str) -> Schema:
    """Return the overlay of a contract.

    :param shared: the reference to the overlay that all contracts with ``data[]`` share.
    """
    request, response = normalized(request), normalized(response)
    whole: Schema = {
        "$schema": DIALECT,
        "title": title,
        "description": _ABOUT,
        "type": "object",
        "properties": {"request": {"properties": _request_fields(request)}},
        "required": ["request", "response"],
    }
    usage = _usage(response or {})
    if usage:
        whole["properties"]["response"] = usage
    if is_shared(response):
        whole["allOf"] = [{"$ref": shared}]
    elif not _has_alternatives(response) and (needed := _needed(shape_of(response or {}))):
        whole["allOf"] = [{"properties": {"response": needed}}]
    return whole


def is_shared(response: Schema | None) -> bool:
    """Return whether the overlay for ``data[]`` fits a response, or none is documented."""
    if response is None:
        return True
    items = response.get("properties", {}).get("data", {}).get("items")
    if not isinstance(items, dict) or response.get("additionalProperties", True) is not True:
        return False
    return bool(items.get("properties", {}).keys() >= {"b64_json", "url"})


def _has_alternatives(response: JSON) -> bool:
    """Return whether a response may deliver its images in one form or another."""
    branches = (part.get(key, []) for _, part in parts(response) for key in ("anyOf", "oneOf"))
    return any(sum(map(names_image, each)) > 1 for each in branches)


def _request_fields(request: Schema) -> dict[str, Schema]:
    fields = request.get("properties", {})
    needed: dict[str, Schema] = {}
    if "string" in types_of(fields.get("prompt", {})) and not fields["prompt"].get("minLength"):
        words = "Nothing can be drawn from an empty prompt."
        needed["prompt"] = {"description": words, "minLength": 1}
    for name in terms()["fields"]["count"]:
        if {"integer", "number"} & set(types_of(fields.get(name, {}))):
            needed[name] = _count(fields[name])
    return needed


def _count(field: Schema) -> Schema:
    """Return bounds for the number of images of a request, where the document has none."""
    null = ["null"] if "null" in types_of(field) else []
    bounds: dict[str, Any] = {"type": ["integer", *null] if null else "integer"}
    if not {"const", "enum"} & field.keys():
        if field.get("minimum", field.get("exclusiveMinimum", -1) + 1) < 1:
            bounds["minimum"] = 1
        if not {"maximum", "exclusiveMaximum"} & field.keys():
            bounds["maximum"] = _MOST_IMAGES
    return {"description": "Images come whole, and one at least.", **bounds}


def _usage(response: Schema) -> Schema:
    """Return that a cost is at least 0, and what the mock fills it with."""
    meta = response.get("properties", {}).get("meta", {}).get("properties", {})
    costs = meta.get("usage", {}).get("properties", {})
    bounds = {
        name: {"minimum": 0, ANNOTATION: "usage.usd" if name == "usd_spent" else "usage.credits"}
        for name, cost in costs.items()
        if {"integer", "number"} & set(types_of(cost))
    }
    usage = {"properties": {"usage": {"properties": bounds}}}
    return {"properties": {"meta": usage}} if bounds else {}


def _needed(shape: Shape) -> Schema | None:
    """Return that a response has its images; None where it has no place for one."""
    match shape:
        case Leaf(str(placeholder)) if placeholder.startswith("image."):
            return {"type": "string", "minLength": 1}
        case ArrayShape(item) if needed := _needed(item):
            return {"type": "array", "minItems": 1, "items": needed}
        case ObjectShape(fields):
            return _needed_fields(fields)
    return None


def _needed_fields(fields: dict[str, Shape]) -> Schema | None:
    needed = {name: part for name, field in fields.items() if (part := _needed(field))}
    if not needed:
        return None
    ways = [name for name in needed if isinstance(fields[name], Leaf)]
    held = [name for name in needed if name not in ways]
    if len(ways) <= 1:
        return {"type": "object", "properties": needed, "required": [*ways, *held]}
    typed = {name: needed[name] for name in held}
    either = [{"properties": {w: needed[w]}, "required": [w]} for w in ways]
    return {"type": "object", "properties": typed, "required": held, "anyOf": either}


def has_image(response: Schema | None) -> bool:
    """Return whether a response has a place for an image."""
    known = placeholders(shape_of(response or {}))
    return response is None or any(name.startswith("image.") for name in known)

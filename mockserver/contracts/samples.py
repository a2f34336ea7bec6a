"""Plain values that keep a schema, and the plain request of a contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from mockserver.contracts.allof import atoms, flattened
from mockserver.contracts.contract import Contract
from mockserver.contracts.json_schema import Schema, Steps, validator
from mockserver.strict_json import JSON

PLAIN: dict[str, JSON] = {
    "string": "text",
    "integer": 1,
    "fraction": 1.5,
    "boolean": True,
    "array": [],
    "object": {},
    "null": None,
}
"""The plainest value of each type."""

_FORMATS = (
    *("https://images.test/1.png", "2026-01-16", "2026-01-16T12:00:00Z", "127.0.0.1", "::1"),
    *("00000000-0000-4000-8000-000000000000", "somebody@images.test"),
)


def plain_request(contract: Contract, **fields: JSON) -> dict[str, JSON]:
    """Return the cheapest valid request: required fields, prompt and model, the smallest image.

    :param fields: set beside these, or instead of them.
    """
    return {**_plain_request(contract), **fields}


@lru_cache(64)
def _plain_request(contract: Contract) -> dict[str, JSON]:
    whole = flattened({"allOf": [contract.request_schema, contract.request_overlay]})
    known = {name: flattened(field) for name, field in whole.get("properties", {}).items()}
    body = {**sample(whole, ("prompt",) if "prompt" in known else ())}
    # A real service can do more with a documented example, such as a link, than with a made-up one.
    examples = {name: field["examples"][0] for name, field in known.items() if "examples" in field}
    body |= {name: examples[name] for name in body.keys() & examples.keys()}
    if "model" in known:
        body["model"] = contract.model
    for name, field in known.items():
        bodies = [{**body, name: value} for value in field.get("enum", [])]
        if len({image_area(contract, each) for each in bodies}) > 1:
            body = min(bodies, key=lambda each: image_area(contract, each))
    return body


def image_area(contract: Contract, body: Mapping[str, JSON]) -> int:
    """Return the pixels of each image of a request."""
    image_request = contract.image_request(body)
    return image_request.width * image_request.height


def sample(schema: JSON, toward: Steps = (), *, full: bool = False) -> JSON:
    """Return one value that keeps a schema, as far as one is found without a search.

    :param toward: a place that the value must have.
    :param full: whether an object gets every field, instead of the required ones only.
    """
    return next(samples(schema, toward, full=full))


def samples(schema: JSON, toward: Steps = (), *, full: bool = False) -> Iterator[Any]:
    """Return a value for each alternative (``anyOf``, ``oneOf``) of a schema."""
    node = flattened(schema)
    key = next((key for key in ("anyOf", "oneOf") if key in node), None)
    if key is None:
        yield _value(node, toward, full)
        return
    rest = {name: value for name, value in node.items() if name != key}
    for branch in node[key]:
        yield from samples({"allOf": [rest, branch]}, toward, full=full)


def _value(node: Schema, toward: Steps, full: bool) -> JSON:
    kind = _kind(node, toward)
    if kind == "object":
        return _object(node, toward, full)
    if kind == "array":
        return _array(node, toward, full)
    candidates = list(_candidates(node, kind))
    fits = validator(node).is_valid
    return next((value for value in candidates if fits(value)), candidates[0])


def _kind(node: Schema, toward: Steps) -> str:
    if toward:
        return "array" if toward[0] == 0 else "object"
    if "enum" in node or "const" in node:
        return "scalar"
    if "type" not in node:
        return "object" if "properties" in node else "array" if "items" in node else "string"
    return next((atom for atom in atoms(node) if atom != "null"), "null")


def _candidates(node: Schema, kind: str) -> Iterator[JSON]:
    yield from (node[key] for key in ("const", "default") if key in node)
    yield from sorted(node.get("enum", []), key=lambda value: value is None)
    yield PLAIN.get(kind)
    if kind in {"integer", "fraction"}:
        yield from _numbers(node)
    yield from ("x" * node[key] for key in ("minLength", "maxLength") if key in node)
    yield from _FORMATS
    yield from node.get("examples", [])


def _numbers(node: Schema) -> Iterator[float]:
    for key in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"):
        if key in node:
            yield from (node[key], node[key] + 1, node[key] - 1)


def _object(node: Schema, toward: Steps, full: bool) -> dict[str, JSON]:
    fields = node.get("properties", {})
    names = list(fields) if full else [n for n in fields if n in node.get("required", [])]
    made = {name: sample(fields[name], full=full) for name in names}
    if toward:
        name = str(toward[0])
        schema = fields.get(name, node.get("additionalProperties", {}))
        made[name] = sample(schema, toward[1:], full=full)
    return {**made, **{n: PLAIN["string"] for n in node.get("required", []) if n not in made}}


def _array(node: Schema, toward: Steps, full: bool) -> list[JSON]:
    length = max(node.get("minItems", 0), 1 if toward or full else 0)
    return [sample(node.get("items", {}), toward[1:], full=full) for _ in range(length)]

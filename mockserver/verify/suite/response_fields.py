"""The fields of a response, and what is checked of each, by the contract's schemas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mockserver.contracts import Contract, Level, error_catalog
from mockserver.contracts.exchange import RESPONSE_BODY
from mockserver.contracts.finding import child, pointer
from mockserver.contracts.json_schema import ANNOTATION, Schema
from mockserver.contracts.response_headers import RESPONSE_HEADERS
from mockserver.contracts.response_shape import ArrayShape, Leaf, Shape, shape_parts
from mockserver.verify.suite.cases import bad_bodies, bad_keys, bad_paths, deliveries
from mockserver.verify.suite.request_spec import STATUS, Case, RequestSpec, valid_spec

_ANNOTATIONS = {"default", "description", "examples", "items", "properties", "title", ANNOTATION}
_RESPONSE = "/response"
_IN_PLACE = ("then", "else")
_BRANCHES = ("allOf", "anyOf", "oneOf")
_EXCHANGE = (STATUS, "/response/headers/content-type")


def response_fields(contract: Contract) -> list[Case]:
    """Return every field of a successful response, for each level that constrains it."""
    pointers = {
        Level.DOCUMENTED: [
            *_EXCHANGE,
            *(child(RESPONSE_HEADERS, name) for name in contract.header_schema.get("required", [])),
            *_documented(contract.response_schema or {}),
        ],
        Level.CLIENT_REQUIRED: _client_required(contract.overlay),
        Level.SEMANTIC: [
            *(child(RESPONSE_HEADERS, name) for name in contract.headers.costs),
            *(
                RESPONSE_BODY + pointer(*s)
                for s, part in shape_parts(contract.shape)
                if _is_semantic(part)
            ),
        ],
    }
    specs = [valid_spec(contract, body) for body in deliveries(contract)]
    return [
        _field(level, at, specs) for level, found in pointers.items() for at in dict.fromkeys(found)
    ]


def error_fields(contract: Contract) -> Iterator[Case]:
    """Yield every field of every error that a client can provoke."""
    for case in (bad_bodies(contract)[-1], bad_keys(contract)[0], bad_paths(contract)[0]):
        for place in (*_EXCHANGE, *_documented(error_catalog().schema)):
            yield _field(Level.DOCUMENTED, place, case.request_specs)
        yield _field(Level.SEMANTIC, f"{RESPONSE_BODY}/statusCode", case.request_specs)


def _field(level: Level, pointer: str, request_specs: Sequence[RequestSpec]) -> Case:
    """Return the case of one place in the responses to some requests."""
    short = pointer.removeprefix(RESPONSE_BODY) or pointer
    spec = request_specs[0]
    label = short if spec.is_valid else f"{spec.expected_status}-{short}"
    return Case(label, request_specs, level, pointer)


def _documented(schema: Schema) -> list[str]:
    return [pointer for pointer, _ in _places(schema, RESPONSE_BODY)]


def _client_required(overlay: Schema) -> list[str]:
    constrained = [at for at, part in _places(overlay, "") if part.keys() - _ANNOTATIONS]
    responses = [at for at in constrained if at.startswith(_RESPONSE)]
    return [RESPONSE_BODY + at.removeprefix(_RESPONSE) for at in responses]


def _places(schema: Schema, pointer: str) -> Iterator[tuple[str, Schema]]:
    """Walk over a schema and its parts, with the pointer of what each describes."""
    yield pointer, schema
    for name, part in schema.get("properties", {}).items():
        yield from _places(part, child(pointer, name))
    if isinstance(schema.get("items"), dict):
        yield from _places(schema["items"], child(pointer, 0))
    alternatives = [part for key in _BRANCHES for part in schema.get(key, [])]
    for part in [*alternatives, *(schema[key] for key in _IN_PLACE if key in schema)]:
        yield from _places(part, pointer)


def _is_semantic(shape: Shape) -> bool:
    """Return whether a part repeats the request or is an image, or an array of images."""
    if isinstance(shape, Leaf):
        return (shape.placeholder or "").startswith(("image.", "request."))
    return isinstance(shape, ArrayShape) and shape.per_image

"""The fields of a response, and what is checked of each, by the contract's schemas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from mockserver.contracts import Contract, Finding, Level, error_catalog
from mockserver.contracts.finding import child, pointer, without_indices
from mockserver.contracts.json_schema import ANNOTATION, Schema
from mockserver.contracts.response_headers import RESPONSE_HEADERS
from mockserver.contracts.response_shape import ArrayShape, Leaf, Shape, shape_parts
from mockserver.verify.suite.invalid_requests import bad_bodies, bad_keys, bad_paths
from mockserver.verify.suite.request_spec import RequestSpec, valid_spec
from mockserver.verify.suite.valid_requests import deliveries

_BODY = "/response/body"
_ANNOTATIONS = {"default", "description", "examples", "items", "properties", "title", ANNOTATION}
_IN_PLACE = ("then", "else")
_BRANCHES = ("allOf", "anyOf", "oneOf")
_RESPONSE = "/response"
_STATUS = "/response/status"
_EXCHANGE = (_STATUS, "/response/headers/content-type")


@dataclass(frozen=True, slots=True)
class Field:
    """One place in a response, checked at one level.

    :ivar pointer: a JSON pointer into the exchange; ``0`` stands for every index.
    :ivar request_specs: the requests whose responses it is in.
    """

    level: Level
    pointer: str
    request_specs: Sequence[RequestSpec] = field(repr=False)

    @property
    def id(self) -> str:
        short = self.pointer.removeprefix(_BODY) or self.pointer
        spec = self.request_specs[0]
        status = "" if spec.is_valid else str(spec.expected_status)
        return "-".join(part for part in (self.level, status, short) if part)

    @property
    def in_body(self) -> str:
        """The pointer into the body; the whole body for the status and the headers."""
        return self.pointer.removeprefix(_BODY) if self.pointer.startswith(_BODY) else ""

    def holds(self, finding: Finding) -> bool:
        """Return whether a finding is about this field; no response at all is about the status."""
        place = _STATUS if finding.pointer == _RESPONSE else without_indices(finding.pointer)
        return finding.level is self.level and place == self.pointer


def response_fields(contract: Contract) -> list[Field]:
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
            *(_BODY + pointer(*s) for s, part in shape_parts(contract.shape) if _is_semantic(part)),
        ],
    }
    specs = [valid_spec(contract, body) for body in deliveries(contract)]
    return [
        Field(level, at, specs) for level, found in pointers.items() for at in dict.fromkeys(found)
    ]


def error_fields(contract: Contract) -> Iterator[Field]:
    """Yield every field of every error that a client can provoke."""
    for case in (bad_bodies(contract)[-1], bad_keys(contract)[0], bad_paths(contract)[0]):
        specs = [case.request_spec]
        for place in (*_EXCHANGE, *_documented(error_catalog().schema)):
            yield Field(Level.DOCUMENTED, place, specs)
        yield Field(Level.SEMANTIC, f"{_BODY}/statusCode", specs)


def _documented(schema: Schema) -> list[str]:
    return [pointer for pointer, _ in _places(schema, _BODY)]


def _client_required(overlay: Schema) -> list[str]:
    constrained = [at for at, part in _places(overlay, "") if part.keys() - _ANNOTATIONS]
    responses = [at for at in constrained if at.startswith(_RESPONSE)]
    return [_BODY + at.removeprefix(_RESPONSE) for at in responses]


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

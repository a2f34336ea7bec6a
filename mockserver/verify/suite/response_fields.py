"""The fields of an answer, and what is checked of each, as the contract's own schemas say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mockserver.contracts import Contract, Finding, Level, error_catalog
from mockserver.contracts.finding import child
from mockserver.contracts.response_shape import ArrayShape, Leaf, ObjectShape, Shape
from mockserver.contracts.schema_loader import ANNOTATION, Schema

__all__ = ["Field", "api_error_fields", "response_fields"]

_BODY = "/response/body"
_INDEX = re.compile(r"/\d+(?=/|$)")
_SAYS_NOTHING = {"default", "description", "examples", "items", "properties", "title", ANNOTATION}
_IN_PLACE = ("then", "else")
_BRANCHES = ("allOf", "anyOf", "oneOf")
_RESPONSE = "/response"
_STATUS = "/response/status"
_EXCHANGE = (_STATUS, "/response/headers/content-type")


@dataclass(frozen=True, slots=True)
class Field:
    """One place in an answer, checked at one level.

    :ivar pointer: a JSON pointer into the exchange; ``0`` stands for every index.
    :ivar situation: what else a test's id names, such as the status of a refusal.
    """

    level: Level
    pointer: str
    valid_request: str = ""

    @property
    def id(self) -> str:
        at = self.pointer.removeprefix(_BODY) or self.pointer
        return "-".join(part for part in (self.level, self.valid_request, at) if part)

    @property
    def in_body(self) -> str:
        """The pointer into the body; the whole body for what is beside it."""
        return self.pointer.removeprefix(_BODY) if self.pointer.startswith(_BODY) else ""

    def holds(self, finding: Finding) -> bool:
        """Tell whether a finding is about this field; that nothing came is about the status."""
        at = _STATUS if finding.pointer == _RESPONSE else _INDEX.sub("/0", finding.pointer)
        return finding.level is self.level and at == self.pointer


def response_fields(contract: Contract) -> list[Field]:
    """Name every field of a successful answer, once a level that says something about it."""
    documented = [at for at, _ in _places(contract.response_schema or {}, _BODY)]
    whole = [at for at, part in _places(contract.overlay, "") if _says(part)]
    expected = [_in_exchange(at) for at in whole if at.startswith("/response")]
    meaning = _meaningful(contract.shape, _BODY)
    return [
        *(Field(Level.DOCUMENTED, at) for at in dict.fromkeys([*_EXCHANGE, *documented])),
        *(Field(Level.CLIENT_REQUIRED, at) for at in dict.fromkeys(expected)),
        *(Field(Level.SEMANTIC, at) for at in dict.fromkeys(meaning)),
    ]


def api_error_fields(status: int) -> list[Field]:
    """Name every field of a refusal of this status."""
    documented = [at for at, _ in _places(error_catalog().schema, _BODY)]
    return [
        *(Field(Level.DOCUMENTED, at, str(status)) for at in [*_EXCHANGE, *documented]),
        Field(Level.SEMANTIC, f"{_BODY}/statusCode", str(status)),
    ]


def _in_exchange(at: str) -> str:
    return _BODY + at.removeprefix("/response")


def _places(schema: Schema, at: str) -> Iterator[tuple[str, Schema]]:
    """Walk over every place that a schema speaks of."""
    yield at, schema
    for name, part in schema.get("properties", {}).items():
        yield from _places(part, child(at, name))
    if isinstance(schema.get("items"), dict):
        yield from _places(schema["items"], child(at, 0))
    alternatives = [part for key in _BRANCHES for part in schema.get(key, [])]
    for part in [*alternatives, *(schema[key] for key in _IN_PLACE if key in schema)]:
        yield from _places(part, at)


def _says(schema: Schema) -> bool:
    return bool(schema.keys() - _SAYS_NOTHING)


def _meaningful(shape: Shape, at: str) -> Iterator[str]:
    """Walk over the leaves that repeat the request or are images, and the arrays of images."""
    match shape:
        case Leaf(str(placeholder)) if placeholder.startswith(("image.", "request.")):
            yield at
        case ObjectShape(fields):
            for name, field in fields.items():
                yield from _meaningful(field, child(at, name))
        case ArrayShape(item, per_image):
            yield from [at] if per_image else []
            yield from _meaningful(item, child(at, 0))

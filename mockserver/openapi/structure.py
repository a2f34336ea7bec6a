"""Check that what stands around a document's schemas has the types that its readers count on."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from jsonschema import Draft202012Validator

from mockserver.contracts.finding import pointer
from mockserver.contracts.schema_loader import read_schema, validator
from mockserver.openapi.document import Document
from mockserver.paths import SCHEMAS
from mockserver.strict_json import JSON

__all__ = ["Kind", "check_frame", "resolved"]

Kind = Literal["answer", "body", "document", "path", "scheme"]


def resolved(document: Document, node: JSON, at: str, kind: Kind) -> tuple[dict[str, Any], str]:
    """Follow references to something of a kind, and give it with its place.

    :raises DocumentError: when there is none, or it is of another kind.
    """
    found, place = document.resolved(node, at)
    check_frame(document, found, place, kind)
    return found, place


def check_frame(document: Document, node: JSON, at: str, kind: Kind) -> None:
    """Check the frame of something of a kind.

    :raises DocumentError: with the place of what is not as it must be.
    """
    for error in _frames()[kind].iter_errors(node):
        expected = f"expected {'an' if kind == 'answer' else 'a'} {kind}: {error.message}"
        raise document.fault(at + pointer(*error.absolute_path), expected)


@cache
def _frames() -> dict[Kind, Draft202012Validator]:
    whole = read_schema(SCHEMAS / "openapi.schema.json")
    path = whole["properties"]["paths"]["additionalProperties"]
    operation = path["properties"]["post"]["properties"]
    schemes = whole["properties"]["components"]["properties"]["securitySchemes"]
    return {
        "answer": validator(operation["responses"]["additionalProperties"]),
        "body": validator(operation["requestBody"]),
        "document": validator(whole),
        "path": validator(path),
        "scheme": validator(schemes["additionalProperties"]),
    }

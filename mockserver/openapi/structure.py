"""Validate the OpenAPI structure outside the schemas."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from jsonschema import Draft202012Validator

from mockserver.contracts.finding import pointer
from mockserver.contracts.json_schema import validator
from mockserver.contracts.schema_loader import read_schema
from mockserver.openapi.document import Document
from mockserver.paths import SCHEMAS
from mockserver.strict_json import JSON

Kind = Literal["body", "document", "header", "path", "response"]


def resolved(document: Document, node: JSON, at: str, kind: Kind) -> tuple[dict[str, Any], str]:
    """Return something of a kind with its place, references followed.

    :raises DocumentError: when there is none, or it is of another kind.
    """
    found, place = document.resolved(node, at)
    check_structure(document, found, place, kind)
    return found, place


def check_structure(document: Document, node: JSON, at: str, kind: Kind) -> None:
    """Check the structure of something of a kind.

    :raises DocumentError: with the place of what is not as it must be.
    """
    for error in _validators()[kind].iter_errors(node):
        expected = f"expected a {kind}: {error.message}"
        raise document.error(at + pointer(*error.absolute_path), expected)


@cache
def contract_field(name: str) -> Draft202012Validator:
    """Return the check of a field of ``contract.json``."""
    return validator(read_schema(SCHEMAS / "contract.schema.json")["properties"][name])


@cache
def _validators() -> dict[Kind, Draft202012Validator]:
    whole = read_schema(SCHEMAS / "openapi.schema.json")
    path = whole["properties"]["paths"]["additionalProperties"]
    operation = path["properties"]["post"]["properties"]
    response = operation["responses"]["additionalProperties"]
    return {
        "body": validator(operation["requestBody"]),
        "document": validator(whole),
        "header": validator(response["properties"]["headers"]["additionalProperties"]),
        "path": validator(path),
        "response": validator(response),
    }

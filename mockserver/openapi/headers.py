"""The headers that a document lists for a response."""

from __future__ import annotations

from typing import Any

from mockserver.contracts.allof import atoms
from mockserver.contracts.finding import child, pointer, quote
from mockserver.contracts.json_schema import ANNOTATION, Schema
from mockserver.contracts.response_headers import is_header_name, transport_fields
from mockserver.openapi.document import Document
from mockserver.openapi.schema_converter import SchemaConverter
from mockserver.openapi.structure import resolved


def header_schema(
    document: Document, converter: SchemaConverter, response: dict[str, Any], at: str
) -> Schema | None:
    """Return the schema of a response's headers by lower-case name; None without any.

    :param at: the place of the response.
    :raises DocumentError: with its place, when a schema cannot be converted.
    """
    fields: dict[str, Schema] = {}
    required = []
    for title, node in response.get("headers", {}).items():
        here = at + pointer("headers", title)
        header, place = resolved(document, node, here, "header")
        name, field = title.lower(), _field(converter, header, place)
        if field is None or not is_header_name(name):
            document.warn(here, f"the header {quote(title)} has no place in a contract")
            continue
        known = transport_fields().get(name, {})
        filled = {ANNOTATION: known[ANNOTATION]} if known else {}
        fields[name] = {**field, **filled}
        required += [name] if header.get("required") is True else []
    return {"type": "object", "properties": fields, "required": required} if fields else None


def _field(converter: SchemaConverter, header: dict[str, Any], at: str) -> Schema | None:
    """Return the schema of one header; None where its value is a list or an object."""
    if "schema" not in header:
        return None
    field = converter.schema(header["schema"], child(at, "schema"))
    described = {"description": header["description"]} if "description" in header else {}
    return {**described, **field} if {*atoms(field)} - {"array", "object"} else None

"""Warnings of an import: what a contract does not say as its document does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mockserver.contracts.finding import quote
from mockserver.contracts.image_request import names_size, terms
from mockserver.contracts.json_schema import Schema
from mockserver.strict_json import JSON


@dataclass(frozen=True, slots=True)
class DocumentWarning:
    """One thing that a contract does not say as its document does.

    :ivar document: the document's file or URL.
    :ivar pointer: where in it, as a JSON pointer (RFC 6901).
    """

    document: str
    pointer: str
    words: str

    def __str__(self) -> str:
        return f"{self.document}#{self.pointer}: {self.words}"


def unknown_values(request: Schema) -> Iterator[tuple[str, str]]:
    """Yield the fields with sizes or formats that the mock ignores, and a warning for each."""
    for name, field in request.get("properties", {}).items():
        unknown = [value for value in listed_values(field) if not _is_known(name, value)]
        if unknown:
            values = ", ".join(map(quote, unknown))
            words = f"{values}: not in terms.json, so the mock responds as if {name} were left out"
            yield name, words


def listed_values(field: JSON) -> Iterator[JSON]:
    """Return the values that a schema lists, in its alternatives too; without null."""
    if isinstance(field, dict):
        listed = [field["const"]] if "const" in field else field.get("enum", [])
        yield from (value for value in listed if value is not None)
        for branch in (*field.get("anyOf", []), *field.get("oneOf", [])):
            yield from listed_values(branch)


def _is_known(name: str, value: JSON) -> bool:
    """Return whether a value is explained, or its field says nothing of an image's file."""
    known = terms()
    meanings = {meaning for meaning, names in known["fields"].items() if name in names}
    if meanings & {"size", "ratio", "resolution"}:
        return value in known["automatic"] or names_size(name, value)
    if meanings & {"format", "delivery"}:
        return str(value).lower() in known["formats"].keys() | known["deliveries"].keys()
    return True

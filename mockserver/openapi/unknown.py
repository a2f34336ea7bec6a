"""The values of a request that no documented term explains: the mock accepts and ignores them."""

from __future__ import annotations

from collections.abc import Iterator

from mockserver.contracts.finding import child, quote
from mockserver.contracts.image_size import names_size
from mockserver.contracts.schema_loader import Schema
from mockserver.contracts.vocabulary import vocabulary
from mockserver.openapi.warnings import DocumentWarnings
from mockserver.strict_json import JSON

__all__ = ["note_unknown_terms"]


def note_unknown_terms(request: Schema, at: str, warnings: DocumentWarnings) -> None:
    """Note down the sizes and formats that a request can ask for and will not get.

    :param at: the schema's place in its document.
    """
    for name, field in request.get("properties", {}).items():
        strange = [value for value in _listed(field) if not _is_known(name, value)]
        if strange:
            values = ", ".join(map(quote, strange))
            words = f"{values}: not in terms.json, so the mock answers as if {name} were left out"
            warnings.add(child(child(at, "properties"), name), words)


def _listed(field: JSON) -> Iterator[JSON]:
    if isinstance(field, dict):
        listed = [field["const"]] if "const" in field else field.get("enum", [])
        yield from (value for value in listed if value is not None)
        for branch in (*field.get("anyOf", []), *field.get("oneOf", [])):
            yield from _listed(branch)


def _is_known(name: str, value: JSON) -> bool:
    """Tell whether a value is of a field that says nothing of an image's file, or is explained."""
    known = vocabulary()
    meanings = {meaning for meaning, names in known.fields.items() if name in names}
    if meanings & {"size", "ratio", "resolution"}:
        return names_size(name, value, known)
    if meanings & {"format", "handover"}:
        return str(value).lower() in known.formats.keys() | known.deliveries.keys()
    return True

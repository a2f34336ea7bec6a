"""Put what a ``$ref`` points at in its place, so that nothing later has to follow one."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from mockserver.contracts.finding import child
from mockserver.contracts.text import read_object
from mockserver.errors import ContractError
from mockserver.strict_json import JSON

__all__ = ["inlined"]

Place = tuple[Path, str]


def inlined(file: Path) -> dict[str, Any]:
    """Read a schema with every reference replaced by what it points at.

    A reference is a pointer into the same file (``#/$defs/size``) or into another one beside it
    (``../shared.schema.json#/properties``). Nothing is ever fetched from a network.

    :raises ContractError: when a reference leads nowhere, in a circle, or to a network.
    """
    document = read_object(file)
    schema: dict[str, Any] = _inline(document, document, (file, ""), ())
    return schema


def _inline(node: JSON, document: JSON, place: Place, trail: tuple[Place, ...]) -> JSON:
    file, at = place
    if isinstance(node, list):
        return [_inline(item, document, (file, child(at, i)), trail) for i, item in enumerate(node)]
    if not isinstance(node, dict):
        return node
    rest = {
        key: _inline(value, document, (file, child(at, key)), trail)
        for key, value in node.items()
        if not (key == "$ref" and isinstance(value, str))
    }
    if len(rest) == len(node):
        return rest
    target = _follow(node["$ref"], document, (file, child(at, "$ref")), trail)
    return {**rest, "allOf": [*rest.get("allOf", []), target]} if rest else target


def _follow(reference: str, document: JSON, place: Place, trail: tuple[Place, ...]) -> JSON:
    file, at = place
    parts = urlsplit(reference)
    if parts.scheme or parts.netloc:
        raise ContractError(
            file, at, f"{reference!r} is on a network; expected a file beside this one"
        )
    if parts.path:
        file = (file.parent / unquote(parts.path)).resolve()
        document = _neighbour(file, place, reference)
    target = (file, unquote(parts.fragment))
    if target in trail:
        raise ContractError(*place, f"{reference!r} leads in a circle")
    found = _find(document, target[1], place, reference)
    return _inline(found, document, target, (*trail, target))


def _neighbour(file: Path, place: Place, reference: str) -> JSON:
    try:
        document = read_object(file)
    except ContractError as error:
        raise ContractError(*place, f"{reference!r} leads nowhere: {error}") from None
    return {key: value for key, value in document.items() if key != "$schema"}


def _find(document: JSON, fragment: str, place: Place, reference: str) -> JSON:
    node = document
    start, *steps = fragment.split("/")
    if start:
        raise ContractError(*place, f"{reference!r} leads nowhere: expected a JSON pointer")
    for step in steps:
        key = step.replace("~1", "/").replace("~0", "~")
        try:
            node = node[int(key)] if isinstance(node, list) and key.isdecimal() else node[key]
        except (KeyError, IndexError, TypeError):
            raise ContractError(*place, f"{reference!r} leads nowhere: no {key!r} there") from None
    return node

"""Read the JSON files below ``schemas/``, with what each ``$ref`` points at in its place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from mockserver.contracts.finding import child, quote
from mockserver.errors import ContractError
from mockserver.strict_json import JSON, JSONTextError, parse

_INDEX = re.compile("0|[1-9][0-9]{0,8}")
"""An array's index in a JSON pointer (RFC 6901, section 4)."""

Place = tuple[Path, str]


def read_object(file: Path) -> dict[str, Any]:
    """Return the JSON object that a file holds.

    :raises ContractError: when the file cannot be read, is no JSON, or holds something else.
    """
    try:
        value = parse(file.read_bytes())
    except OSError as error:
        raise ContractError(file, "", f"cannot be read: {error.strerror}") from None
    except JSONTextError as error:
        raise ContractError(file, "", str(error)) from None
    if not isinstance(value, dict):
        raise ContractError(file, "", "expected a JSON object")
    return value


def pointer_steps(pointer: str) -> list[str]:
    """Return the steps of a JSON pointer (RFC 6901), unescaped."""
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def member_key(parent: JSON, step: str) -> str | int:
    """Return the key or index of the member that a step of a JSON pointer leads to.

    :raises LookupError: with the step in words, when there is no such member.
    """
    if isinstance(parent, dict) and step in parent:
        return step
    if isinstance(parent, list) and _INDEX.fullmatch(step) and int(step) < len(parent):
        return int(step)
    raise LookupError(f"no {quote(step)} there")


def resolve(value: JSON, pointer: str) -> JSON:
    """Return what a JSON pointer (RFC 6901) leads to in a value.

    :raises LookupError: with the step that leads nowhere, in words.
    """
    for step in pointer_steps(pointer):
        value = value[member_key(value, step)]
    return value


def is_present(value: JSON, pointer: str) -> bool:
    """Return whether a value has something, null too, at a JSON pointer (RFC 6901)."""
    try:
        resolve(value, pointer)
    except LookupError:
        return False
    return True


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
    target = (file, unquote(parts.fragment))
    if target in trail:
        raise ContractError(*place, f"{reference!r} leads in a circle")
    try:
        if parts.path:
            document = read_object(file)
            document = {k: v for k, v in document.items() if k not in {"$schema", "$id"}}
        if target[1] and not target[1].startswith("/"):
            raise LookupError("expected a JSON pointer")
        found = resolve(document, target[1])
    except (ContractError, LookupError) as error:
        raise ContractError(*place, f"{reference!r} leads nowhere: {error}") from None
    return _inline(found, document, target, (*trail, target))

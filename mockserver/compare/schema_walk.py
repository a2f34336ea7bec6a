"""Walk over two schemas, or a schema and a value, and return every difference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from mockserver.compare.keyword_rules import MISSING, Difference, Direction, keyword_changes
from mockserver.contracts.allof import atoms, bare, flattened
from mockserver.contracts.finding import child
from mockserver.contracts.json_schema import Schema, Steps
from mockserver.contracts.samples import sample
from mockserver.strict_json import JSON


def differences(old: JSON, new: JSON, steps: Steps = ()) -> Iterator[Difference]:
    """Return the differences of two schemas and of all schemas inside them.

    :param steps: the path to the place that the schemas are of.
    """
    if bare(old) == bare(new):
        return
    if old is False or new is False:
        direction = Direction.NARROWER if new is False else Direction.WIDER
        probe = sample(old if new is False else new)
        yield Difference("never", direction, old is False, new is False, (probe,), steps=steps)
        return
    before, after = flattened(old), flattened(new)
    yield from (replace(each, steps=steps) for each in keyword_changes(before, after))
    shared = {*atoms(before)} & {*atoms(after)}
    if "object" in shared:
        yield from _fields(before, after, steps)
        yield from _others(before, after, steps)
    if "array" in shared:
        yield from differences(before.get("items", {}), after.get("items", {}), (*steps, 0))


def _fields(old: Schema, new: Schema, steps: Steps) -> Iterator[Difference]:
    before, after = (_named(schema) for schema in (old, new))
    for name in {**before, **after}:
        here = (*steps, name)
        if name not in after:
            hint = _successor(name, before, after)
            yield replace(_removed(before[name]), steps=here, hint=hint, closed=_closed(new))
        elif name not in before:
            yield replace(_added(name, old, new, after[name]), steps=here)
        else:
            yield from _necessity(name, old, new, here)
            yield from differences(before[name], after[name], here)


def _named(schema: Schema) -> dict[str, Any]:
    """Return the fields that a schema names, even if only as required."""
    return {**dict.fromkeys(schema.get("required", []), True), **schema.get("properties", {})}


def _removed(field: JSON) -> Difference:
    return Difference("removed", Direction.OTHER, bare(field), None, (MISSING, sample(field)))


def _added(name: str, old: Schema, new: Schema, field: JSON) -> Difference:
    if name in new.get("required", []):
        direction = Direction.OTHER if _closed(old) else Direction.NARROWER
    else:
        direction = Direction.WIDER if _closed(old) else Direction.NEUTRAL
    return Difference("added", direction, None, bare(field), (MISSING, sample(field)))


def _necessity(name: str, old: Schema, new: Schema, here: Steps) -> Iterator[Difference]:
    before, after = (name in schema.get("required", []) for schema in (old, new))
    if before != after:
        direction = Direction.NARROWER if after else Direction.WIDER
        yield Difference("required", direction, before, after, (MISSING,), steps=here)


def _others(old: Schema, new: Schema, steps: Steps) -> Iterator[Difference]:
    """Compare the rules for fields that are not named."""
    here = (*steps, "*")
    before, after = (schema.get("additionalProperties", True) for schema in (old, new))
    if _closed(old) != _closed(new):
        direction = Direction.NARROWER if _closed(new) else Direction.WIDER
        probes = (sample(after if _closed(old) else before),)
        yield Difference("additionalProperties", direction, before, after, probes, steps=here)
    elif not _closed(old):
        yield from differences(before, after, here)


def _closed(schema: Schema) -> bool:
    return schema.get("additionalProperties") is False


def _successor(name: str, before: dict[str, Any], after: dict[str, Any]) -> str:
    """Return the new field of a similar name with a removed field's schema."""
    added = [other for other in after if other not in before]
    same = [other for other in added if bare(after[other]) == bare(before[name])]
    return next(iter(get_close_matches(name, same, 1)), "")


def undocumented_fields(schema: JSON, value: JSON, at: str = "/response/body") -> Iterator[str]:
    """Return the pointers of the outermost fields of a value that a schema does not name."""
    node: dict[str, Any] = flattened(schema)
    if isinstance(value, list):
        for i, item in enumerate(value):
            yield from undocumented_fields(node.get("items", {}), item, child(at, i))
    elif isinstance(value, dict) and "properties" in node:
        fields, free = node["properties"], "additionalProperties" in node
        for name in value:
            if name in fields:
                yield from undocumented_fields(fields[name], value[name], child(at, name))
            elif not free:
                yield child(at, name)

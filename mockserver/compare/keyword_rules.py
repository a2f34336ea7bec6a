"""What each keyword of a schema lets pass, before and after.

To teach the comparison another keyword, give it a rule in ``RULES``. A keyword without one is
reported as a change of unknown effect, never passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from mockserver.contracts.allof import ATOMS, atoms, bare
from mockserver.contracts.samples import PLAIN, samples
from mockserver.contracts.schema_loader import Schema, validator
from mockserver.strict_json import JSON

__all__ = ["MISSING", "RULES", "Direction", "KeywordChange", "keyword_changes", "values_of"]

MISSING = object()
"""A probe that stands for the field being left out."""


class Direction(Enum):
    """What a change does to the set of values that are let pass."""

    NARROWER = auto()
    WIDER = auto()
    NEUTRAL = auto()
    """Nothing that anybody could count on changes."""
    OTHER = auto()
    """Narrower, wider, both or neither: only an example can tell."""


@dataclass(frozen=True, slots=True)
class KeywordChange:
    """What one keyword of one place says, before and after.

    :ivar kind: the keyword, or ``null``.
    :ivar probes: values that are likely let pass on one side only.
    :ivar deep: whether it can refuse what is inside the value, too.
    """

    kind: str
    direction: Direction
    before: JSON
    after: JSON
    probes: tuple[Any, ...]
    deep: bool = False


Rule = Callable[[str, Schema, Schema], Iterable[KeywordChange]]


def keyword_changes(old: Schema, new: Schema) -> Iterator[KeywordChange]:
    """Compare everything that two flattened schemas say of a value itself, not of its members."""
    yield from _nullness(old, new)
    before, after = bare(old), bare(new)
    changed = [k for k in {**before, **after} if before.get(k, MISSING) != after.get(k, MISSING)]
    for key in dict.fromkeys("enum" if key == "const" else key for key in changed):
        yield from RULES.get(key, _unknown)(key, old, new)


def values_of(schema: Schema) -> list[Any] | None:
    """List the only values that a schema lets pass, without null; None where it lists none."""
    if "const" not in schema and "enum" not in schema:
        return None
    listed = [schema["const"]] if "const" in schema else schema["enum"]
    return [value for value in listed if value is not None]


def _nullable(schema: Schema) -> bool:
    listed = [schema["const"]] if "const" in schema else schema.get("enum", [None])
    return "null" in atoms(schema) and None in listed


def _nullness(old: Schema, new: Schema) -> Iterator[KeywordChange]:
    before, after = _nullable(old), _nullable(new)
    typed = all("type" in schema or values_of(schema) is not None for schema in (old, new))
    if before != after and typed:
        direction = Direction.WIDER if after else Direction.NARROWER
        yield KeywordChange("null", direction, before, after, (None,))


def _type(key: str, old: Schema, new: Schema) -> Iterator[KeywordChange]:
    if values_of(old) is not None and values_of(new) is not None:
        return
    before, after = ({a for a in atoms(s) if a != "null"} for s in (old, new))
    if before == after:
        return
    probes = tuple(PLAIN[atom] for atom in ATOMS if atom in before ^ after)
    direction = (
        Direction.WIDER
        if before < after
        else Direction.NARROWER
        if after < before
        else Direction.OTHER
    )
    yield KeywordChange(key, direction, old.get(key), new.get(key), (*probes, 0.5))


def _enum(key: str, old: Schema, new: Schema) -> Iterator[KeywordChange]:
    before, after = values_of(old), values_of(new)
    if before is None or after is None:
        yield from _listing(key, old, new)
        return
    gone = tuple(value for value in before if value not in after)
    come = tuple(value for value in after if value not in before)
    if gone:
        yield KeywordChange(key, Direction.NARROWER, before, after, gone)
    if come:
        yield KeywordChange(key, Direction.WIDER, before, after, come)


def _listing(key: str, old: Schema, new: Schema) -> Iterator[KeywordChange]:
    """Compare where only one of the two lists its values."""
    before, after = values_of(old), values_of(new)
    listed, free = (before or after or []), (old if before is None else new)
    within = all(map(validator(free).is_valid, listed))
    direction = Direction.NARROWER if before is None else Direction.WIDER
    probes = (*samples(free), "another text", 2, *listed)
    yield KeywordChange(key, direction if within else Direction.OTHER, before, after, probes)


def _bound(direction: int, probe: Callable[[Any, Schema], Iterable[Any]]) -> Rule:
    """Make the rule of a limit: ``direction`` is 1 where a higher one lets more pass, else -1."""

    def compare(key: str, old: Schema, new: Schema) -> Iterator[KeywordChange]:
        before, after = old.get(key), new.get(key)
        endless = direction * float("inf")
        loose, tight = (endless if v is None else v for v in (before, after))
        narrower = direction * tight < direction * loose
        limits = [value for value in (before, after) if value is not None]
        strictest = min(limits) if direction > 0 else max(limits)
        probes = (*probe(strictest, old), *probe(strictest, new))
        yield KeywordChange(
            key, Direction.NARROWER if narrower else Direction.WIDER, before, after, probes
        )

    return compare


def _number(step: int) -> Callable[[Any, Schema], Iterable[Any]]:
    return lambda limit, _: (limit + step, limit + step / 2, limit)


def _length(step: int) -> Callable[[Any, Schema], Iterable[Any]]:
    return lambda limit, _: ("x" * (limit + step),)


def _count(step: int) -> Callable[[Any, Schema], Iterable[Any]]:
    return lambda limit, schema: (
        [item] * (limit + step) for item in samples(schema.get("items", {}), full=True)
    )


def _restriction(key: str, old: Schema, new: Schema) -> Iterator[KeywordChange]:
    """Compare a keyword that forbids something by being there at all."""
    direction = (
        Direction.NARROWER
        if key not in old
        else Direction.WIDER
        if key not in new
        else Direction.OTHER
    )
    bare = [{k: v for k, v in schema.items() if k != key} for schema in (old, new)]
    probes = (*_variants(old, new), *_variants(*bare), *_odd(old, new))
    yield KeywordChange(key, direction, old.get(key), new.get(key), probes)


def _odd(old: Schema, new: Schema) -> tuple[Any, ...]:
    """Values that a restriction of strings, numbers or lists is likely to refuse."""
    item = next(samples(old.get("items", new.get("items", {}))))
    return ("", "text", "?", 0, 1, 0.5, 7, [item, item])


def _default(key: str, old: Schema, new: Schema) -> Iterator[KeywordChange]:
    yield KeywordChange(key, Direction.OTHER, old.get(key), new.get(key), ())


def _elsewhere(_key: str, _old: Schema, _new: Schema) -> Iterator[KeywordChange]:
    """Leave a keyword about members to the walk over them."""
    yield from ()


def _unknown(key: str, old: Schema, new: Schema) -> Iterator[KeywordChange]:
    probes = (*_variants(old, new), *PLAIN.values())
    yield KeywordChange(key, Direction.OTHER, old.get(key), new.get(key), probes, deep=True)


def _variants(*schemas: Schema) -> Iterator[Any]:
    for schema in schemas:
        yield from samples(schema)
        yield from samples(schema, full=True)


RULES: dict[str, Rule] = {
    "type": _type,
    "enum": _enum,
    "maximum": _bound(1, _number(1)),
    "exclusiveMaximum": _bound(1, _number(0)),
    "minimum": _bound(-1, _number(-1)),
    "exclusiveMinimum": _bound(-1, _number(0)),
    "maxLength": _bound(1, _length(1)),
    "minLength": _bound(-1, _length(-1)),
    "maxItems": _bound(1, _count(1)),
    "minItems": _bound(-1, _count(-1)),
    **dict.fromkeys(("format", "multipleOf", "pattern"), _restriction),
    "default": _default,
    **dict.fromkeys(("additionalProperties", "items", "properties", "required"), _elsewhere),
}
"""What each keyword's change does; ``const`` is read as an ``enum`` of one."""

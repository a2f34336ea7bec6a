"""What a change of each schema keyword does to the set of accepted values.

To support another keyword, add a rule to ``RULES``. A keyword without one is reported as a change
of unknown effect, never ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from mockserver.contracts.allof import ATOMS, atoms, bare
from mockserver.contracts.json_schema import Schema, Steps, validator
from mockserver.contracts.samples import PLAIN, sample, samples
from mockserver.strict_json import JSON

MISSING = object()
"""A probe that means that the field is left out."""


class Direction(Enum):
    """What a change does to the set of accepted values."""

    NARROWER = auto()
    WIDER = auto()
    NEUTRAL = auto()
    """Nothing changes that a caller relies on."""
    OTHER = auto()
    """Narrower, wider, both or neither: only a counterexample shows which."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One changed keyword in one place.

    :ivar kind: the keyword, or ``null``, ``never``, ``added``, ``removed`` or ``renamed``.
    :ivar probes: values that probably only one side accepts.
    :ivar deep: whether the keyword can refuse what is inside the value, too.
    :ivar steps: the path to the place.
    :ivar hint: the field that probably replaces a removed one; empty where there is none.
    :ivar closed: whether a removed field is refused now.
    """

    kind: str
    direction: Direction
    before: JSON
    after: JSON
    probes: tuple[Any, ...]
    deep: bool = False
    steps: Steps = ()
    hint: str = ""
    closed: bool = False


_MEMBERS = {"additionalProperties", "items", "properties", "required"}
"""The keywords about fields and items, which the schema walk compares."""

Rule = Callable[[str, Schema, Schema], Iterable[Difference]]


def keyword_changes(old: Schema, new: Schema) -> Iterator[Difference]:
    """Return the differences of two normalized schemas, except those of fields and items."""
    yield from _nullability(old, new)
    before, after = bare(old), bare(new)
    names = [key for key in {**before, **after} if key not in _MEMBERS]
    changed = [k for k in names if before.get(k, MISSING) != after.get(k, MISSING)]
    for key in changed:
        yield from RULES.get(key, _unknown)(key, old, new)


def _nullability(old: Schema, new: Schema) -> Iterator[Difference]:
    before, after = ("null" in atoms(schema) for schema in (old, new))
    if before != after and "type" in old and "type" in new:
        direction = Direction.WIDER if after else Direction.NARROWER
        yield Difference("null", direction, before, after, (None,))


def _type(key: str, old: Schema, new: Schema) -> Iterator[Difference]:
    if "enum" in old and "enum" in new:
        return
    before, after = ({a for a in atoms(s) if a != "null"} for s in (old, new))
    if before == after:
        return
    changed = [atom for atom in ATOMS if atom in before ^ after]
    probes = [PLAIN[atom] for atom in changed]
    for schema in (old, new):
        probes += [sample({**schema, "type": atom}) for atom in changed if atom != "fraction"]
        probes.append(schema.get("minimum", 0) + 0.5)
    direction = Direction.OTHER
    if before < after:
        direction = Direction.WIDER
    elif after < before:
        direction = Direction.NARROWER
    yield Difference(key, direction, old.get(key), new.get(key), tuple(probes))


def _values(schema: Schema) -> list[Any] | None:
    """Return the values that a schema lists, without null; None where it lists none."""
    return [value for value in schema["enum"] if value is not None] if "enum" in schema else None


def _enum(key: str, old: Schema, new: Schema) -> Iterator[Difference]:
    before, after = _values(old), _values(new)
    if before is None or after is None:
        yield from _enum_on_one_side(key, old, new)
        return
    removed = tuple(value for value in before if value not in after)
    added = tuple(value for value in after if value not in before)
    if removed:
        yield Difference(key, Direction.NARROWER, before, after, removed)
    if added:
        yield Difference(key, Direction.WIDER, before, after, added)


def _enum_on_one_side(key: str, old: Schema, new: Schema) -> Iterator[Difference]:
    """Compare an enumeration with a schema that lists no values."""
    before, after = _values(old), _values(new)
    listed, free = (before or after or []), (old if before is None else new)
    within = all(map(validator(free).is_valid, listed))
    direction = Direction.NARROWER if before is None else Direction.WIDER
    probes = (*samples(free), "another text", 2, *listed)
    yield Difference(key, direction if within else Direction.OTHER, before, after, probes)


def _bound(key: str, old: Schema, new: Schema) -> Iterator[Difference]:
    """Compare a limit: a higher maximum accepts more, and so does a lower minimum."""
    sign = 1 if "max" in key.lower() else -1
    before, after = old.get(key), new.get(key)
    loose, tight = (sign * float("inf") if v is None else v for v in (before, after))
    direction = Direction.NARROWER if sign * tight < sign * loose else Direction.WIDER
    limits = [value for value in (before, after) if value is not None]
    strictest = min(limits) if sign > 0 else max(limits)
    probes = (*_beyond(key, sign, strictest, old), *_beyond(key, sign, strictest, new))
    yield Difference(key, direction, before, after, probes)


def _beyond(key: str, sign: int, limit: JSON, schema: Schema) -> Iterable[Any]:
    """Return values on the wrong side of a limit, the nearest one last."""
    if key.endswith("Length"):
        return ["x" * (limit + sign)]
    if key.endswith("Items"):
        items = samples(schema.get("items", {}), full=True)
        return [[item] * (limit + sign) for item in items]
    return [limit] if key.startswith("exclusive") else [limit + sign, limit + sign / 2, limit]


def _restriction(key: str, old: Schema, new: Schema) -> Iterator[Difference]:
    """Compare a keyword that restricts by its presence."""
    direction = Direction.OTHER
    if key not in old:
        direction = Direction.NARROWER
    elif key not in new:
        direction = Direction.WIDER
    rest = [{k: v for k, v in schema.items() if k != key} for schema in (old, new)]
    item = next(samples(old.get("items", new.get("items", {}))))
    odd = ("", "text", "?", 0, 1, 0.5, 7, [item, item])
    probes = (*_variants(old, new), *_variants(*rest), *odd)
    yield Difference(key, direction, old.get(key), new.get(key), probes)


def _default(key: str, old: Schema, new: Schema) -> Iterator[Difference]:
    yield Difference(key, Direction.OTHER, old.get(key), new.get(key), ())


def _unknown(key: str, old: Schema, new: Schema) -> Iterator[Difference]:
    probes = (*_variants(old, new), *PLAIN.values())
    yield Difference(key, Direction.OTHER, old.get(key), new.get(key), probes, deep=True)


def _variants(*schemas: Schema) -> Iterator[Any]:
    for schema in schemas:
        yield from samples(schema)
        yield from samples(schema, full=True)


RULES: dict[str, Rule] = {
    "type": _type,
    "enum": _enum,
    **dict.fromkeys(("maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum"), _bound),
    **dict.fromkeys(("maxLength", "minLength", "maxItems", "minItems"), _bound),
    **dict.fromkeys(("format", "multipleOf", "pattern"), _restriction),
    "default": _default,
}
"""The rule of each keyword; a normalized schema has no ``const``."""

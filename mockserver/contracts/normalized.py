"""One spelling for the schemas that allow the same values."""

from __future__ import annotations

import json
from itertools import chain, combinations, product
from typing import Any

from mockserver.contracts.allof import ANNOTATIONS, atoms, bare, flattened
from mockserver.contracts.json_schema import Schema, map_parts, types_of, validator
from mockserver.strict_json import JSON

_TYPES = ("string", "integer", "number", "boolean", "array", "object", "null")
_OF_TYPE = {each: validator({"type": each}) for each in _TYPES}

_OF_NUMBERS = {"exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"}

_OWN_KEYWORDS: dict[str, set[str]] = {
    **{each: set() for each in _TYPES},
    "string": {
        *("contentEncoding", "contentMediaType", "format", "maxLength", "minLength", "pattern")
    },
    "integer": _OF_NUMBERS,
    "number": _OF_NUMBERS,
    "array": {
        *("contains", "items", "maxContains", "maxItems", "minContains", "minItems"),
        *("prefixItems", "uniqueItems"),
    },
    "object": {
        *("additionalProperties", "dependentRequired", "maxProperties", "minProperties"),
        *("patternProperties", "properties", "propertyNames", "required"),
    },
}
"""The keywords that restrict values of one type only."""

_NO_EFFECT: dict[str, tuple[JSON, ...]] = {
    "deprecated": (False,),
    "items": (True, {}),
    "minItems": (0,),
    "minLength": (0,),
    "required": ([],),
    "uniqueItems": (False,),
}
"""The values of keywords that are the same as no such keyword."""

_UNORDERED = {"anyOf", "enum", "oneOf", "required", "type"}


def normalized(schema: JSON) -> JSON:
    """Return a schema in the spelling that all schemas of the same values share, as far as known.

    ``anyOf`` of types becomes one schema with a list of types where that says the same, ``const``
    an ``enum``; the order of alternatives does not count. Descriptions of a whole field are kept.

    :param schema: a schema object, or True or False.
    """
    if not isinstance(schema, dict):
        return schema
    whole = flattened(schema)
    if {"unevaluatedItems", "unevaluatedProperties"} & whole.keys():
        return whole
    node = map_parts(whole, lambda part, _: normalized(part))
    node |= {key: _sorted(bare(node[key])) for key in ("anyOf", "oneOf") if key in node}
    node = {key: value for key, value in node.items() if value not in _NO_EFFECT.get(key, ())}
    rules = {key: value for key, value in node.items() if key not in ANNOTATIONS}
    kept = {key: value for key, value in node.items() if key in ANNOTATIONS}
    return {**kept, **_joined(_alternatives(rules))}


def _alternatives(rules: Schema) -> list[Schema]:
    """Return schemas of which a value has to keep one, each of one type where that is possible."""
    if rules.keys() == {"anyOf"}:
        return [each for branch in rules["anyOf"] for each in _alternatives(_bare(branch))]
    if rules.keys() == {"oneOf"}:
        branches = [_alternatives(_bare(branch)) for branch in rules["oneOf"]]
        if _are_apart(branches):
            return [each for branch in branches for each in branch]
    if {"const", "enum"} & rules.keys():
        return _listed(rules)
    types = types_of(rules)
    if not types or rules.keys() - {"type"} - set().union(*_OWN_KEYWORDS.values()):
        return [rules]
    if "number" in types:
        types = [each for each in types if each != "integer"]
    return [_of_type(each, rules) for each in types]


def _bare(branch: JSON) -> Schema:
    """Return an alternative without what explains it or has no effect."""
    rules = {k: v for k, v in flattened(branch).items() if k not in ANNOTATIONS}
    if rules.get("additionalProperties") in (True, {}):
        del rules["additionalProperties"]
    return rules


def _listed(rules: Schema) -> list[Schema]:
    """Return the alternatives of a schema that lists its values; null is one of its own."""
    others = {**rules}
    stated = [others.pop("const")] if "const" in rules else others.pop("enum")
    known = validator(others)
    values = [value for value in stated if known.is_valid(value)]
    if not values:
        return [{"not": {}}]
    some = [value for value in values if value is not None]
    null = [{"type": "null"}] if None in values else []
    return [_enum(some), *null] if some else null


def _enum(values: list[JSON]) -> Schema:
    found = {_type_of(value) for value in values}
    types = [each for each in _TYPES if each in found]
    return {"type": types[0] if len(types) == 1 else types, "enum": values}


def _type_of(value: JSON) -> str:
    return next(each for each in _TYPES if _OF_TYPE[each].is_valid(value))


def _of_type(stated: str, rules: Schema) -> Schema:
    own = {key: value for key, value in rules.items() if key in _OWN_KEYWORDS[stated]}
    return {"type": stated, **own}


def _are_apart(branches: list[list[Schema]]) -> bool:
    """Return whether no value can keep two of the branches, so that ``oneOf`` is ``anyOf``."""
    pairs = (product(*two) for two in combinations(branches, 2))
    return not any(_overlap(one, other) for one, other in chain.from_iterable(pairs))


def _overlap(one: Schema, other: Schema) -> bool:
    """Return whether a value may keep both of two alternatives."""
    for listed, rules in ((one, other), (other, one)):
        if _is_list(listed):
            return any(map(validator(rules).is_valid, listed["enum"]))
    return not {*atoms(one)}.isdisjoint(atoms(other))


def _joined(alternatives: list[Schema]) -> Schema:
    """Return one schema of alternatives: without ``anyOf`` where that says the same."""
    values = [value for each in alternatives if _is_list(each) for value in each["enum"]]
    others = [each for each in alternatives if not _is_list(each)]
    others = [each for i, each in enumerate(others) if each not in others[:i]]
    listed = [_enum(list({json.dumps(v): v for v in values}.values()))] if values else []
    if listed and others == [{"type": "null"}]:
        return _enum([*listed[0]["enum"], None])
    if not listed and _is_one_of_each_type(others):
        types = [each for each in _TYPES if any(other["type"] == each for other in others)]
        merged = {key: value for other in others for key, value in other.items()}
        return {**merged, "type": types[0] if len(types) == 1 else types}
    if len(listed + others) == 1:
        return (listed + others)[0]
    return {"anyOf": _sorted([*listed, *others])}


def _is_list(alternative: Schema) -> bool:
    return alternative.keys() == {"type", "enum"}


def _is_one_of_each_type(alternatives: list[Schema]) -> bool:
    alone = all(
        isinstance(each.get("type"), str) and each.keys() <= {"type"} | _OWN_KEYWORDS[each["type"]]
        for each in alternatives
    )
    return alone and _are_apart([[each] for each in alternatives])


def _sorted(schemas: list[Schema]) -> list[Schema]:
    return sorted(map(_ordered, schemas), key=_text)


def _ordered(value: Any) -> Any:  # noqa: ANN401
    """Return a schema, the lists in it sorted whose order says nothing."""
    if isinstance(value, list):
        return [_ordered(item) for item in value]
    if not isinstance(value, dict):
        return value
    inside = {key: _ordered(part) for key, part in value.items()}
    sets = {
        key: sorted(part, key=_text)
        for key, part in inside.items()
        if key in _UNORDERED and isinstance(part, list)
    }
    return {**inside, **sets}


def _text(value: JSON) -> str:
    return json.dumps(value, sort_keys=True)

"""Turn broken schema rules into findings, worded as the provider's documents word them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from difflib import SequenceMatcher
from typing import Any, cast

from jsonschema.exceptions import ValidationError

from mockserver.contracts.finding import Finding, Level, child, pointer, quote, type_name
from mockserver.contracts.json_schema import Schema
from mockserver.strict_json import JSON

_MAX_COMPARED = 100
"""How many characters of a wrong name are compared; the time grows with their square."""


def findings_from_errors(
    errors: Iterable[ValidationError], level: Level, root: str
) -> list[Finding]:
    """Turn a validator's errors into findings, one for each pointer and rule.

    :param errors: the result of ``iter_errors`` of a jsonschema validator.
    :param level: the level of the broken schema.
    :param root: the pointer of the validated value in the exchange.
    """
    found = [finding for error in errors for finding in _findings(error, level, root)]
    # The values that are allowed say more than their type does.
    listed = {f.pointer for f in found if f.rule in {"const", "enum"}}
    kept = [f for f in found if f.rule != "type" or f.pointer not in listed]
    return list({(f.pointer, f.rule): f for f in kept}.values())


def _findings(error: ValidationError, level: Level, root: str) -> Iterator[Finding]:
    at = root + pointer(*error.absolute_path)
    rule, schema = str(error.validator), cast("Schema", error.schema)
    value: Any = error.instance
    if rule == "required":
        for name in (n for n in cast("list[str]", error.validator_value) if n not in value):
            yield Finding(level, child(at, name), rule, _field_words(schema, name), "nothing")
    elif rule == "additionalProperties":
        known = schema.get("properties", {})
        words = f"no such field, only {_one_of(known)}" if known else "no such field"
        for name in (n for n in value if n not in known):
            yield Finding(level, child(at, name), rule, words, _typed(value[name]))
    elif rule in {"anyOf", "oneOf"}:
        yield Finding(level, at, rule, _branch_words(error), _typed(value))
    else:
        words = expectation(rule, error.validator_value)
        yield Finding(level, at, rule, words, _received(rule, value))


def expectation(rule: str, value: JSON) -> str:
    """Return what a schema keyword with this value expects."""
    words = _WORDS.get(rule)
    return words(value) if words else f"what {rule} {quote(value)} allows"


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Return names, those that are spelled most like another one first."""
    matcher = SequenceMatcher(b=name[:_MAX_COMPARED].lower(), autojunk=False)

    def likeness(candidate: str) -> float:
        matcher.set_seq1(candidate.lower())
        return matcher.ratio()

    return sorted(known, key=likeness, reverse=True)


def _plural(count: float, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")


def _one_of(values: Iterable[Any]) -> str:
    return " | ".join(quote(value) for value in values)


_WORDS: dict[str, Callable[[Any], str]] = {
    "type": lambda t: " or ".join([t] if isinstance(t, str) else t),
    "enum": _one_of,
    "const": quote,
    "minimum": lambda v: f"a number of at least {v}",
    "maximum": lambda v: f"a number of at most {v}",
    "exclusiveMinimum": lambda v: f"a number above {v}",
    "exclusiveMaximum": lambda v: f"a number below {v}",
    "multipleOf": lambda v: f"a multiple of {v}",
    "minLength": lambda v: f"at least {_plural(v, 'character')}",
    "maxLength": lambda v: f"at most {_plural(v, 'character')}",
    "minItems": lambda v: f"at least {_plural(v, 'item')}",
    "maxItems": lambda v: f"at most {_plural(v, 'item')}",
    "pattern": lambda v: f"text that matches {v}",
    "format": lambda v: f"a string of format {v}",
    "dependentRequired": lambda v: " and ".join(f"{n} only with {_one_of(v[n])}" for n in v),
    "uniqueItems": lambda _: "items that differ",
}


def _field_words(schema: Schema, name: str) -> str:
    field = schema.get("properties", {}).get(name, {})
    for rule in ("enum", "const", "type"):
        if isinstance(field, dict) and rule in field:
            return expectation(rule, field[rule])
    return "a value"


def _branch_words(error: ValidationError) -> str:
    branches: dict[Any, str] = {}
    for cause in error.context or ():
        finding = next(_findings(cause, Level.DOCUMENTED, ""))
        inside = finding.pointer.removeprefix(pointer(*error.absolute_path))
        where = f"{inside}: " if inside else ""
        branches.setdefault(cause.schema_path[0], where + finding.expected)
    alternatives = cast("list[Any]", error.validator_value)
    schemas = [each for each in alternatives if isinstance(each, dict)]
    fields = [name for each in schemas for name in each.get("required", ())]
    if not branches:  # several branches of oneOf match
        return f"exactly one of {_one_of(fields) or 'the alternatives'}"
    if all([*each] == ["required"] for each in schemas):
        return f"one of {_one_of(fields)}"
    return " or ".join(dict.fromkeys(branches.values()))


def _received(rule: str, value: JSON) -> str:
    if rule in {"minLength", "maxLength"}:
        return _plural(len(value), "character")
    if rule in {"minItems", "maxItems"}:
        return _plural(len(value), "item")
    return _typed(value) if rule == "type" else quote(value)


def _typed(value: JSON) -> str:
    """Return the type of a value, and the value where it is short."""
    if value is None or isinstance(value, list | dict):
        return type_name(value)
    return f"{type_name(value)} {quote(value)}"

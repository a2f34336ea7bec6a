"""Read JSON Schema files; reject what is not fully understood."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]

from mockserver.contracts.finding import child, pointer, quote
from mockserver.contracts.json_schema import ANNOTATION, DIALECT, FORMATS, Schema, parts, validator
from mockserver.contracts.refs import inlined, read_object
from mockserver.errors import ContractError
from mockserver.paths import is_shipped
from mockserver.strict_json import JSON

_UNFOLLOWED = {"$anchor", "$dynamicAnchor", "$dynamicRef", "$id", "$vocabulary"}


def read_schema(file: Path) -> Schema:
    """Return a schema with its references resolved, after checking all of it.

    A shipped one is not checked, since the tests have done so: it is a third of a start.

    :raises ContractError: with file and pointer, when it is no valid JSON Schema 2020-12, holds an
        unknown keyword or format, a reference that cannot be followed, or an example or default
        that breaks its own schema.
    """
    schema = inlined(file)
    if not is_shipped(file):
        _check_schema(file, schema)
    return {key: value for key, value in schema.items() if key not in {"$defs", "$id"}}


def _check_schema(file: Path, schema: Schema) -> None:
    _check_dialect(file, schema)
    if "://" in str(schema.get("$id")):  # references lead to files, whatever those are called
        del schema["$id"]
    if error := best_match(_grammar().iter_errors(schema)):
        raise ContractError(file, pointer(*error.absolute_path), error.message)
    for at, part in parts(schema):
        _check_keywords(file, at, part)
    for at, part in parts(schema):
        _check_examples(file, at, part)


def read_checked(file: Path, schema_file: Path) -> dict[str, Any]:
    """Return the JSON object in a file, which must match a schema; a shipped one does.

    :raises ContractError: with the file and the pointer of the first error.
    """
    value = read_object(file)
    if not is_shipped(file):
        check_value(value, file, schema_file)
    return value


def check_value(value: JSON, file: Path, schema_file: Path) -> None:
    """Check a value that was read from a file against a schema.

    :raises ContractError: with the file and the pointer of the first error.
    """
    for error in validator(_cached_schema(schema_file)).iter_errors(value):
        raise ContractError(file, pointer(*error.absolute_path), error.message)


@cache
def _cached_schema(schema_file: Path) -> Schema:
    return read_schema(schema_file)


@cache
def keywords() -> frozenset[str]:
    """Return the keywords of JSON Schema 2020-12 that this project follows."""
    names = {name for vocabulary in _vocabularies() for name in vocabulary["properties"]}
    return frozenset(names | {ANNOTATION}) - _UNFOLLOWED


def _check_dialect(file: Path, schema: JSON) -> None:
    stated = schema.get("$schema") if isinstance(schema, dict) else None
    if stated != DIALECT:
        reason = f"expected {quote(DIALECT)}, received {quote(stated)}"
        raise ContractError(file, "/$schema", reason)


def _check_keywords(file: Path, at: str, part: Schema) -> None:
    for key in part.keys() - keywords():
        raise ContractError(file, child(at, key), f"unknown keyword {key!r}; is it a typing error?")
    known = FORMATS.checkers.keys()
    if part.get("format", "date") not in known:
        reason = f"expected one of {', '.join(sorted(known))}, received {quote(part['format'])}"
        raise ContractError(file, child(at, "format"), reason)


@cache
def _grammar() -> Draft202012Validator:
    """Compile the metaschema in one piece.

    It is published as seven schemas with dynamic references to each other, and jsonschema resolves
    each of these anew for every schema inside a schema: a fifth of the time to the first response.
    """
    whole: Schema = {"type": ["object", "boolean"], "properties": {}, "$defs": {}}
    for vocabulary in _vocabularies():
        for name in ("properties", "$defs"):
            whole[name] |= vocabulary.get(name, {})
    return validator(_without_dynamic_references(whole))


def _without_dynamic_references(part: JSON) -> JSON:
    """Let every reference to the whole dialect point at the root."""
    if isinstance(part, list):
        return [_without_dynamic_references(item) for item in part]
    if not isinstance(part, dict):
        return part
    if part.get("$dynamicRef") == "#meta":
        return {"$ref": "#"}
    return {name: _without_dynamic_references(inner) for name, inner in part.items()}


def _vocabularies() -> list[Schema]:
    base = DIALECT.removesuffix("schema")
    return [REGISTRY.contents(base + e["$ref"]) for e in Draft202012Validator.META_SCHEMA["allOf"]]


def _check_examples(file: Path, at: str, part: Schema) -> None:
    samples = {at + pointer("examples", i): v for i, v in enumerate(part.get("examples", []))}
    if "default" in part:
        samples[child(at, "default")] = part["default"]
    for where, sample in samples.items():
        for error in validator(part).iter_errors(sample):
            raise ContractError(file, where, f"breaks its own schema: {error.message}")

"""Convert a schema of an OpenAPI document into JSON Schema 2020-12.

OpenAPI 3.1 uses it already; 3.0 has a dialect of its own (OpenAPI 3.0.3, section 4.7.24).
"""

from __future__ import annotations

from collections.abc import Iterator

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from mockserver.contracts.allof import ANNOTATIONS, flattened
from mockserver.contracts.finding import child, pointer, quote
from mockserver.contracts.json_schema import (
    ANNOTATION,
    DIALECT,
    FORMATS,
    Schema,
    Steps,
    map_parts,
    parts,
    types_of,
    validator,
)
from mockserver.contracts.schema_loader import keywords
from mockserver.openapi.document import Document
from mockserver.openapi.patterns import why_unchecked
from mockserver.strict_json import JSON, parse_or_none

_MOST_SCHEMAS = 20_000
_MOST_LEVELS = 50
_IGNORED = {ANNOTATION, "externalDocs", "xml"}
_READ = {"$comment", "$defs", "$schema", "discriminator", "example", "nullable"}
"""Keywords that are understood, and are not in the result."""

_UNCHECKED = ANNOTATIONS | {"readOnly", "writeOnly"}
"""Keywords that do not constrain a value."""

_FIELDS_BY_PATTERN = {"additionalProperties", "patternProperties", "unevaluatedProperties"}
"""Keywords that go together with a pattern that is not checked."""

_TYPES = "array | boolean | integer | null | number | object | string"
_BASES = {DIALECT, "https://spec.openapis.org/oas/3.1/dialect/base"}


class SchemaConverter:
    """Converts the schemas of one document."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._left = _MOST_SCHEMAS

    def schema(self, node: JSON, at: str) -> Schema:
        """Return the converted schema of a place of the document.

        :raises DocumentError: with its place, when something in it cannot be converted.
        """
        converted = self._convert(node, at, ())
        if not isinstance(converted, dict):
            raise self._document.error(at, f"expected a schema, received {quote(converted)}")
        return converted

    def _convert(self, node: JSON, at: str, trail: tuple[str, ...]) -> Schema | bool:
        self._left -= 1
        if at in trail:
            raise self._document.error(at, "a schema that leads in a circle cannot be written out")
        if self._left < 0 or len(trail) > _MOST_LEVELS:
            most = f"{_MOST_SCHEMAS} schemas" if self._left < 0 else f"{_MOST_LEVELS} levels"
            raise self._document.error(at, f"more than {most} of a schema cannot be written out")
        if isinstance(node, bool):
            return node
        if not isinstance(node, dict):
            raise self._document.error(at, f"expected a schema, received {quote(node)}")
        if isinstance(node.get("$ref"), str):
            return self._referred(node, at, (*trail, at))
        return self._plain(node, at, (*trail, at))

    def _referred(self, node: Schema, at: str, trail: tuple[str, ...]) -> Schema | bool:
        target = self._convert(*self._document.resolved(node, at), trail)
        beside = {key: value for key, value in node.items() if key != "$ref"}
        if beside and self._document.is_old:
            names = ", ".join(beside)
            self._document.warn(at, f"{names}: ignored beside $ref, as OpenAPI 3.0 requires")
        if not beside or self._document.is_old:
            return target
        return flattened({**self._plain(beside, at, trail), "allOf": [target]})

    def _plain(self, node: Schema, at: str, trail: tuple[str, ...]) -> Schema:
        kept = {key: value for key, value in node.items() if self._is_kept(key, value, at)}

        def convert(part: JSON, steps: Steps) -> Schema | bool:
            converted = self._convert(part, at + pointer(*steps), trail)
            # A single schema may stay a boolean.
            is_kept = len(steps) == 1 or isinstance(converted, dict)
            return converted if is_kept else flattened(converted)

        schema = map_parts(kept, convert)
        if self._document.is_old:
            self._exclude_bounds(schema, at)
        self._set_format(schema, at)
        self._drop_unchecked_patterns(schema, at)
        self._check(schema, at)
        if not isinstance(node.get("nullable", False), bool):
            reason = f"expected true or false, received {quote(node['nullable'])}"
            raise self._document.error(child(at, "nullable"), reason)
        if "discriminator" in node:
            schema = self._discriminated(node, schema, at)
        if node.get("nullable") is True:
            schema = self._nullable(schema, at)
        if "example" in node:
            schema["examples"] = [node["example"], *schema.get("examples", [])]
        whole = flattened(schema)
        for _, part in parts(whole):
            self._check_samples(part, at)
        return whole

    def _is_kept(self, key: str, value: JSON, at: str) -> bool:
        """Return whether a keyword is kept; warn of one that is lost."""
        if key == "$schema" and value not in _BASES:
            raise self._document.error(child(at, key), f"expected {quote(DIALECT)}")
        if key in _IGNORED or key.startswith("x-"):
            self._document.warn(child(at, key), f"{key} has no place in a contract")
        elif key not in keywords() | _READ:
            reason = f"unknown keyword {quote(key)}; is it a typing error?"
            raise self._document.error(child(at, key), reason)
        return key in keywords() - _READ - _IGNORED

    def _exclude_bounds(self, schema: Schema, at: str) -> None:
        """Convert a bound with a boolean that excludes it into the exclusive bound."""
        for excluded, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
            if not isinstance(schema.get(excluded), bool):
                continue
            if schema.pop(excluded):
                if bound not in schema:
                    reason = f"expected a {bound} beside it, which true would exclude"
                    raise self._document.error(child(at, excluded), reason)
                schema[excluded] = schema.pop(bound)

    def _set_format(self, schema: Schema, at: str) -> None:
        """Keep a format that is checked, convert ``byte``, and drop the others."""
        stated = schema.get("format")
        if not isinstance(stated, str) or stated in FORMATS.checkers:
            return
        if stated == "byte":
            schema["contentEncoding"] = "base64"
        else:
            self._document.warn(child(at, "format"), f"format {quote(stated)} is not checked")
        del schema["format"]

    def _drop_unchecked_patterns(self, schema: Schema, at: str) -> None:
        """Keep a pattern that is not checked as a comment."""
        stated, named = schema.get("pattern"), schema.get("patternProperties")
        if isinstance(stated, str) and not self._is_checked(stated, child(at, "pattern")):
            schema["$comment"] = f"Not checked: {schema.pop('pattern')}"
        place = child(at, "patternProperties")
        if isinstance(named, dict) and [1 for each in named if not self._is_checked(each, place)]:
            for key in _FIELDS_BY_PATTERN & schema.keys():
                del schema[key]

    def _is_checked(self, pattern: str, at: str) -> bool:
        reason = why_unchecked(pattern)
        if reason:
            self._document.warn(at, f"the pattern {quote(pattern)} is not checked: {reason}")
        return reason is None

    def _discriminated(self, node: Schema, schema: Schema, at: str) -> Schema:
        """Narrow each alternative to the values that select it (OpenAPI 3.0.3, section 4.7.25)."""
        about = node["discriminator"] if isinstance(node["discriminator"], dict) else {}
        field, mapping = about.get("propertyName"), about.get("mapping", {})
        key = next((key for key in ("oneOf", "anyOf") if key in schema), None)
        narrowed = schema
        if isinstance(field, str) and isinstance(mapping, dict):
            if key is None:
                narrowed = _narrowed(schema, field, list(mapping))
            else:
                pairs = zip(node[key], schema[key], strict=True)
                branches = [_narrowed(part, field, _names(ref, mapping)) for ref, part in pairs]
                narrowed = {**schema, key: branches}
        if key is None or narrowed == schema:
            words = "discriminator has no place in a contract"
            self._document.warn(child(at, "discriminator"), words)
        return narrowed

    def _nullable(self, schema: Schema, at: str) -> Schema:
        if "enum" in schema and None not in schema["enum"]:
            self._document.warn(at, "nullable without null in its enum: null is accepted, too")
            schema["enum"] = [*schema["enum"], None]
        if "type" in schema:
            schema["type"] = list(dict.fromkeys([*types_of(schema), "null"]))
        rules = {key: value for key, value in schema.items() if key not in _UNCHECKED}
        if validator(rules).is_valid(None):
            return schema
        if rules.keys() == {"anyOf"}:
            return {**schema, "anyOf": [*schema["anyOf"], {"type": "null"}]}
        words = {key: value for key, value in schema.items() if key in _UNCHECKED}
        return {**words, "anyOf": [rules, {"type": "null"}]}

    def _check(self, schema: Schema, at: str) -> None:
        """Check a schema's own keywords; the schemas inside it are checked already."""
        try:
            Draft202012Validator.check_schema(map_parts(schema, lambda *_: True))
        except SchemaError as error:
            place = at + pointer(*error.absolute_path)
            raise self._document.error(place, _complaint(error)) from None

    def _check_samples(self, schema: Schema, at: str) -> None:
        """Drop an example or default that breaks its own schema."""
        known = validator({key: value for key, value in schema.items() if key not in _UNCHECKED})
        samples = schema.pop("examples", [])
        if good := [sample for sample in samples if known.is_valid(sample)]:
            schema["examples"] = good
        lost = [sample for sample in samples if not known.is_valid(sample)]
        if "default" in schema and not known.is_valid(schema["default"]):
            stated = schema.pop("default")
            read = parse_or_none(stated.encode()) if isinstance(stated, str) else None
            if read is not None and known.is_valid(read):
                schema["default"] = read
                self._document.warn(at, f"the default {quote(stated)} is text: read as {read}")
            else:
                lost.append(stated)
        for sample in lost:
            words = f"the default or example {quote(sample)} breaks its own schema: left out"
            self._document.warn(at, words)


def listed_values(field: JSON) -> Iterator[JSON]:
    """Return the values that a schema lists, in its alternatives too; without null."""
    if isinstance(field, dict):
        listed = [field["const"]] if "const" in field else field.get("enum", [])
        yield from (value for value in listed if value is not None)
        for branch in (*field.get("anyOf", []), *field.get("oneOf", [])):
            yield from listed_values(branch)


def _names(branch: JSON, mapping: dict[str, JSON]) -> list[str]:
    """Return the values of a discriminator that select an alternative: by default its name."""
    reference = branch.get("$ref") if isinstance(branch, dict) else None
    if not isinstance(reference, str):
        return []
    name = reference.rpartition("/")[2]
    return [value for value in mapping if mapping[value] in (reference, name)] or [name]


def _narrowed(schema: Schema, field: str, values: list[str]) -> Schema:
    """Return a schema whose field has one of some values, unless it lists its values itself."""
    stated = schema.get("properties", {}).get(field, {})
    if not values or list(listed_values(stated)):
        return schema
    return flattened({"allOf": [schema, {"properties": {field: {"enum": values}}}]})


def _complaint(error: SchemaError) -> str:
    """Return what is wrong with a keyword; of a type, which ones there are."""
    if list(error.absolute_path)[:1] != ["type"]:
        return error.message
    return f"expected {_TYPES}, or a list of some, received {quote(error.instance)}"

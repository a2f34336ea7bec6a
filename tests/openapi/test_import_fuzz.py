"""Whatever a document holds anywhere, it is imported or refused with a clear error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.errors import MockserverError
from mockserver.strict_json import JSON
from tests.documents import PLACE, document, imported, request_of

REFERENCES = [
    {"$ref": f"#{place}"} for place in ("", "/paths", "/servers", "/servers/0", "/openapi")
]
NAMES = ["$(id)", "a\n::error::b\x1b[2J", "/__admin/reset", "m" * 300]
DISCRIMINATOR = {"propertyName": "model", "mapping": {"a": "#/components/schemas/A", "b": 5}}
KEYWORDS: list[JSON] = [
    {"pattern": r"^\p{L}(?<name>a)$"},
    {"pattern": "(" * 500 + ")" * 500, "patternProperties": {"(a+)+$": {}, r"\u{61}": True}},
    {"type": "number", "multipleOf": 0.1, "default": 0.7, "maximum": 1e308},
    {"properties": {"model": {"readOnly": True}, "it": {"writeOnly": 5}}, "required": ["model"]},
    {"anyOf": [{"properties": {"model": {"const": "a"}}}, {"type": "null"}]},
    {"oneOf": [{"$ref": "#/components/schemas/A"}, {}, True], "discriminator": DISCRIMINATOR},
    {"discriminator": {"propertyName": ["a"], "mapping": []}},
    {"uniqueItems": True, "default": [1, True, [], {}], "enum": [[1, 1.0], {}]},
    {"allOf": [{"items": {"$ref": "#/paths"}}, {"required": ["a"]}], "oneOf": [{"type": "null"}]},
]
CONTENTS = [{"*/*": {"schema": {}}}, {"application/a+json": {}}, {"2XX": {}}, {"default": {}}]
ODD = st.sampled_from(
    [
        None,
        True,
        0,
        "",
        "#/paths",
        [],
        ["a"],
        {},
        {"a": 1},
        *REFERENCES,
        *NAMES,
        *KEYWORDS,
        *CONTENTS,
    ]
)


def places(node: JSON, at: str = "") -> Iterator[str]:
    """Every place of a document."""
    pairs = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    for key, value in pairs:
        here = f"{at}/{str(key).replace('/', '~1')}"
        yield here
        yield from places(value, here)


@given(at=st.sampled_from(sorted(places(document(it={"anyOf": [{"enum": ["a"]}]})))), value=ODD)
@settings(max_examples=150, suppress_health_check=list(HealthCheck))
def test_any_value_anywhere_is_imported_or_refused(tmp_path: Path, at: str, value: JSON) -> None:
    whole = document(it={"anyOf": [{"enum": ["a"]}]})
    node: JSON = whole
    *steps, last = [step.replace("~1", "/") for step in at.split("/")[1:]]
    for step in steps:
        node = node[int(step)] if isinstance(node, list) else node[step]
    node[int(last) if isinstance(node, list) else last] = value
    with suppress(MockserverError):
        done = imported(tmp_path, whole)
        assert request_of(done)
        assert all("\n" not in str(warning) for warning in done.warnings)


@given(
    deep=st.recursive(
        st.sampled_from([*KEYWORDS, *REFERENCES, {"type": ["object", "null"]}]),
        lambda inner: st.one_of(
            st.dictionaries(
                st.sampled_from(["items", "not", "if", "additionalProperties"]), inner, min_size=1
            ),
            st.dictionaries(
                st.sampled_from(["allOf", "anyOf", "oneOf", "prefixItems"]),
                st.lists(inner, min_size=1, max_size=3),
                min_size=1,
            ),
            st.builds(lambda schema: {"properties": {"model": schema, "url": schema}}, inner),
        ),
        max_leaves=6,
    ),
    place=st.sampled_from(["request", "response", "field"]),
    version=st.sampled_from(["3.0.3", "3.1.0"]),
)
@settings(max_examples=50, suppress_health_check=list(HealthCheck))
def test_schemas_of_odd_parts_are_imported_or_refused(
    tmp_path: Path, deep: JSON, place: str, version: str
) -> None:
    whole = document(
        version, deep if place == "response" else None, it=deep if place == "field" else {}
    )
    if place == "request":
        post = whole["paths"][PLACE]["post"]
        post["requestBody"]["content"]["application/json"]["schema"] |= deep
    whole["components"]["schemas"] = {"A": {"type": "object", "properties": {"model": {}}}}
    with suppress(MockserverError):
        for contract_files in imported(tmp_path, whole).contracts:
            assert contract_files.load().shape is not None

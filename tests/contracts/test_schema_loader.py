"""Loading rejects whatever is not understood, and names the file and the pointer."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from mockserver.contracts import error_catalog, load_contract
from mockserver.contracts.finding import pointer
from mockserver.contracts.json_schema import FORMATS, ObjectCheck, validator
from mockserver.contracts.schema_loader import read_schema
from mockserver.errors import ContractError
from mockserver.paths import SCHEMAS, is_shipped
from mockserver.strict_json import JSON
from tests.corrupting import put

DIALECT = "https://json-schema.org/draft/2020-12/schema"
NETWORK = "https://example.test/shared.schema.json"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the folder of the pinned contract."""
    place = "dall-e-2/2025-08-19"
    return Path(shutil.copytree(SCHEMAS / place, tmp_path / place))


def schema_file(tmp_path: Path, **content: JSON) -> Path:
    file = tmp_path / "one.schema.json"
    file.write_text(json.dumps({"$schema": DIALECT, **content}))
    return file


def load_error(folder: Path) -> ContractError:
    with pytest.raises(ContractError) as caught:
        load_contract(folder)
    return caught.value


REQUEST, RESPONSE, OVERLAY = (f"{part}.schema.json" for part in ("request", "response", "overlay"))
FILLED = "/properties/response/x-mock"

INVALID = [
    (REQUEST, "/type", "objekt", "objekt"),
    (REQUEST, "/properties/n/minimum", "1", "number"),
    (REQUEST, "/properties/n/minimun", 1, "unknown keyword"),
    (REQUEST, "/$id", "x", "unknown keyword"),
    (REQUEST, "/$schema", "draft-07", DIALECT),
    (REQUEST, "/properties/n/default", 11, "maximum of 10"),
    (REQUEST, "/properties/prompt/format", "hue", "hue"),
    (REQUEST, "/properties/prompt/format", [], "string"),
    (RESPONSE, "/required", "data", "array"),
    (RESPONSE, "/properties/model/x-mock", "image.svg", "received 'image.svg'"),
    (OVERLAY, FILLED, 5, "received 5"),
    (OVERLAY, FILLED, "", "received ''"),
    (OVERLAY, FILLED, "request.promt", "request.prompt"),
    ("contract.json", "/revision", "yesterday", "yesterday"),
    ("contract.json", "/path", "v1/images", "v1/images"),
    ("contract.json", "/success/status", 404, "404"),
    ("contract.json", "/method", "GET", "GET"),
]


@pytest.mark.parametrize(("file", "at", "value", "words"), INVALID)
def test_an_invalid_file_is_rejected_with_file_and_pointer(
    folder: Path, file: str, at: str, value: JSON, words: str
) -> None:
    put(folder / file, at, value)
    error = load_error(folder)
    assert (error.file, error.pointer) == (folder / file, at)
    assert words in error.reason
    assert str(error) == f"{folder / file}#{at}: {error.reason}"


@pytest.mark.parametrize(
    ("file", "is_one"),
    [
        (SCHEMAS / "fault.schema.json", True),
        (SCHEMAS / ".." / "mine" / "fault.schema.json", False),
        (SCHEMAS.with_name("schemas-of-mine") / "fault.schema.json", False),
    ],
    ids=["ours", "beside, by two dots", "beside"],
)
def test_only_what_is_below_our_schemas_is_shipped(file: Path, is_one: bool) -> None:
    assert is_shipped(file) is is_one


def test_the_error_points_at_the_example_that_breaks_its_schema(folder: Path) -> None:
    put(folder / REQUEST, "/properties/n/examples", [1, 0])
    assert load_error(folder).pointer == "/properties/n/examples/1"


def test_an_unused_definition_is_checked_too(folder: Path) -> None:
    put(folder / REQUEST, "/$defs", {"a": {"minimun": 1}})
    assert load_error(folder).pointer == "/$defs/a/minimun"


def test_an_unknown_field_of_a_contract_is_rejected(folder: Path) -> None:
    put(folder / "contract.json", "/modes", ["dall-e-2"])
    assert "'modes' was unexpected" in load_error(folder).reason


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("#/$defs/missing", "leads nowhere: no '$defs' there"),
        ("#size", "leads nowhere: expected a JSON pointer"),
        ("#/required/9", "leads nowhere: no '9' there"),
        ("#/required/-1", "leads nowhere: no '-1' there"),
        ("#/required/0/x", "leads nowhere: no 'x' there"),
        ("missing.schema.json", "leads nowhere"),
        ("#", "leads in a circle"),
        ("#/properties", "leads in a circle"),
        ("request.schema.json#/properties/size", "leads in a circle"),
        (NETWORK, "is on a network"),
        ("//example.test/shared.schema.json", "is on a network"),
        ("file:///etc/hostname", "is on a network"),
    ],
)
def test_a_reference_that_cannot_be_followed_is_rejected(
    folder: Path, reference: str, words: str
) -> None:
    put(folder / "request.schema.json", "/properties/size", {"$ref": reference})
    error = load_error(folder)
    assert words in error.reason
    assert error.file.name == "request.schema.json"
    assert error.pointer == "/properties/size/$ref"


def test_a_circle_through_two_files_is_rejected(folder: Path) -> None:
    for file, other in (("a", "b"), ("b", "a")):
        (folder / f"{file}.schema.json").write_text(json.dumps({"$ref": f"{other}.schema.json"}))
    with pytest.raises(ContractError, match="leads in a circle"):
        read_schema(folder / "a.schema.json")


def test_nothing_is_ever_fetched(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    def no_socket(*_: object, **__: object) -> None:
        pytest.fail("a socket was opened")

    monkeypatch.setattr(socket, "socket", no_socket)
    monkeypatch.setattr(socket, "create_connection", no_socket)
    monkeypatch.setattr(socket, "getaddrinfo", no_socket)
    assert load_contract(folder).request_findings({"model": "dall-e-2", "prompt": "x"}) == []
    put(folder / "request.schema.json", "/properties/size", {"$ref": NETWORK})
    assert "is on a network" in load_error(folder).reason


def test_a_reference_into_the_same_file_is_resolved(tmp_path: Path) -> None:
    file = schema_file(
        tmp_path,
        properties={
            "a": {"$ref": "#/$defs/odd~1name"},
            "b": {"allOf": [{"$ref": "#/$defs/c%20d"}]},
        },
        **{"$defs": {"odd/name": {"type": "string"}, "c d": {"type": "integer"}}},
    )
    properties = {"a": {"type": "string"}, "b": {"allOf": [{"type": "integer"}]}}
    assert read_schema(file) == {"$schema": DIALECT, "properties": properties}


def test_keywords_beside_a_reference_apply_too(tmp_path: Path) -> None:
    beside = {"$ref": "#/$defs/text", "maxLength": 2}
    file = schema_file(tmp_path, properties={"a": beside}, **{"$defs": {"text": {"minLength": 1}}})
    schema = validator(read_schema(file))
    assert [schema.is_valid({"a": value}) for value in ("", "x", "xxx")] == [False, True, False]


def test_a_field_may_be_called_ref(tmp_path: Path) -> None:
    fields = {"$ref": {"type": "string"}}
    assert read_schema(schema_file(tmp_path, properties=fields))["properties"] == fields


def test_a_misspelled_keyword_deep_inside_is_found(tmp_path: Path) -> None:
    schema = {"anyOf": [{"items": {"not": {"patternProperties": {"^a": {"typ": "string"}}}}}]}
    with pytest.raises(ContractError) as caught:
        read_schema(schema_file(tmp_path, **schema))
    assert caught.value.pointer == "/anyOf/0/items/not/patternProperties/^a/typ"


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "strin"},
        {"minimum": "1"},
        {"multipleOf": 0},
        {"minLength": -1},
        {"pattern": "["},
        {"patternProperties": {"[": {}}},
        {"properties": []},
        {"properties": {"a": {"type": 5}}},
        {"required": ["a", "a"]},
        {"dependentRequired": {"a": ["b", "b"]}},
        {"allOf": []},
        {"allOf": [{"items": {"enum": 3}}]},
        {"prefixItems": [{"contains": {"maximum": []}}]},
        {"if": True, "then": 5},
        {"unevaluatedItems": 3},
        {"propertyNames": {"minLength": "a"}},
    ],
    ids=json.dumps,
)
def test_what_the_metaschema_rejects_is_rejected_with_the_same_pointer(
    tmp_path: Path, wrong: dict[str, Any]
) -> None:
    file = schema_file(tmp_path, **wrong)
    with pytest.raises(SchemaError) as published:
        Draft202012Validator.check_schema(json.loads(file.read_text()))
    with pytest.raises(ContractError) as loaded:
        read_schema(file)
    assert loaded.value.pointer == pointer(*published.value.absolute_path)


@pytest.mark.parametrize("root", [True, 3, "text", [1]])
def test_a_reference_to_no_schema_as_the_whole_schema_is_rejected(
    tmp_path: Path, root: JSON
) -> None:
    file = tmp_path / "one.schema.json"
    file.write_text(json.dumps({"$ref": "two.schema.json#/a"}))
    (tmp_path / "two.schema.json").write_text(json.dumps({"a": root}))
    with pytest.raises(ContractError, match="2020-12"):
        read_schema(file)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"{", "Expected JSON, but at line 1 column 2"),
        (b"", "empty"),
        (b"[]", "expected a JSON object"),
        (b'{"a": NaN}', "received NaN"),
        (b'{"a": "\xff"}', "Expected UTF-8"),
    ],
)
def test_a_file_that_is_no_json_object_is_rejected(folder: Path, text: bytes, words: str) -> None:
    for file in ("request.schema.json", "contract.json"):
        (folder / file).write_bytes(text)
        error = load_error(folder)
        assert (error.file.name, error.pointer) == (file, "")
        assert words in error.reason


@pytest.mark.parametrize("file", ["request", "response", "overlay"])
def test_a_missing_file_is_rejected(folder: Path, file: str) -> None:
    (folder / f"{file}.schema.json").unlink()
    error = load_error(folder)
    assert error.file == folder / f"{file}.schema.json"
    assert "No such file" in error.reason


@pytest.mark.parametrize(
    "field", ["model", "revision", "server", "method", "path", "security", "success", "response"]
)
def test_a_contract_that_leaves_something_out_is_rejected(folder: Path, field: str) -> None:
    about = json.loads((folder / "contract.json").read_text())
    del about[field]
    (folder / "contract.json").write_text(json.dumps(about))
    assert f"'{field}' is a required property" in load_error(folder).reason


def test_an_error_that_is_listed_twice_is_rejected(schemas: Path) -> None:
    put(schemas / "errors.json", "/errors/1/name", "validation")
    with pytest.raises(ContractError, match="validation is there already") as caught:
        error_catalog(schemas)
    assert caught.value.pointer == "/errors/1/name"


def test_an_error_without_an_error_status_is_rejected(schemas: Path) -> None:
    put(schemas / "errors.json", "/errors/0/status", 200)
    with pytest.raises(ContractError, match="200 is less than the minimum of 400"):
        error_catalog(schemas)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("date", "2025-08-19", "19.8.2025"),
        ("date-time", "2025-08-19T12:00:00.000Z", "2025-08-19T12:00:00"),
        ("date-time", "2025-08-19t12:00:00+02:00", "2025-08-19 12:00:00Z"),
        ("uri", "https://images.test/a.png?st=1&sig=%3D", "/a.png"),
        ("uri", "urn:a", "https://images.test/a b.png"),
        ("uri", "http://[::1]:8000/", "http://[::1"),
        ("uri", "http://a", "http://\xe4.test/"),
        ("uuid", "00000000-0000-4000-8000-000000000000", "0000"),
        ("email", "a@b.test", "a.b.test"),
    ],
)
def test_formats_are_checked(name: str, good: str, bad: str) -> None:
    schema = validator({"format": name})
    assert schema.is_valid(good)
    assert not schema.is_valid(bad)


@pytest.mark.parametrize("name", sorted(FORMATS.checkers))
def test_a_format_ignores_other_types(name: str) -> None:
    assert validator({"format": name}).is_valid(5)


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        ("^a$", "a", "a\n"),
        (r"^\$$", "$", "$\n"),
        ("^[$]$", "$", "$\n"),
        (r"^[\]$]+$", "]$", "]$\n"),
        ("^a$|^b$", "b", "a\n"),
    ],
)
def test_a_pattern_ends_where_the_text_ends(pattern: str, good: str, bad: str) -> None:
    schema = validator({"pattern": pattern})
    assert schema.is_valid(good)
    assert not schema.is_valid(bad)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"additionalProperties": False},
        {"unevaluatedProperties": False, "allOf": [{"properties": {"c": {"type": "null"}}}]},
        {"required": ["a"], "minProperties": 2},
        {"if": {"required": ["a"]}, "then": {"required": ["b"]}},
    ],
)
@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        {"a": "x"},
        {"a": 5, "b": 5},
        {"a": "x", "b": 0},
        {"a": "x", "b": 5},
        {"a": "x", "b": 5, "c": None},
        {"b": 5, "c": 1},
        {"a": "x", "b": 5, "e": 1},
        {"b": 5, "d": 1},
        *({"b": 5, "n": number} for number in (0, 1, 2, 3, 1.0, True, "1", [1])),
        *({"b": 5, "l": text} for text in ("x", "long", "y", "", None)),
    ],
)
def test_an_object_validator_accepts_what_jsonschema_accepts(more: JSON, value: JSON) -> None:
    fields = {
        "a": {"type": "string"},
        "b": {"minimum": 1},
        "d": False,
        "n": {"type": "integer", "minimum": 1, "maximum": 2},
        "l": {"enum": ["x", "long", None], "maxLength": 3},
    }
    schema = {"type": "object", "properties": fields, **more}
    assert ObjectCheck(schema).is_valid(value) == validator(schema).is_valid(value)


@pytest.mark.parametrize(
    ("value", "step", "is_multiple"),
    [
        (0.3, 0.1, True),
        (1.1, 0.1, True),
        (0.35, 0.1, False),
        (1e300, 0.1, True),
        (1e-300, 3, False),
        (10**300, 7, False),
        (True, 2, True),
        ("a", 2, True),
    ],
)
def test_a_multiple_is_decimal(value: JSON, step: float, is_multiple: bool) -> None:
    assert validator({"multipleOf": step}).is_valid(value) is is_multiple


@pytest.mark.parametrize(
    ("items", "are_unique"),
    [
        ([1, True, "1", None, [1], {"a": 1}, [], {}], True),
        ([1, 1.0], False),
        ([{"a": [1], "b": 2}, {"b": 2.0, "a": [1.0]}], False),
        ([["a"], "a", ["str", "a"], [["str", "a"]]], True),
        ([0.5, 0.5], False),
        ("aa", True),
    ],
)
def test_items_are_unique_as_json_values(items: JSON, are_unique: bool) -> None:
    assert validator({"uniqueItems": True}).is_valid(items) is are_unique
    assert validator({"uniqueItems": False}).is_valid(items)


@given(number=st.integers(1, 200))
def test_the_work_for_unique_items_grows_with_their_number(number: int) -> None:
    looked_at: list[int] = []

    class Counted(dict[str, int]):
        def items(self) -> Any:  # noqa: ANN401
            looked_at.append(1)
            return super().items()

    assert validator({"uniqueItems": True}).is_valid([Counted(a=i) for i in range(number)])
    assert len(looked_at) == number


@pytest.mark.parametrize("value", ["(" * 5000, "a{99999999999}", "("])
def test_a_pattern_that_is_too_large_is_not_of_format_regex(value: str) -> None:
    assert not validator({"format": "regex"}).is_valid(value)


def test_a_schema_with_a_pattern_that_is_too_large_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="is not a 'regex'"):
        read_schema(schema_file(tmp_path, pattern="(" * 5000 + ")" * 5000))

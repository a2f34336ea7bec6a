"""Documents and contracts that are made to harm are refused, or have no effect."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mockserver.app.factory import create_app
from mockserver.contracts import load_contract
from mockserver.errors import ContractError, DocumentError
from mockserver.openapi import Listing, import_document
from mockserver.settings import Settings
from mockserver.strict_json import JSON
from tests.corrupting import put
from tests.documents import PLACE, TODAY, document, imported


def nested(levels: int, keyword: str) -> JSON:
    """A schema with this many levels."""
    schema: JSON = {"type": "object"}
    for _ in range(levels):
        inside: dict[str, JSON] = {"properties": {"a": schema}, "items": schema}
        schema = {keyword: inside.get(keyword, [schema])}
    return schema


@pytest.mark.unmeasured
@pytest.mark.parametrize("keyword", ["properties", "items", "anyOf", "allOf"])
def test_a_schema_with_as_many_levels_as_allowed_is_served(tmp_path: Path, keyword: str) -> None:
    whole = document("3.1.0", nested(44, keyword), it=nested(44, keyword))
    for contract_files in imported(tmp_path, whole).contracts:
        contract_files.write(tmp_path)
    client = create_app(Settings(schemas=(str(tmp_path),))).test_client()
    key = {"Authorization": "Bearer mock-key"}
    body: JSON = {"model": "mock-1", "prompt": "A fox", "it": {"a": {"a": [[1]]}}}
    assert client.post(PLACE, json=body, headers=key).status_code in {200, 400}
    assert client.get("/openapi.json").status_code == 200


@pytest.mark.parametrize("keyword", ["properties", "items", "anyOf", "allOf"])
@pytest.mark.parametrize(
    ("levels", "words"),
    [(51, "more than 50 levels of a schema"), (200, "at most 1.. levels of nesting")],
)
def test_a_schema_with_more_levels_is_refused(
    tmp_path: Path, keyword: str, levels: int, words: str
) -> None:
    with pytest.raises(DocumentError, match=words):
        imported(tmp_path, document(it=nested(levels, keyword)))


def test_references_do_not_make_a_schema_deeper(tmp_path: Path) -> None:
    whole = document(it={"$ref": "#/components/schemas/S0"})
    whole["components"]["schemas"] = {
        f"S{i}": {"items": {"$ref": f"#/components/schemas/S{i + 1}"}} for i in range(200)
    } | {"S200": {}}
    with pytest.raises(DocumentError, match="more than 50 levels of a schema"):
        imported(tmp_path, whole)


@pytest.mark.unmeasured
@pytest.mark.parametrize(
    ("first", "next_one"),
    [
        ("[x, x, x, x]", "[{0}, {0}, {0}, {0}, {0}, {0}, {0}, {0}, {0}]"),
        ("{a: x}", "{{a: {0}, b: {0}, c: {0}, d: {0}, e: {0}, f: {0}, g: {0}, h: {0}}}"),
        ("x" * 1_000_000, "[{0}, {0}]"),
    ],
)
def test_aliases_of_yaml_in_each_other_are_refused(
    tmp_path: Path, first: str, next_one: str
) -> None:
    lines = [f"a0: &a0 {first}"]
    lines += [f"a{i}: &a{i} {next_one.format(f'*a{i - 1}')}" for i in range(1, 30)]
    with pytest.raises(DocumentError, match="with every alias written out"):
        imported(tmp_path, "\n".join(["openapi: 3.1.0", *lines]))


@pytest.mark.parametrize("text", ['openapi: 3.1.0\na: "\\ud800"', '{"a": "\\ud800"}'])
def test_a_lone_surrogate_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(DocumentError, match="lone surrogate"):
        imported(tmp_path, text)


@pytest.mark.parametrize("pattern", ["(" * 500 + ")" * 500, "a{99999999999}", "[[a]"])
def test_a_pattern_that_python_cannot_compile_is_not_checked(tmp_path: Path, pattern: str) -> None:
    (warning,) = imported(tmp_path, document(it={"pattern": pattern})).warnings
    assert " is not checked: " in warning.words


@pytest.mark.parametrize("model", ["m" * 201, "a\n::error::b", "\x1b[2Ja", "$(id)", "-a", "a@b"])
def test_a_model_that_is_no_name_is_refused(tmp_path: Path, model: str) -> None:
    whole = document(model={"enum": [model]})
    with pytest.raises(DocumentError, match="expected an id that is a name") as caught:
        imported(tmp_path, whole)
    assert str(caught.value).isprintable()


def test_a_document_of_too_many_models_is_refused(tmp_path: Path) -> None:
    whole = document(model={"enum": [f"m{i}" for i in range(1001)]})
    with pytest.raises(DocumentError, match="expected at most 1000 models"):
        imported(tmp_path, whole)


@pytest.mark.parametrize(
    ("path", "server"),
    [
        *((path, "https://api.test") for path in ("/__admin", "/__admin/reset", "//__admin/reset")),
        *((path, "https://api.test") for path in ("/a b", "/a\n::error::b", "/\x1b[2J", "/é", "/")),
        ("/reset", "https://api.test/__admin"),
        *(("/a", url) for url in ("http://[", "ftp://api.test", "https://me:word@api.test")),
        *(("/a", url) for url in ("http://\x1b[2J", "//api.test", "https://a b", "https://a?b")),
    ],
)
def test_a_path_or_server_that_is_none_of_an_api_is_refused(
    tmp_path: Path, path: str, server: str
) -> None:
    whole = document()
    whole["paths"] = {path: whole["paths"][PLACE]}
    whole["servers"] = [{"url": server}]
    with pytest.raises(DocumentError, match=r"expected a fixed path outside of /__admin") as caught:
        imported(tmp_path, whole)
    assert caught.value.pointer.startswith("/paths/")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("at", "value"),
    [
        ("/path", "/__admin/reset"),
        ("/path_aliases", ["/__admin"]),
        ("/model", "\x1b[2Ja"),
        ("/server", "https://me:word@api.test"),
        ("/source/file", "a\n::error::b"),
        ("/source/repository", "\u202eb"),
    ],
)
def test_a_contract_from_elsewhere_with_such_a_name_is_refused(
    tmp_path: Path, at: str, value: JSON
) -> None:
    (contract_files,) = imported(tmp_path, document()).contracts
    contract_files.write(tmp_path)
    put(tmp_path / contract_files.folder / "contract.json", at, value)
    with pytest.raises(ContractError) as caught:
        load_contract(tmp_path / contract_files.folder)
    assert caught.value.pointer.startswith(at)
    assert str(caught.value).isprintable()


def test_foreign_names_in_warnings_are_one_printable_line(tmp_path: Path) -> None:
    name = "a\n::error::b\x1b[2J"
    whole: dict[str, Any] = document("3.1.0", **{name: {"format": name}})
    whole["paths"][PLACE]["post"] |= {name: 1, "parameters": [{"name": name}]}
    file = tmp_path / "one.json"
    file.write_text(json.dumps(whole))
    found = [str(warning) for warning in import_document(Listing(str(file)), None, TODAY).warnings]
    assert len(found) == 3
    assert all("\n" not in words for words in found)

"""The response headers of a document become those of its contracts, and come back out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mockserver.contracts import default_catalog, load_contract
from mockserver.openapi import Listing, import_document
from mockserver.openapi.export import openapi_document
from tests.documents import PLACE, TODAY, document, imported
from tests.openapi.test_export import operation, valid

HEADERS = {
    "X-Inference-Id": {"required": True, "schema": {"type": "string", "x-mine": 1}},
    "X-Region": {"$ref": "#/components/headers/region"},
    "X-Note": {"schema": {"type": "string"}},
}
REGION_SCHEMA = {"enum": ["eu"], "type": "string"}
REGION = {"description": "Where.", "required": True, "schema": REGION_SCHEMA}


def with_headers(headers: dict[str, Any]) -> dict[str, Any]:
    whole = document()
    whole["paths"][PLACE]["post"]["responses"]["200"]["headers"] = headers
    whole["components"]["headers"] = {"region": REGION}
    return whole


def test_documented_headers_are_imported(tmp_path: Path) -> None:
    done = imported(tmp_path, with_headers(HEADERS), "2026-01-01")
    (files,) = done.contracts
    assert [warning.words for warning in done.warnings] == ["x-mine has no place in a contract"]
    assert files.files["contract.json"]["headers"] == "headers.schema.json"
    files.write(tmp_path)
    contract = load_contract(tmp_path / files.folder)
    schema = contract.header_schema
    assert schema["required"] == ["x-inference-id", "x-region"]
    assert schema["properties"]["x-region"] == {**REGION_SCHEMA, "description": "Where."}
    assert schema["properties"]["x-inference-id"]["x-mock"] == "inference.id"
    assert list(contract.headers.of_any_response(lambda _: None)) == ["x-inference-id"]
    assert contract.headers.of_success(1) == {"x-region": "eu"}


def test_an_indexed_document_keeps_its_headers_in_our_words(tmp_path: Path) -> None:
    file = tmp_path / "one.json"
    file.write_text(json.dumps(with_headers(HEADERS)))
    source = {"repository": "a/b", "file": "one.json", "date": "2026-01-01"}
    listing = Listing(str(file), own_words=True, source=source)
    (files,) = import_document(listing, None, TODAY).contracts
    files.write(tmp_path)
    schema = load_contract(tmp_path / files.folder).header_schema
    assert schema["required"] == ["x-inference-id", "x-region"]
    assert "description" not in schema["properties"]["x-region"]
    assert "/shared/headers-" in files.files["contract.json"]["headers"]


def test_the_headers_of_a_contract_are_exported_and_imported_again(tmp_path: Path) -> None:
    contract = default_catalog(headers="on").load("dall-e-2@2026-01-16")
    exported = openapi_document([contract])
    assert valid(exported)
    headers = operation(exported)["responses"]["200"]["headers"]
    assert {name: header["required"] for name, header in headers.items()} == {
        "x-inference-id": True,
        "x-client-request-id": False,
        "x-aimlapi-credits-used": True,
        "x-aimlapi-usd-spent": True,
    }
    (files,) = imported(tmp_path, exported).contracts
    files.write(tmp_path)
    back = load_contract(tmp_path / files.folder, headers="as-documented")
    assert back.header_schema["properties"] == contract.header_schema["properties"]


def test_a_header_that_only_some_contracts_have_is_not_required() -> None:
    catalogs = default_catalog(headers="on"), default_catalog()
    both = [catalog.load("dall-e-2@2026-01-16") for catalog in catalogs]
    headers = operation(openapi_document(both))["responses"]["200"]["headers"]
    assert not any(header["required"] for header in headers.values())

"""A document's operations become contracts, with a warning or an error for what cannot."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mockserver.errors import DocumentError
from mockserver.openapi import Listing, import_document
from mockserver.strict_json import JSON
from tests.corrupting import GONE, put
from tests.documents import PLACE, SCHEMA, TODAY, document, imported

POST = "/paths/~1v1~1images~1generations/post"
JSON_BODY = "/content/application~1json"


def changed(folder: Path, pointer: str, value: JSON, whole: JSON = None) -> Path:
    """A document with another value in one place."""
    file = folder / "document.json"
    file.write_text(json.dumps(whole or document()))
    put(file, pointer, value)
    return file


def warnings(file: Path) -> list[tuple[str, str]]:
    return [
        (warning.pointer, warning.words)
        for warning in import_document(Listing(str(file)), None, TODAY).warnings
    ]


def contract_of(file: Path) -> dict[str, Any]:
    about: dict[str, Any] = (
        import_document(Listing(str(file)), None, TODAY).contracts[0].files["contract.json"]
    )
    return about


def test_a_contract_has_what_the_document_says(tmp_path: Path) -> None:
    done = imported(tmp_path, document())
    (contract_files,) = done.contracts
    assert (contract_files.id, str(contract_files.folder)) == (
        "mock-1@2026-09-01",
        "mock-1/2026-09-01",
    )
    assert done.warnings == ()
    about = contract_files.files["contract.json"]
    assert about.pop("ours")[0] == "overlay.schema.json: everything in it."
    assert about == {
        "model": "mock-1",
        "revision": "2026-09-01",
        "server": "https://api.aimlapi.com",
        "method": "POST",
        "path": PLACE,
        "security": {"type": "http", "scheme": "bearer"},
        "success": {"status": 200, "description": "Images"},
        "request": "request.schema.json",
        "response": "response.schema.json",
        "overlay": "overlay.schema.json",
        "source": {
            "repository": "a local file",
            "file": "document.json",
            "date": "2026-09-01",
            "note": "Imported from a document of OpenAPI 3.0.3.",
        },
    }


def test_warnings_are_in_the_contract_too(tmp_path: Path) -> None:
    done = imported(tmp_path, document(it={"type": "integer", "format": "int64"}))
    note = done.contracts[0].files["contract.json"]["ours"][-1]
    place = f"{SCHEMA}/properties/it/format"
    assert note == f"Not as documented: {place}: format 'int64' is not checked"


LOST: list[tuple[str, JSON, str, str]] = [
    ("/post/parameters", [{"name": "a", "in": "query"}], POST + "/parameters", "parameters has"),
    ("/parameters", [{"name": "a", "in": "query"}], POST, "parameter 'a' of the path is lost"),
    ("/post/callbacks", {}, POST + "/callbacks", "callbacks has no place"),
    ("/post/security", [], POST, "no key is needed"),
    ("/post/security", [{}], POST, "no key is needed"),
    ("/post/security", [{"key": [], "other": []}], POST + "/security", "'other' is lost"),
    ("/post/servers", [], "/servers", "no origin is named: https://api.aimlapi.com is used"),
    ("/servers", [{"url": "/"}], "/servers", "no origin is named"),
    (
        "/servers",
        [{"url": "http://a.test"}, {"url": "http://b.test"}],
        "/servers",
        "'http://b.test' is lost",
    ),
    ("/get", {}, POST.replace("post", "get"), "GET is not imported, only POST"),
    ("/post/requestBody/required", GONE, POST + "/requestBody", "the body may be left out"),
    (
        "/post/responses/202",
        {"description": ""},
        POST + "/responses/202",
        "202 is lost; 200 is kept",
    ),
    ("/post/responses/400", {"description": ""}, POST + "/responses", "the responses 400 are lost"),
    ("/post/responses/default", {}, POST + "/responses", "the responses default are lost"),
    ("/post/responses/200/links", {}, POST + "/responses/200/links", "links have no place"),
    *(
        (
            "/post/responses/200/headers",
            {name: header},
            f"{POST}/responses/200/headers/{name}",
            lost,
        )
        for name, header, lost in (
            ("Content-Length", {"schema": {"type": "integer"}}, "'Content-Length' has no place"),
            ("x-list", {"schema": {"type": "array"}}, "'x-list' has no place"),
            ("x-content", {"content": {}}, "'x-content' has no place"),
        )
    ),
    (
        "/post/requestBody/content/text~1xml",
        {},
        POST + "/requestBody/content/text~1xml",
        "text/xml is lost",
    ),
    (
        "/post/requestBody/content/application~1json/example",
        {},
        POST + "/requestBody" + JSON_BODY + "/example",
        "example of a request is lost",
    ),
]


@pytest.mark.parametrize(("place", "value", "at", "words"), LOST)
def test_what_a_contract_cannot_say_is_a_warning(
    tmp_path: Path, place: str, value: JSON, at: str, words: str
) -> None:
    whole = document()
    node, *rest = _steps(place)
    inside = whole["paths"][PLACE]
    for step in [node, *rest][:-1]:
        inside = inside[step]
    if value is GONE:
        del inside[[node, *rest][-1]]
    else:
        inside[[node, *rest][-1]] = value
    done = imported(tmp_path, whole)
    assert [warning.pointer for warning in done.warnings if words in warning.words] == [at]
    assert len(done.warnings) == 1
    assert str(done.warnings[0]).endswith(f"document.json#{at}: {done.warnings[0].words}")


def _steps(place: str) -> list[str]:
    return [step.replace("~1", "/") for step in place.split("/")[1:]]


REFUSED: list[tuple[str, JSON, str, str]] = [
    ("/openapi", "2.0", "/openapi", "expected 3.0.x or 3.1.x, received '2.0'"),
    ("/openapi", GONE, "/openapi", "received null"),
    ("/paths", {}, "/paths", "expected a POST operation"),
    ("/paths", [], "/paths", "not of type 'object'"),
    ("/paths", {PLACE: {"get": {}}}, "/paths", "expected a POST operation"),
    ("/paths", {PLACE: {"post": []}}, POST, "not of type 'object'"),
    ("/paths", {PLACE: {"post": {}}}, POST + "/requestBody", "expected a request body"),
    ("/servers", "here", "/servers", "not of type 'array'"),
    ("/servers", [{"url": "https://{region}.test"}], POST, "expected a fixed path"),
]


@pytest.mark.parametrize(("place", "value", "at", "words"), REFUSED)
def test_a_document_without_a_possible_contract_is_refused(
    tmp_path: Path, place: str, value: JSON, at: str, words: str
) -> None:
    file = changed(tmp_path, place, value)
    with pytest.raises(DocumentError) as caught:
        import_document(Listing(str(file)), None, TODAY)
    assert (caught.value.file, caught.value.pointer) == (str(file), at)
    assert words in caught.value.reason


Change = Callable[[dict[str, Any]], object]
IN_POST: list[tuple[Change, str, str]] = [
    (lambda post: post.pop("responses"), "/responses", "from 200 to 299"),
    (
        lambda post: (
            post["responses"].update({"200": post["responses"].pop("200")})
            or post["responses"].pop("200")
        ),
        "/responses",
        "from 200 to 299",
    ),
    (lambda post: post["requestBody"].pop("content"), "/requestBody", "a schema of the request's"),
    (
        lambda post: post["requestBody"].update(content={"text/xml": {}}),
        "/requestBody/content",
        "expected a request as application/json, received text/xml",
    ),
    (
        lambda post: post["responses"]["200"].update(content={"image/png": {}}),
        "/responses/200/content",
        "expected a response as application/json, received image/png",
    ),
    (
        lambda post: post["requestBody"]["content"]["application/json"].update(schema=True),
        "/requestBody/content/application~1json/schema",
        "expected a schema, received true",
    ),
]


@pytest.mark.parametrize(("change", "at", "words"), IN_POST)
def test_an_operation_without_a_possible_contract_is_refused(
    tmp_path: Path, change: Change, at: str, words: str
) -> None:
    whole = document()
    change(whole["paths"][PLACE]["post"])
    with pytest.raises(DocumentError) as caught:
        imported(tmp_path, whole)
    assert caught.value.pointer == POST + at
    assert words in caught.value.reason


def test_an_operation_that_cannot_be_imported_is_a_warning_beside_one_that_can(
    tmp_path: Path,
) -> None:
    whole = document()
    whole["paths"]["/v1/other"] = {"post": {"responses": {}}}
    done = imported(tmp_path, whole)
    assert [contract_files.id for contract_files in done.contracts] == ["mock-1@2026-09-01"]
    (warning,) = done.warnings
    assert warning.words == "an operation is not imported: expected a request body"


@pytest.mark.parametrize(
    ("place", "at", "kind"),
    [
        (["paths", PLACE], "/odd", "a path"),
        (["paths", PLACE, "post", "requestBody"], "/odd", "a body"),
        (["paths", PLACE, "post", "responses", "200"], "/odd", "a response"),
    ],
)
def test_a_reference_to_something_of_another_kind_is_refused(
    tmp_path: Path, place: list[str], at: str, kind: str
) -> None:
    whole = document()
    node = whole
    for step in place[:-1]:
        node = node[step]
    node[place[-1]] = {"$ref": "#/odd"}
    whole["odd"] = []
    with pytest.raises(DocumentError) as caught:
        imported(tmp_path, whole)
    assert caught.value.pointer == at
    assert caught.value.reason.startswith(f"expected {kind}: ")


def test_of_two_operations_of_one_model_the_one_that_makes_images_is_imported(
    tmp_path: Path,
) -> None:
    whole = document()
    whole["paths"] = {"/v1/images/edits": whole["paths"][PLACE], **whole["paths"]}
    done = imported(tmp_path, whole)
    (contract_files,) = done.contracts
    assert contract_files.files["contract.json"]["path"] == PLACE
    (warning,) = done.warnings
    assert warning.words == "'mock-1' is in another operation, too; --path chooses this one"
    assert warning.pointer == "/paths/~1v1~1images~1edits/post"


def test_a_path_chooses_the_operation_of_a_model(tmp_path: Path) -> None:
    whole = document()
    whole["paths"]["/v1/images/edits"] = whole["paths"][PLACE]
    file = tmp_path / "mock.json"
    file.write_text(json.dumps(whole))
    done = import_document(Listing(str(file)), None, TODAY, path="/v1/images/edits")
    assert done.contracts[0].files["contract.json"]["path"] == "/v1/images/edits"
    with pytest.raises(DocumentError, match="expected a POST operation at /v1/none"):
        import_document(Listing(str(file)), None, TODAY, path="/v1/none")


def test_two_spellings_of_one_operation_are_one_contract(tmp_path: Path) -> None:
    whole = document()
    whole["paths"] = {PLACE.removeprefix("/v1"): whole["paths"][PLACE], **whole["paths"]}
    done = imported(tmp_path, whole)
    (contract_files,) = done.contracts
    about = contract_files.files["contract.json"]
    assert (about["path"], about["path_aliases"]) == (PLACE, [PLACE.removeprefix("/v1")])
    assert done.warnings == ()


def test_a_servers_path_is_part_of_the_contracts_path(tmp_path: Path) -> None:
    about = contract_of(changed(tmp_path, "/servers", [{"url": "http://127.0.0.1:8000/api/"}]))
    assert (about["server"], about["path"]) == ("http://127.0.0.1:8000", "/api" + PLACE)


def test_security_without_a_bearer_key_is_a_warning(tmp_path: Path) -> None:
    whole = document()
    whole["components"]["securitySchemes"]["key"] = {"type": "http", "scheme": "basic"}
    (warning,) = imported(tmp_path, whole).warnings
    assert warning.words == "the scheme 'key' is lost; a contract needs a bearer key"

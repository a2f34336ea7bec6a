"""``mockserver import --check`` compares the documents of a stand-in with the contracts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner, Result

from mockserver.cli.main import cli
from mockserver.contracts import ContractCatalog
from mockserver.errors import MockserverError
from mockserver.strict_json import JSON
from tests.documents import PLACE, document
from tests.servers.stub_server import Response, Right, StubRequest, StubServer, mock_of, serving

TEXT = {"type": "string"}
LONG, SHORT = ({**TEXT, "maxLength": length} for length in (4000, 400))
IMAGES = "openai/image-generations"


@dataclass
class Provider:
    """A stand-in: the list of models, and a document for each.

    :ivar documents: the documents by model; a text stands for a body that is none.
    :ivar changes: changed fields of the list's entries, by model.
    """

    documents: dict[str, JSON]
    changes: dict[str, dict[str, JSON]] = field(default_factory=dict)
    requests: list[StubRequest] = field(default_factory=list)
    url: str = ""

    def __call__(self, request: StubRequest, _: Right) -> Response:
        self.requests.append(request)
        parts = urlsplit(request.path)
        if parts.path == "/v1/models":
            data = [self._entry(model) | self.changes.get(model, {}) for model in self.documents]
            return Response(200).with_json({"object": "list", "data": data})
        query = parse_qs(parts.query)
        assert (parts.path, query["endpoint"]) == ("/docs-json", [IMAGES])
        content = self.documents[query["model"][0]]
        return Response(200).with_json(content) if content else Response(404)

    def _entry(self, model: str) -> dict[str, Any]:
        url = f"{self.url}/docs-json?model={model}&endpoint=openai%2Fimage-generations"
        return {"id": model, "aliases": [], "type": IMAGES, "info": {"docsJson": url}, "tags": []}


@pytest.fixture
def provider() -> Iterator[Provider]:
    standing_in = Provider({name: content(name) for name in ("mock-1", "mock-2")})
    with serving(StubServer(mock_of("dall-e-2@2026-01-16"), standing_in)) as standing_in.url:
        yield standing_in


@pytest.fixture
def root(tmp_path: Path, provider: Provider) -> Path:
    """The folder of the contracts of the first documents."""
    into = tmp_path / "contracts"
    for name, document_content in provider.documents.items():
        file = tmp_path / f"{name}.json"
        file.write_text(json.dumps(document_content))
        done = CliRunner().invoke(
            cli, ["import", str(file), "--into", str(into), "--revision", "2026-01-01"]
        )
        assert done.exit_code == 0, done.output
    return into


def content(*models: str, prompt: JSON = LONG, **fields: JSON) -> dict[str, Any]:
    return document(model={"enum": [*models]}, prompt=prompt, **fields)


def check(provider: Provider, root: Path, *arguments: object) -> Result:
    options = ("--check", "--from", provider.url, "--into", root)
    return CliRunner().invoke(cli, ["import", *map(str, (*options, *arguments))])


def files(root: Path) -> dict[str, str]:
    return {str(f.relative_to(root)): f.read_text() for f in root.rglob("*") if f.is_file()}


def test_documents_as_the_contracts_say_are_the_same(
    provider: Provider, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIMLAPI_KEY", "mock-key")
    result = check(provider, root, "mock-1", "mock-2")
    assert (result.exit_code, result.output) == (0, "2 same\n")
    assert len(provider.requests) == 3
    assert {request.authorization for request in provider.requests} == {None}


def test_another_spelling_or_wording_is_the_same(provider: Provider, root: Path) -> None:
    prompt = {"anyOf": [LONG], "description": "In other words", "examples": ["A beach"]}
    provider.documents["mock-1"] = content("mock-1", prompt=prompt)
    assert check(provider, root, "mock-1", "--write").output == "1 same\n"


def test_a_document_may_repeat_the_headers_of_the_transport(provider: Provider, root: Path) -> None:
    repeated = {"x-inference-id": {"required": True, "schema": {"type": "string", "minLength": 1}}}
    operation = provider.documents["mock-1"]["paths"][PLACE]["post"]
    operation["responses"]["200"]["headers"] = repeated
    result = check(provider, root, "mock-1")
    assert (result.exit_code, result.output) == (0, "1 same\n")
    repeated["x-region"] = {"required": True, "schema": {"type": "string"}}
    assert "/response/headers/x-region" in check(provider, root, "mock-1").output


def test_a_document_that_moved_is_shown_and_not_written(provider: Provider, root: Path) -> None:
    provider.documents["mock-1"] = content("mock-1", prompt=SHORT)
    before = files(root)
    result = check(provider, root, "mock-1", "mock-2", "--revision", "2026-02-02")
    assert result.exit_code == 1
    assert result.output.splitlines()[:5] == [
        "mock-1@2026-01-01 -> mock-1@2026-02-02: 1 breaking",
        "",
        "  breaking",
        "    /request/body/prompt",
        "      now at most 400 characters, before at most 4000 characters",
    ]
    assert result.output.endswith("\n\n1 same, 1 changed\n")
    assert files(root) == before


def test_a_document_that_moved_becomes_a_new_revision(provider: Provider, root: Path) -> None:
    prompt = {**SHORT, "description": "The words of the provider"}
    provider.documents["mock-1"] = content("mock-1", prompt=prompt)
    before = files(root)
    result = check(provider, root, "mock-1", "mock-2", "--write", "--revision", "2026-02-02")
    assert result.exit_code == 1
    assert f"wrote      {root}/mock-1/2026-02-02\n" in result.output
    assert ContractCatalog(root).load("mock-1").id == "mock-1@2026-02-02"
    after = files(root)
    assert before.items() <= after.items()
    assert not [name for name, text in after.items() if "words of the provider" in text]
    assert check(provider, root, "mock-1", "mock-2").output == "2 same\n"


def test_the_warnings_about_a_document_that_changed_are_printed(
    provider: Provider, root: Path
) -> None:
    provider.documents["mock-1"] = content("mock-1", prompt={**SHORT, "format": "markdown"})
    provider.documents["mock-2"] = content("mock-2", prompt={**LONG, "format": "markdown"})
    warnings = [
        line
        for line in check(provider, root, "mock-1", "mock-2").stderr.splitlines()
        if line.startswith("warning: ")
    ]
    assert len(warnings) == 1
    assert "mock-1" in warnings[0]
    assert warnings[0].endswith("format 'markdown' is not checked")


def test_a_document_without_a_date_is_of_today(provider: Provider, root: Path) -> None:
    provider.documents["mock-1"] = content("mock-1", prompt=SHORT)
    assert check(provider, root, "mock-1", "--write").exit_code == 1
    assert len(ContractCatalog(root).revisions("mock-1")) == 2


def test_a_model_that_left_the_list_is_withdrawn(provider: Provider, root: Path) -> None:
    del provider.documents["mock-1"]
    result = check(provider, root, "mock-1", "mock-2", "--write")
    words = f"mock-1@2026-01-01: mock-1 is not in the list of models at {provider.url}"
    assert (result.exit_code, result.output) == (1, f"{words}\n\n1 same, 1 withdrawn\n")


def test_a_model_that_is_an_alias_is_not_withdrawn(provider: Provider, root: Path) -> None:
    provider.documents = {"mock-3": content("mock-3", "mock-1")}
    provider.changes = {"mock-3": {"aliases": ["mock-1"]}}
    result = check(provider, root, "mock-1")
    assert result.exit_code == 1
    assert "'mock-3' in the list of the document, too" in result.output


def test_a_document_that_lists_another_model_is_a_change(provider: Provider, root: Path) -> None:
    provider.documents["mock-1"] = content("mock-3")
    result = check(provider, root, "mock-1")
    assert result.output.startswith("mock-1@2026-01-01 -> mock-3@")
    assert "'mock-1' refused now" in result.output


def test_a_document_that_cannot_be_imported_is_a_change(provider: Provider, root: Path) -> None:
    provider.documents["mock-1"] = content("mock-1", prompt={"type": "text"})
    result = check(provider, root, "mock-1", "mock-2", "--write")
    assert result.exit_code == 1
    assert result.output.startswith(f"mock-1: its document cannot be imported: {provider.url}/docs")
    assert result.output.endswith("1 same, 1 changed\n")


@pytest.mark.parametrize(
    ("info", "received"),
    [
        ({"docsJson": "http://docs.test/one"}, "'http://docs.test/one'"),
        ({"docsJson": "file:///etc/hosts"}, "'file:///etc/hosts'"),
        ({"docsJson": "http://[/one"}, "'http://[/one'"),
        ({"docsJson": None}, "''"),
        ({}, "''"),
        (None, "''"),
    ],
)
def test_an_entry_that_leads_nowhere_concerns_its_model_alone(
    provider: Provider, root: Path, info: JSON, received: str
) -> None:
    provider.changes["mock-2"] = {"info": info}
    assert check(provider, root, "mock-1").output == "1 same\n"
    result = check(provider, root, "mock-1", "mock-2")
    words = f"mock-2: expected an info.docsJson at the same host, received {received}"
    assert result.exit_code == 3
    assert result.output == f"{provider.url}/v1/models#/data: {words}\n\n1 same, 1 not reachable\n"


@pytest.mark.parametrize("changes", [{"aliases": None}, {"id": None}, {"type": None}])
def test_an_entry_that_is_not_as_documented_does_not_end_the_check(
    provider: Provider, root: Path, changes: dict[str, JSON]
) -> None:
    provider.changes["mock-2"] = changes
    assert check(provider, root, "mock-1").output == "1 same\n"


def test_a_list_without_image_models_ends_with_3(provider: Provider, root: Path) -> None:
    provider.documents = {}
    result = check(provider, root, "mock-1")
    assert result.exit_code == 3
    assert f"expected a list of models, some of the type {IMAGES}" in result.output
    assert result.output.endswith("1 not reachable\n")


def test_a_service_that_does_not_listen_ends_with_3(provider: Provider, root: Path) -> None:
    result = check(provider, root, "mock-1", "--from", "http://127.0.0.1:1/")
    assert result.exit_code == 3
    assert result.output.startswith("http://127.0.0.1:1/v1/models: cannot be fetched: ")


def test_a_change_goes_before_a_document_that_is_not_reachable(
    provider: Provider, root: Path
) -> None:
    provider.documents["mock-2"] = None
    result = check(provider, root, "mock-1", "mock-2")
    assert result.exit_code == 3
    assert "cannot be fetched: status 404" in result.output
    provider.documents["mock-1"] = content("mock-1", prompt=SHORT)
    assert check(provider, root, "mock-1", "mock-2").exit_code == 1


def test_without_a_source_every_model_is_checked_that_is_not_withdrawn(
    provider: Provider, root: Path
) -> None:
    result = check(provider, root)
    assert result.exit_code == 1
    assert "\n2 same, " in result.output
    assert "openai/gpt-image-1 is not in the list" in result.output
    assert "dall-e-2" not in result.output


def test_the_provider_is_asked_unless_told(
    provider: Provider, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mockserver.recording.target.PROVIDER", provider.url)
    assert check(provider, root, "mock-1", "--from", "live").output == "1 same\n"


def test_files_are_compared_without_a_request(
    provider: Provider, root: Path, tmp_path: Path
) -> None:
    assert check(provider, root, tmp_path / "mock-1.json").output == "1 same\n"
    (tmp_path / "mock-1.json").write_text(json.dumps(content("mock-1", "mock-3", prompt=SHORT)))
    result = check(provider, root, tmp_path / "mock-1.json", "--write")
    assert "mock-3@" in result.output
    assert result.output.endswith("1 changed, 1 new\n")
    assert len(ContractCatalog(root).revisions("mock-3")) == 1
    assert provider.requests == []


def test_a_file_that_cannot_be_imported_is_an_error(
    provider: Provider, root: Path, tmp_path: Path
) -> None:
    (tmp_path / "mock-1.json").write_text("{")
    result = check(provider, root, tmp_path / "mock-1.json")
    assert isinstance(result.exception, MockserverError)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--check", "mock-9"], "no file 'mock-9', and no model of that id at http"),
        (["--check", "mock-1", "--from", "ftp://docs.test"], "--from: expected live or a base URL"),
        (["--check", "--force"], "--force with --check needs --write"),
        (["--write", "mock-1"], "--write needs --check"),
        (["mock-1"], "--from needs --check"),
    ],
)
def test_wrong_usage_is_an_error(
    provider: Provider, root: Path, arguments: list[str], words: str
) -> None:
    options = ["--from", provider.url, "--into", str(root)]
    result = CliRunner().invoke(cli, ["import", *options, *arguments])
    assert result.exit_code != 0
    assert words in f"{result.output}{result.exception}"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "expected a file, URL or folder to import, or --check"),
        (["dall-e-2"], "a model needs --check, received 'dall-e-2'"),
    ],
)
def test_an_import_needs_a_document(arguments: list[str], words: str) -> None:
    result = CliRunner().invoke(cli, ["import", *arguments])
    assert result.exit_code != 0
    assert words in f"{result.output}{result.exception}"


def test_a_check_shows_its_progress_on_a_terminal(
    provider: Provider, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mockserver.cli.import_._PROGRESS_STEP", 1)
    terminal = SimpleNamespace(isatty=lambda: True)
    monkeypatch.setattr("mockserver.cli.import_.sys", SimpleNamespace(stderr=terminal))
    assert "1 documents compared\n" in check(provider, root).stderr

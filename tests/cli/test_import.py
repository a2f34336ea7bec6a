"""``mockserver import`` writes contract folders, says so, and never spoils what is there."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mockserver.cli.main import cli
from mockserver.contracts import ContractCatalog
from mockserver.errors import ContractError, MockserverError
from mockserver.paths import SCHEMAS
from mockserver.strict_json import JSON
from tests.corrupting import put
from tests.documents import DOCUMENTS, document
from tests.process import run

PLACE = "mock-1/2026-09-01"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "contracts"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path / "one.json", document())


def write(file: Path, content: JSON) -> Path:
    file.write_text(json.dumps(content))
    return file


def call(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["import", *map(str, arguments)])


def complaint(*arguments: object) -> str:
    result = call(*arguments)
    assert isinstance(result.exception, MockserverError)
    return str(result.exception)


def content(root: Path) -> dict[str, str]:
    return {str(f.relative_to(root)): f.read_text() for f in root.rglob("*") if f.is_file()}


def test_every_document_becomes_folders_that_a_shelf_finds(root: Path) -> None:
    result = call(*DOCUMENTS, "--into", root, "--revision", "2026-09-01")
    assert result.exit_code == 0, result.output
    assert ContractCatalog(root).ids == [
        "mock-modern@2026-09-01",
        "mock-ratios@2026-09-01",
        "mock/presets-pro@2026-09-01",
        "mock/presets@2026-09-01",
        "mock/sides@2026-09-01",
    ]
    assert len(result.stderr.splitlines()) == 2
    assert result.stderr.startswith("warning: ")
    assert result.stdout.splitlines()[0] == f"wrote      {root}/mock-modern/2026-09-01"


def test_the_commands_to_try_next_can_be_pasted(root: Path, file: Path) -> None:
    lines = call(file, "--into", root, "--revision", "2026-09-01").stdout.splitlines()
    assert lines[1] == "To try next:"
    serve = f"mockserver serve --schemas {root} --contract mock-1@2026-09-01"
    assert lines[2].strip() == serve
    words = shlex.split(lines[3])
    assert words[:3] == ["curl", "-sSf", "http://127.0.0.1:8000/v1/images/generations"]


def test_contracts_among_the_shipped_ones_need_no_option(
    schemas: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mockserver.cli.import_.SCHEMAS", schemas)
    result = call(file, "--into", schemas, "--revision", "2026-09-01")
    assert "  mockserver serve --contract mock-1@2026-09-01\n" in result.stdout


def test_the_folder_is_schemas_unless_told(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    call(file, "--revision", "2026-09-01")
    assert (tmp_path / "schemas" / PLACE / "contract.json").is_file()


def test_importing_again_changes_nothing(root: Path, file: Path) -> None:
    call(file, "--into", root, "--revision", "2026-09-01")
    before = content(root)
    again = call(file, "--into", root, "--revision", "2026-09-01")
    assert again.stdout.startswith(f"unchanged  {root / PLACE}\n")
    assert content(root) == before


def test_what_differs_is_replaced_only_by_force(root: Path, file: Path) -> None:
    call(file, "--into", root, "--revision", "2026-09-01")
    put(root / PLACE / "request.schema.json", "/title", "Mine")
    before = content(root)
    words = complaint(file, "--into", root, "--revision", "2026-09-01")
    assert words == f"{root / PLACE} differs in request.schema.json; --force replaces it"
    assert content(root) == before
    forced = call(file, "--into", root, "--revision", "2026-09-01", "--force")
    assert forced.stdout.startswith(f"replaced   {root / PLACE}\n")
    assert content(root) != before


def test_a_file_that_is_no_json_is_replaced_only_by_force(root: Path, file: Path) -> None:
    call(file, "--into", root, "--revision", "2026-09-01")
    (root / PLACE / "contract.json").write_text("{")
    assert "differs in contract.json" in complaint(file, "--into", root, "--revision", "2026-09-01")
    assert call(file, "--into", root, "--revision", "2026-09-01", "--force").exit_code == 0
    assert ContractCatalog(root).ids == ["mock-1@2026-09-01"]


def test_a_body_that_is_documented_no_more_is_taken_away(root: Path, file: Path) -> None:
    call(file, "--into", root, "--revision", "2026-09-01")
    whole = document()
    del whole["paths"]["/v1/images/generations"]["post"]["responses"]["200"]["content"]
    write(file, whole)
    call(file, "--into", root, "--revision", "2026-09-01", "--force")
    assert not (root / PLACE / "response.schema.json").exists()
    assert ContractCatalog(root).load("mock-1").response_schema is None


def test_nothing_is_written_when_one_document_cannot_be_carried(
    root: Path, file: Path, tmp_path: Path
) -> None:
    bad = write(tmp_path / "bad.json", document(it={"type": "strin"}))
    assert complaint(file, bad, "--into", root).startswith(f"{bad}#/paths/")
    assert not root.exists()


def test_two_documents_that_tell_one_model_differently_are_refused(
    root: Path, file: Path, tmp_path: Path
) -> None:
    other = write(tmp_path / "other.json", document(it={"type": "string"}))
    words = complaint(file, other, "--into", root, "--revision", "2026-09-01")
    assert words == "two documents describe mock-1@2026-09-01 differently"
    assert not root.exists()


def test_a_contract_that_cannot_be_served_is_not_written(
    root: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Path) -> None:
        raise ContractError(Path("contract.json"), "/path", "never")

    monkeypatch.setattr("mockserver.openapi.contract_files.load_contract", refuse)
    assert complaint(file, "--into", root).endswith("cannot be served: contract.json#/path: never")
    assert not root.exists()


@pytest.mark.parametrize("date", ["yesterday", "2026-13-01", "2026"])
def test_a_date_that_is_none_is_refused(file: Path, date: str) -> None:
    result = call(file, "--revision", date)
    assert result.exit_code == 2
    assert f"expected a date such as 2026-09-01, received '{date}'" in result.output


def test_the_overlay_that_contracts_share_is_put_beside_them_once(root: Path, file: Path) -> None:
    call(file, "--into", root)
    shared = root / "data.overlay.schema.json"
    assert shared.read_bytes() == (SCHEMAS / shared.name).read_bytes()


def test_a_wrong_document_ends_the_command_with_one_line_and_status_2(tmp_path: Path) -> None:
    bad = write(tmp_path / "bad.json", document(it={"type": "strin"}))
    status, out, err = run("import", str(bad))
    assert (status, out, len(err.splitlines())) == (2, "", 1)
    assert err.startswith(f"mockserver: {bad}#/paths/~1v1~1images~1generations/post/requestBody")

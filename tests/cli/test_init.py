"""``mockserver init`` writes files that work, and never changes one."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from mockserver.cli.config_file import find_config
from mockserver.cli.main import cli
from mockserver.errors import ExitCode
from tests.process import ROOT, run
from tests.servers.running import run_pytest

FILES = ["mockserver.toml", "tests/test_image_api.py", ".github/workflows/image-api-contract.yml"]


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_files_are_shown_and_written(tmp_path: Path) -> None:
    status, printed, _ = run("init", "--yes")
    assert status == ExitCode.OK
    for name in FILES:
        text = (tmp_path / name).read_text()
        assert f"--- {name}\n{text}" in printed
        assert f"wrote {name}\n" in printed
    config = find_config(tmp_path)
    assert config.values["contracts"] == ["openai/gpt-image-1@2026-04-22"]
    workflow = (tmp_path / FILES[2]).read_text()
    assert "permissions:\n  contents: read\n" in workflow
    own = "".join(file.read_text() for file in (ROOT / ".github" / "workflows").iterdir())
    assert {*re.findall("uses: .*", workflow)} <= {*re.findall("uses: .*", own)}


def test_the_example_test_passes(tmp_path: Path) -> None:
    run("init", "--yes")
    options = ("-p", "mockserver.pytest_plugin", "-W", "error", "--import-mode=importlib")
    ended = run_pytest(*options, f"--rootdir={tmp_path}", str(tmp_path / "tests"))
    assert ended.status == 0, ended.output
    assert "2 passed" in ended.output


def test_what_exists_is_skipped(tmp_path: Path) -> None:
    own = tmp_path / "pyproject.toml"
    own.write_text("[tool.aimlapi-mockserver]\nseed = 1\n")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_image_api.py").write_text("own")
    _, printed, _ = run("init", "--yes")
    assert f"skipped: {own} exists\nskipped: {tmp_path / FILES[1]} exists\n" in printed
    assert (tmp_path / FILES[1]).read_text() == "own"
    assert not (tmp_path / "mockserver.toml").exists()
    assert run("init")[1].endswith("nothing to write\n")


def test_without_a_terminal_nothing_is_written(tmp_path: Path) -> None:
    status, printed, problem = run("init")
    assert status == ExitCode.USAGE
    assert "--- mockserver.toml" in printed
    assert "nothing is written without a terminal; --yes writes these files" in problem
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(("answer", "words"), [("y", "wrote mockserver.toml"), ("n", "nothing is")])
def test_on_a_terminal_the_user_is_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answer: str, words: str
) -> None:
    terminal = SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True), stderr=sys.stderr)
    monkeypatch.setattr("mockserver.cli.init.sys", terminal)
    result = CliRunner().invoke(cli, ["init"], input=f"{answer}\n")
    assert f"Write 3 files into {tmp_path}?" in result.output
    assert words in result.output
    assert (tmp_path / "mockserver.toml").exists() == (answer == "y")


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "tests").write_text("")
    assert "cannot write tests/test_image_api.py: " in run("init", "--yes")[2]

"""The examples in docs/ do what they say: each is run as it stands there."""

from __future__ import annotations

import os
import re
import runpy
import shlex
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from PIL import Image

from mockserver import __version__
from mockserver.app.faults import read_scenario
from mockserver.app.rules import RuleReader
from mockserver.images import ImageLibrary
from mockserver.openapi.yaml12 import parse_yaml
from tests.process import ROOT, clean_environment, run, served
from tests.servers.running import run_pytest

pytestmark = pytest.mark.slow

PAGES = sorted((ROOT / "docs").glob("*.md"))
_FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Example:
    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}-{self.line}"


def examples(language: str) -> list[Example]:
    return [example for page in PAGES for example in _of(page) if example.language == language]


def _of(page: Path) -> Iterator[Example]:
    text = page.read_text()
    for found in _FENCED.finditer(text):
        yield Example(page.stem, text.count("\n", 0, found.start()) + 1, found[1], found[2])


def commands(console: str) -> Iterator[tuple[str, str]]:
    """Each command of a console, and what it is said to print."""
    for turn in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]:
        more = re.match(r"[^\n]*\n(?:> [^\n]*\n)*", turn)
        assert more
        yield more[0].replace("\n> ", "\n"), turn[more.end() :]


def is_printed(expected: str, printed: str) -> bool:
    parts = (re.escape(part) for part in expected.rstrip("\n").split("…"))
    return re.fullmatch(".*".join(parts), printed.rstrip("\n"), re.DOTALL) is not None


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served() as served_url:
        yield served_url


@pytest.fixture
def mock(url: str) -> str:
    """The URL of the mock that all examples share, in the state that it starts in."""
    requests.post(f"{url}/__admin/reset", timeout=20).raise_for_status()
    return url


@pytest.fixture
def commands_on_path(tmp_path: Path) -> str:
    """Where ``mockserver`` and ``python`` are this interpreter's."""
    place = tmp_path / "bin"
    place.mkdir()
    for name, module in (("mockserver", " -m mockserver"), ("python", "")):
        file = place / name
        file.write_text(f'#!/bin/sh\nexec {sys.executable}{module} "$@"\n')
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return f"{place}{os.pathsep}{os.environ['PATH']}"


def run_in_bash(command: str, cwd: Path, **variables: str) -> str:
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=cwd,
        env=clean_environment(**variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=_TIMEOUT_SECONDS,
    )
    return done.stdout


def run_command(command: str, cwd: Path, **variables: str) -> str:
    """Run what a user types; a ``mockserver …`` without a child needs no shell and no process."""
    plain = command.replace("$MOCKSERVER_URL", variables["MOCKSERVER_URL"])
    if not plain.startswith("mockserver ") or re.search(r"[|;&<>$]|mockserver run", plain):
        return run_in_bash(command, cwd, **variables)
    return run(*shlex.split(plain)[1:], variables=variables, merged=True)[1]


@pytest.mark.parametrize("example", examples("python"), ids=str)
def test_an_example_in_python_runs(
    example: Example, tmp_path: Path, mock: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / f"{tmp_path.name}.py"  # no other module has this name
    file.write_text(example.text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MOCKSERVER_URL", mock)
    if "\ndef test_" in example.text:
        # The examples leave the sockets of their clients to the garbage collector.
        warnings = ("-W", "error", "-W", "ignore::ResourceWarning")
        options = ("-p", "mockserver.pytest_plugin", *warnings, "--import-mode=importlib")
        ended = run_pytest(*options, f"--rootdir={tmp_path}", str(file))
        assert ended.status == 0, ended.output
    else:
        run_script(file, monkeypatch)


def run_script(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [str(file)])
    status: object = 0
    try:
        runpy.run_path(str(file), run_name="__main__")
    except SystemExit as end:
        status = end.code
    assert not status


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
@pytest.mark.parametrize("example", examples("javascript"), ids=str)
def test_an_example_in_javascript_runs(example: Example, tmp_path: Path, mock: str) -> None:
    file = tmp_path / "example.mjs"
    file.write_text(example.text.replace("http://127.0.0.1:8000", mock))
    assert '"image_base64": "iVBOR' in run_in_bash(f"node {file.name}", tmp_path)


@pytest.mark.parametrize("example", examples("console"), ids=str)
def test_an_example_for_the_shell_prints_what_it_says(
    example: Example,
    tmp_path: Path,
    commands_on_path: str,
    mock: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    for command, expected in commands(example.text):
        printed = run_command(command, tmp_path, PATH=commands_on_path, MOCKSERVER_URL=mock)
        assert is_printed(expected, printed), f"$ {command}{printed}"


@pytest.mark.parametrize("example", examples("toml"), ids=str)
def test_an_example_of_a_scenario_can_be_read(example: Example, tmp_path: Path) -> None:
    file = tmp_path / "scenario.toml"
    file.write_text(example.text)
    assert read_scenario(str(file)).faults


@pytest.mark.parametrize("example", [e for e in examples("json") if e.page == "rules"], ids=str)
def test_an_example_of_rules_can_be_read(example: Example, tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    file.write_text(example.text)
    Image.new("RGB", (8, 8)).save(tmp_path / "fox.png")
    assert RuleReader(ImageLibrary(), lambda _: []).read_file(file)


@pytest.mark.parametrize("example", examples("yaml"), ids=str)
def test_an_example_of_a_workflow_uses_inputs_that_the_action_has(example: Example) -> None:
    action = parse_yaml((ROOT / "action.yml").read_text())
    used = [step for step in parse_yaml(example.text) if "uses" in step]
    assert {step["uses"] for step in used} == {f"OWNER/aimlapi-mockserver@v{__version__}"}
    for step in used:
        assert step.get("with", {}).keys() <= action["inputs"].keys()


def test_there_are_examples_of_every_kind() -> None:
    languages = {example.language for page in PAGES for example in _of(page)}
    assert languages == {"console", "javascript", "json", "python", "toml", "yaml"}


def test_links_between_the_pages_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"

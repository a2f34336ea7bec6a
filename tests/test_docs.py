"""The examples in README and docs/ do what they say: each is run, or says why not."""

from __future__ import annotations

import json
import os
import re
import runpy
import shlex
import shutil
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import click
import pytest
import requests
from PIL import Image

from mockserver import __version__
from mockserver.app.faults import read_scenario
from mockserver.app.rules import RuleReader
from mockserver.cli.config_file import find_config
from mockserver.cli.main import cli
from mockserver.images import ImageLibrary
from mockserver.openapi.yaml12 import parse_yaml
from mockserver.verify.baseline import Baseline
from tests.process import ROOT, run, run_program, served
from tests.servers.running import run_pytest

pytestmark = pytest.mark.slow

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_FENCED = re.compile(
    r"^(?:<!-- not run: (?P<reason>.+) -->\n)?```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_INLINE = re.compile(r"`(mockserver [^`]+)`")
_CLIENT = """
import os

import requests


def make_an_image(prompt):
    url = f"{os.environ['AIMLAPI_BASE_URL']}/images/generations"
    headers = {"Authorization": f"Bearer {os.environ['AIMLAPI_KEY']}"}
    body = {"model": "dall-e-2", "prompt": prompt}
    for _ in range(2):
        response = requests.post(url, json=body, headers=headers, timeout=5)
    return response
"""
"""What the example in README calls: a client that tries again."""


@dataclass(frozen=True)
class Example:
    page: str
    line: int
    language: str
    text: str
    reason: str | None

    def __str__(self) -> str:
        return f"{self.page}-{self.line}"


def examples(language: str) -> list[Example]:
    return [it for it in every_example() if it.language == language and not it.reason]


def every_example() -> list[Example]:
    return [example for page in PAGES for example in _of(page)]


def _of(page: Path) -> Iterator[Example]:
    text = page.read_text()
    for found in _FENCED.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Example(page.stem, line, found["language"], found["text"], found["reason"])


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
    installed = f"#!{sys.executable}\nfrom aimlapi_mockserver import main\nmain()\n"
    python = f'#!/bin/sh\nexec {sys.executable} "$@"\n'
    for name, text in (("mockserver", installed), ("python", python)):
        file = place / name
        file.write_text(text)
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return f"{place}{os.pathsep}{os.environ['PATH']}"


def run_in_bash(command: str, cwd: Path, **variables: str) -> str:
    return run_program("bash", "-c", command, cwd=cwd, **variables)[1]


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
    file.write_text(example.text.replace("http://127.0.0.1:8000", mock))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MOCKSERVER_URL", mock)
    if "\ndef test_" in example.text:
        monkeypatch.setitem(sys.modules, "app", client := ModuleType("app"))
        exec(_CLIENT, vars(client))
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


@pytest.mark.parametrize("example", examples("json"), ids=str)
def test_an_example_of_json_can_be_read(example: Example, tmp_path: Path) -> None:
    if "drift" in json.loads(example.text):
        file = tmp_path / "known-drift.json"
        file.write_text(example.text)
        assert Baseline.read(file).entries


@pytest.mark.parametrize("example", examples("toml"), ids=str)
def test_an_example_of_a_file_can_be_read(example: Example, tmp_path: Path) -> None:
    if example.text.startswith("[tool.aimlapi-mockserver]"):
        (tmp_path / "pyproject.toml").write_text(example.text)
        assert find_config(tmp_path).values
    else:
        file = tmp_path / "scenario.toml"
        file.write_text(example.text)
        assert read_scenario(str(file)).faults


@pytest.mark.parametrize("example", [e for e in examples("json") if e.page == "rules"], ids=str)
def test_an_example_of_rules_can_be_read(example: Example, tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    file.write_text(example.text)
    Image.new("RGB", (8, 8)).save(tmp_path / "fox.png")
    assert RuleReader(ImageLibrary()).read_file(file)


@pytest.mark.parametrize("example", examples("yaml"), ids=str)
def test_an_example_of_a_workflow_uses_inputs_that_the_action_has(example: Example) -> None:
    action = parse_yaml((ROOT / "action.yml").read_text())
    used = [step for step in parse_yaml(example.text) if "uses" in step]
    assert {step["uses"] for step in used} == {f"OWNER/aimlapi-mockserver@v{__version__}"}
    for step in used:
        assert step.get("with", {}).keys() <= action["inputs"].keys()


def test_every_example_is_run_or_says_why_not() -> None:
    run_here = {"console", "javascript", "json", "python", "toml", "yaml"}
    assert {example.language for example in every_example()} == run_here
    consoles = examples("console")
    assert [str(it) for it in consoles if not it.text.startswith("$ ")] == []
    for page in PAGES:
        rest = _FENCED.sub("", page.read_text())
        assert "```" not in rest, page
        assert not re.search(r"\n\n    \S", rest), f"{page} has an indented block"


def test_commands_that_are_not_run_have_known_options() -> None:
    lines = [line for it in every_example() if it.reason for line in it.text.splitlines()]
    inline = (found for page in PAGES for found in _INLINE.findall(page.read_text()))
    written = {line for line in (*lines, *inline) if line.startswith("mockserver ")}
    assert len(written) > 20
    assert [(line, problem) for line in sorted(written) if (problem := problem_of(line))] == []


def problem_of(line: str) -> str:
    """What is wrong with a command, or nothing; the values of its options may be placeholders."""
    words = re.split(r"[ \n]+", re.sub(r"  +#.*|[\[\]|]", "", line))[1:]
    command: click.Command = cli
    context = click.Context(cli)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name, *words = words
        found = command.get_command(context, name)
        if found is None:
            return f"no command {name!r}"
        command = found
    try:
        command.make_context("", words, resilient_parsing=True)
    except click.UsageError as error:
        return error.format_message()
    return ""


def test_links_between_the_pages_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"

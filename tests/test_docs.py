"""The examples in docs/ do what they say: each is run as it stands there."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mockserver.app.faults import read_scenario
from tests.http import Serve
from tests.process import ROOT, clean_environment

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


def run(command: list[str], cwd: Path, **variables: str) -> tuple[int, str]:
    done = subprocess.run(
        command,
        cwd=cwd,
        env=clean_environment(**variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=_TIMEOUT_SECONDS,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("example", examples("python"), ids=str)
def test_an_example_in_python_runs(example: Example, tmp_path: Path, serve: Serve) -> None:
    file = tmp_path / "test_example.py"
    file.write_text(example.text)
    plugin = ["-m", "pytest", "-q", "--rootdir", str(tmp_path), "-p", "mockserver.pytest_plugin"]
    how = plugin if "\ndef test_" in example.text else []
    command = [sys.executable, "-W", "error", *how, str(file)]
    status, printed = run(command, tmp_path, MOCKSERVER_URL=serve())
    assert status == 0, printed


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
@pytest.mark.parametrize("example", examples("javascript"), ids=str)
def test_an_example_in_javascript_prints_an_image(
    example: Example, tmp_path: Path, serve: Serve
) -> None:
    file = tmp_path / "example.mjs"
    file.write_text(example.text.replace("http://127.0.0.1:8000", serve()))
    status, printed = run(["node", str(file)], tmp_path)
    assert status == 0, printed
    assert '"image_base64": "iVBOR' in printed, printed


@pytest.mark.parametrize("example", examples("console"), ids=str)
def test_an_example_for_the_shell_prints_what_it_says(
    example: Example, tmp_path: Path, commands_on_path: str, serve: Serve
) -> None:
    variables = {"PATH": commands_on_path, "MOCKSERVER_URL": serve()}
    for command, expected in commands(example.text):
        _, printed = run(["bash", "-c", command], tmp_path, **variables)
        assert is_printed(expected, printed), f"$ {command}{printed}"


@pytest.mark.parametrize("example", examples("toml"), ids=str)
def test_an_example_of_a_scenario_can_be_read(example: Example, tmp_path: Path) -> None:
    file = tmp_path / "scenario.toml"
    file.write_text(example.text)
    assert read_scenario(str(file)).faults


def test_there_are_examples_of_every_kind() -> None:
    assert {"python", "javascript", "console", "toml"} == {
        e.language for page in PAGES for e in _of(page)
    }


def test_links_between_the_pages_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"

"""The entry point of the installed commands."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.process import ROOT, clean_environment

pytestmark = pytest.mark.slow


def start(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the entry point with a folder before the checkout on the path."""
    return subprocess.run(
        [sys.executable, "-m", "aimlapi_mockserver", *arguments],
        env=clean_environment(PYTHONPATH=f"{folder}{os.pathsep}{ROOT}"),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_it_runs_the_command_line(tmp_path: Path) -> None:
    done = start(tmp_path, "--version")
    assert done.stdout.startswith("mockserver, version "), done.stderr


@pytest.mark.parametrize("name", ["mockserver.py", "mockserver/__init__.py"])
def test_another_distributions_package_is_named_in_the_first_line(
    tmp_path: Path, name: str
) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("")
    done = start(tmp_path, "--version")
    assert done.returncode == 2
    first_line, *more = done.stderr.splitlines()
    assert first_line.startswith(f"aimlapi-mockserver: {file} belongs to another distribution")
    assert more == []


def test_a_start_imports_nothing_that_only_rare_features_need() -> None:
    code = (
        "import sys, mockserver, mockserver.cli.main, mockserver.cli.serve\n"
        "mockserver.create_app()\n"
        "rare = {'PIL', 'asyncio', 'mockserver.cli.compat', 'mockserver.recording.reader',\n"
        "    'prometheus_client', 'redis', 'requests', 'urllib.request'}\n"
        "print(rare & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"

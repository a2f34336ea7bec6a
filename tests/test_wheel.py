"""The wheel: what it installs, and that other projects' tests run beside it."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import pytest

from tests.process import run_program

pytestmark = pytest.mark.slow

FOREIGN_PROJECT = {
    "contract_tests/__init__.py": "ANSWER = 42\n",
    "contract_tests/test_own.py": "from contract_tests import ANSWER\n\n\n"
    "def test_own() -> None:\n    assert ANSWER == 42\n",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the wheel installs, entry points included."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    status, printed = run_program(*build)
    assert status == 0, printed
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def run(site: Path, folder: Path, *arguments: str) -> tuple[int, str]:
    """Run ``python -m`` in a folder, with the installed package and not the checkout."""
    variables = {"PYTHONPATH": str(site), "PYTEST_ADDOPTS": "-p no:cacheprovider"}
    return run_program(sys.executable, "-m", *arguments, cwd=folder, **variables)


def test_wheel_has_no_top_level_contract_tests(site: Path) -> None:
    names = {path.name for path in site.iterdir() if not path.name.endswith(".dist-info")}
    assert names == {"aimlapi_mockserver.py", "mockserver"}
    assert (site / "mockserver/contract_tests/conftest.py").is_file()


def test_tests_of_a_project_with_its_own_contract_tests_pass(site: Path, tmp_path: Path) -> None:
    for name, text in FOREIGN_PROJECT.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    status, printed = run(site, tmp_path, "pytest")
    assert status == 0, printed
    assert "1 passed" in printed


def test_other_projects_do_not_get_the_options(site: Path, tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_it() -> None:\n    pass\n")
    status, printed = run(site, tmp_path, "pytest", "--max-images", "1")
    assert status == pytest.ExitCode.USAGE_ERROR
    assert "unrecognized arguments" in printed

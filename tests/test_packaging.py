"""The locks agree with pyproject.toml, and the way in says clearly what is wrong with a machine."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUNTIME = PROJECT["project"]["dependencies"]
EXTRAS = PROJECT["project"]["optional-dependencies"]
SERVER = [*EXTRAS["metrics"], *EXTRAS["redis"]]
DEV = PROJECT["dependency-groups"]["dev"]
CLIENTS = PROJECT["dependency-groups"]["clients"]
SCHEMATHESIS = PROJECT["dependency-groups"]["schemathesis"]
RELEASE = PROJECT["dependency-groups"]["release"]
LOCKS = ["serve", "dev", "clients", "schemathesis", "release"]
OLD_PYTHON = """\
#!/bin/sh
[ "$1" = --version ] && echo "Python 3.9.2" && exit
exit 1
"""
BARE_PYTHON = """\
#!/bin/sh
[ "$1" = --version ] && echo "Python 3.11.2" && exit
case "$2" in *version_info*) exit 0 ;; esac
exit 1
"""


@cache
def pins(lock: str) -> dict[str, list[Requirement]]:
    found: dict[str, list[Requirement]] = {}
    for line in re.findall(r"^(\w[^\\\n]*)", lock_text(lock), re.MULTILINE):
        pin = Requirement(line)
        found.setdefault(pin.name, []).append(pin)
    return found


def lock_text(lock: str) -> str:
    return (ROOT / "requirements" / f"{lock}.txt").read_text()


def pinned_version(lock: str, name: str) -> str:
    here = [pin for pin in pins(lock)[name] if not pin.marker or pin.marker.evaluate()]
    return str(here[0].specifier).removeprefix("==")


def install(venv: Path, python: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", ROOT / "requirements/install", venv, "serve", python],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def fake_pythons(folder: Path, script: str) -> str:
    for name in ("python3", "python3.11", "python3.12", "python3.13"):
        (folder / name).write_text(script)
        (folder / name).chmod(0o755)
    return f"{folder}:{os.defpath}"


@pytest.mark.parametrize(
    ("lock", "filters"),
    [
        ("serve", [*RUNTIME, *SERVER]),
        ("dev", [*RUNTIME, *SERVER, *EXTRAS["contract"], *DEV]),
        ("clients", CLIENTS),
        ("schemathesis", SCHEMATHESIS),
        ("release", RELEASE),
    ],
)
def test_a_lock_pins_every_dependency_within_its_bounds(lock: str, filters: list[str]) -> None:
    for requirement in map(Requirement, filters):
        assert requirement.name in pins(lock), f"run make lock: {requirement.name} is not locked"
        assert requirement.specifier.contains(pinned_version(lock, requirement.name))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_is_exact_and_has_a_hash(lock: str) -> None:
    for entry in re.findall(r"^\w.*(?:\n    --hash.*)*", lock_text(lock), re.MULTILINE):
        assert "==" in entry
        assert "--hash=sha256:" in entry


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index_and_no_host(lock: str) -> None:
    assert "://" not in lock_text(lock)
    assert "index-url" not in lock_text(lock)
    assert "find-links" not in lock_text(lock)


def test_both_locks_pin_the_same_versions() -> None:
    for name, served in pins("serve").items():
        assert {pin.specifier for pin in pins("dev")[name]} == {pin.specifier for pin in served}


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_the_locks_pin_one_version_of_a_package_for_each_python(version: str) -> None:
    python = {"python_version": version, "python_full_version": f"{version}.0"}
    for name, candidates in pins("dev").items():
        fitting = [pin for pin in candidates if not pin.marker or pin.marker.evaluate(python)]
        assert len(fitting) <= 1, name


def test_every_make_target_is_phony_and_stands_in_the_help() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = re.findall(r"^\.PHONY: (.*)", makefile, re.MULTILINE)[0].split()
    assert phony == re.findall(r"^([a-z-]+):.* ## ", makefile, re.MULTILINE)


def test_contributing_names_only_targets_that_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"make ([a-z-]+)`", (ROOT / "CONTRIBUTING.md").read_text()):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_a_machine_with_an_old_python_only_is_told_so_in_one_line(tmp_path: Path) -> None:
    done = install(tmp_path / "venv", PATH=fake_pythons(tmp_path, OLD_PYTHON))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "Python 3.11 or newer is needed, found Python 3.9.2" in done.stderr


def test_a_chosen_python_that_is_too_old_is_named(tmp_path: Path) -> None:
    fake_pythons(tmp_path, OLD_PYTHON)
    done = install(tmp_path / "venv", python=str(tmp_path / "python3"))
    assert done.returncode == 1
    assert f"'{tmp_path}/python3' is Python 3.9.2" in done.stderr


def test_a_chosen_python_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = install(tmp_path / "venv", python="python3.99")
    assert (done.returncode, done.stderr) == (1, "error: there is no Python at 'python3.99'\n")


def test_a_missing_venv_module_is_answered_with_its_package(tmp_path: Path) -> None:
    done = install(tmp_path / "venv", PATH=fake_pythons(tmp_path, BARE_PYTHON))
    assert done.returncode == 1
    assert done.stderr.endswith("apt-get install python3-venv\n")


def test_an_index_out_of_reach_is_told_in_one_line_and_leaves_no_stamp(tmp_path: Path) -> None:
    python = tmp_path / "venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    done = install(
        tmp_path / "venv",
        PATH=os.defpath,  # without uv
        PIP_CONFIG_FILE=os.devnull,
        PIP_FIND_LINKS="",
        PIP_INDEX_URL=f"http://127.0.0.1:{port}/simple",
        PIP_NO_CACHE_DIR="1",
        PIP_RETRIES="1",
        PIP_TARGET=str(tmp_path / "site"),
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: the package index cannot be reached")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "venv/serve.installed").exists()

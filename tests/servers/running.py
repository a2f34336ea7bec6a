"""Run the contract suite, in this process or as a process of its own, and keep what it says."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from mockserver.recording.target import KEYS

__all__ = ["KEYS", "ROOT", "Outcome", "run_suite", "run_suite_apart"]

ROOT = Path(__file__).resolve().parents[2]
_SECONDS = 120
_QUIET = ("-q", "-p", "no:cacheprovider")


@dataclass(frozen=True)
class Outcome:
    """How a run ended, and all that it printed."""

    status: int
    output: str


def run_suite(*options: str, environment: Mapping[str, str] | None = None) -> Outcome:
    """Run it in this process, which takes a tenth of the time; no key is known unless given."""
    printed = io.StringIO()
    arguments = [str(ROOT / "contract_tests"), f"--rootdir={ROOT}", *_QUIET, "--capture=no"]
    with (
        _environment(environment or {}),
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(printed),
    ):
        status = pytest.main([*arguments, *options])
    return Outcome(int(status), printed.getvalue())


@contextlib.contextmanager
def _environment(added: Mapping[str, str]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in (*KEYS, "PYTEST_ADDOPTS"):
            patch.delenv(name, raising=False)
        for name, value in added.items():
            patch.setenv(name, value)
        yield


def run_suite_apart(
    *arguments: str, folder: Path = ROOT, environment: Mapping[str, str] | None = None
) -> Outcome:
    """Run ``python -m pytest`` in a folder, with the checkout's packages within reach."""
    inherited = {name: value for name, value in os.environ.items() if name not in KEYS}
    known = {**inherited, "PYTEST_ADDOPTS": "", "PYTHONPATH": str(ROOT), **(environment or {})}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *_QUIET, *arguments],
        cwd=folder,
        env=known,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=_SECONDS,
        check=False,
    )
    return Outcome(done.returncode, done.stdout)

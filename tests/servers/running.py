"""Run pytest, or the contract suite, in this process, and keep what it prints."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from mockserver.recording.target import KEYS

ROOT = Path(__file__).resolve().parents[2]
# That plugin collects all garbage at the end of each run; this process's own run has it.
_ISOLATED = ("-p", "no:cacheprovider", "-p", "no:unraisableexception", "--capture=no")
_IMPORTED = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
"""This process may have imported the plugins before."""


@dataclass(frozen=True)
class Outcome:
    """How a run ended, and all that it printed."""

    status: int
    output: str


def run_suite(*options: str, environment: Mapping[str, str] | None = None) -> Outcome:
    """Run the suite; no key is in the environment unless given."""
    suite = (str(ROOT / "contract_tests"), f"--rootdir={ROOT}", "-q")
    return run_pytest(*suite, *options, environment=environment)


def run_pytest(*arguments: str, environment: Mapping[str, str] | None = None) -> Outcome:
    """Run pytest; no key is in the environment unless given."""
    printed = io.StringIO()
    with (
        _environment(environment or {}),
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(printed),
    ):
        status = pytest.main([*_ISOLATED, *arguments, *_IMPORTED])
    return Outcome(int(status), printed.getvalue())


@contextlib.contextmanager
def _environment(added: Mapping[str, str]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in (*KEYS, "PYTEST_ADDOPTS"):
            patch.delenv(name, raising=False)
        for name, value in added.items():
            patch.setenv(name, value)
        yield

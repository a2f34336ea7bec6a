"""Run the suite as a process of its own, and listen to what it tells."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import mockserver
from mockserver.errors import SettingsError
from mockserver.optional_deps import require
from mockserver.strict_json import JSON
from mockserver.verify.results import Check, Drifted, Outcome, Run

__all__ = ["run_suite"]

_USAGE = 4
_NEEDED = ("pytest", "hypothesis", "requests")
_HOME = Path(mockserver.__file__).parent.parent


def run_suite(target: str, *options: str, tell: Callable[[str], None]) -> Run:
    """Run the suite against a target.

    :param target: ``mock``, ``live`` or a base URL.
    :param options: more options of the suite.
    :param tell: is given a line for each phase when it is over.
    :raises SettingsError: when the suite says that an option cannot be used.
    """
    require("contract", "verify", *_NEEDED)
    run, progress, started = Run(target), _Progress(tell), time.monotonic()
    with tempfile.TemporaryFile() as log, tempfile.TemporaryDirectory() as notes:
        for kind, data in _events(run, ["--target", target, *options], log.fileno(), notes):
            _take(run, kind, data)
            progress.add(run.checks[-1:] if kind == "check" else [])
        log.seek(0)
        run.output = log.read().decode(errors="replace")
    progress.close()
    run.seconds = time.monotonic() - started
    if run.status == _USAGE:
        raise SettingsError(_complaint(run.output))
    return run


def _events(
    run: Run, options: list[str], log: int, notes: str
) -> Iterator[tuple[str, dict[str, JSON]]]:
    """Give what the suite tells as it goes; its exit status is noted at the end."""
    hear, say = os.pipe()
    with open(hear, encoding="utf-8") as lines:  # noqa: PTH123 - a descriptor is no path
        try:
            process = subprocess.Popen(
                [*_command(say), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(say,),
                env=_environment(notes),
            )
        finally:
            os.close(say)
        try:
            for line in lines:
                kind, data = json.loads(line)
                yield kind, data
            run.status = process.wait()
        finally:
            process.terminate()
            process.wait()


def _command(descriptor: int) -> list[str]:
    """Say how the suite is run: by itself, whatever pytest is told in the folder or else."""
    plugins = ["-p", "mockserver.verify.collector", "-p", "no:cacheprovider"]
    places = ["-c", os.devnull, f"--rootdir={_HOME}", str(_HOME / "contract_tests")]
    return [sys.executable, "-m", "pytest", "-q", *plugins, *places, "--tell", str(descriptor)]


def _environment(notes: str) -> dict[str, str]:
    """Give the suite the caller's variables, and Hypothesis a place outside of their folder."""
    path = os.pathsep.join(filter(None, (str(_HOME), os.environ.get("PYTHONPATH"))))
    plain = {"PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": path}
    return {"HYPOTHESIS_STORAGE_DIRECTORY": notes, **os.environ, **plain}


def _take(run: Run, kind: str, data: dict[str, JSON]) -> None:
    match kind:
        case "check":
            run.checks.append(Check.of(data))
        case "exchange":
            run.exchanges.append(data)
        case "drift":
            run.drifts.append(Drifted(**{**data, "lines": tuple(data["lines"])}))
        case _:
            run.bought, run.spent, run.most = data["bought"], data["spent"], data["most"]


class _Progress:
    """Says a line for each contract and phase when it is over."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._emit = tell
        self._checks: list[Check] = []

    def add(self, checks: list[Check]) -> None:
        for check in checks:
            if self._checks and _phase(self._checks[0]) != _phase(check):
                self.close()
            self._checks.append(check)

    def close(self) -> None:
        """Say the line of the phase that is over."""
        if not self._checks:
            return
        contract, phase = _phase(self._checks[0])
        counts = {outcome: sum(c.outcome is outcome for c in self._checks) for outcome in Outcome}
        words = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count)
        self._emit(f"{contract}  {phase}: {words}")
        self._checks = []


def _phase(check: Check) -> tuple[str, str]:
    return check.contract, check.phase


def _complaint(output: str) -> str:
    """Find the line in which pytest says what is wrong."""
    lines = [line.removeprefix("ERROR: ") for line in output.splitlines() if "rror: " in line]
    told = [line for line in output.splitlines() if line.startswith("ERROR: ")]
    return (told or lines or [output])[0].removeprefix("ERROR: ")

"""Run the contract suite in this process."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mockserver.clock import monotonic
from mockserver.errors import SettingsError
from mockserver.paths import CONTRACT_TESTS
from mockserver.recording.target import check_listening
from mockserver.recording.writer import Recorder
from mockserver.verify.collector import Collector
from mockserver.verify.results import Run
from mockserver.verify.suite.config import SuiteConfig
from mockserver.verify.withdrawal import withdrawn_contracts

__all__ = ["run_suite"]

_OWN_PLUGINS_ONLY = ("--disable-plugin-autoload", "-p", "no:cacheprovider")
_OWN_CONFIGURATION = ("-c", os.devnull, f"--rootdir={CONTRACT_TESTS.parent}")
"""Whatever pytest finds configured in the working directory, the suite ignores it."""


def run_suite(
    suite_config: SuiteConfig,
    *,
    record_to: Path | None,
    report_phase: Callable[[str], None],
    report_check: Callable[[int], None],
) -> Run:
    """Run the suite and return its results.

    :param suite_config: is closed at the end.
    :param record_to: the folder to record every exchange in.
    :param report_phase: is called with a line for each phase that is over.
    :param report_check: is called with the number of all checks for each that is over.
    :raises KeyboardInterrupt: when the run is interrupted.
    """
    run = Run(suite_config.name, suite_config.budget)
    try:
        check_listening(suite_config.name)
    except SettingsError as error:
        run.unreachable = str(error)
        return run
    run.withdrawn = withdrawn_contracts(suite_config)
    gone = {each.contract for each in run.withdrawn}
    suite_config.contracts = [c for c in suite_config.contracts if c.id not in gone]
    if not suite_config.contracts:
        return run
    recorder = Recorder(record_to, *suite_config.secrets) if record_to else None
    _run_pytest(run, Collector(run, suite_config, recorder, report_phase, report_check))
    run.response_seconds = suite_config.response_seconds
    run.lost_connections = suite_config.lost_connections
    return run


def _run_pytest(run: Run, collector: Collector) -> None:
    """Run the tests of the suite, and add their status, output and duration to a run."""
    printed, started = io.StringIO(), monotonic()
    arguments = ["-q", "--capture=no", *_OWN_PLUGINS_ONLY, *_OWN_CONFIGURATION, str(CONTRACT_TESTS)]
    with (
        _environment(),
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(printed),
    ):
        run.status = int(pytest.main(arguments, plugins=[collector]))
    if run.status == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    run.output = printed.getvalue()
    run.seconds = monotonic() - started


@contextlib.contextmanager
def _environment() -> Iterator[None]:
    """Hide options for pytest, and keep Hypothesis from writing into the working directory."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTEST_ADDOPTS", raising=False)
        patch.delenv("PYTEST_PLUGINS", raising=False)
        if "HYPOTHESIS_STORAGE_DIRECTORY" not in os.environ:
            patch.setenv("HYPOTHESIS_STORAGE_DIRECTORY", folder)
        yield

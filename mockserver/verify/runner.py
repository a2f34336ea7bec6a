"""Run the contract suite in this process, and collect its results."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from pathlib import Path

import pytest

from mockserver.clock import monotonic
from mockserver.contracts import Contract, Exchange, Finding
from mockserver.errors import SettingsError
from mockserver.paths import CONTRACT_TESTS
from mockserver.recording.response_images import image_links
from mockserver.recording.target import check_listening
from mockserver.recording.writer import Recorder
from mockserver.verify.exchange_view import exchange_view
from mockserver.verify.results import Check, Outcome, Run
from mockserver.verify.suite.client import CheckedResponse
from mockserver.verify.suite.collector import Collector
from mockserver.verify.suite.config import SuiteConfig
from mockserver.verify.suite.request_spec import RequestSpec
from mockserver.verify.withdrawal import withdrawn_contracts

_OWN_PLUGINS_ONLY = ("--disable-plugin-autoload", "-p", "no:cacheprovider")
_OWN_CONFIGURATION = ("-c", os.devnull, f"--rootdir={CONTRACT_TESTS.parent}")
"""Whatever pytest finds configured in the working directory, the suite ignores it."""

_MAX_SHOWN = {Outcome.BROKEN: 24, Outcome.KEPT: 8, Outcome.NOT_VERIFIED: 4}
"""How many exchanges of each outcome are shown, for each contract."""
_GENERATED = "test_variety.py"
"""This module sends hundreds of requests; only those with wrong responses are recorded."""


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
    collector = _VerifyCollector(
        suite_config,
        run,
        recorder=recorder,
        report_phase=report_phase,
        report_check=report_check,
    )
    _run_pytest(run, collector)
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


@dataclass(eq=False)
class _VerifyCollector(Collector):
    """A collector that also keeps exchanges, records them, and reports what is over."""

    recorder: Recorder | None = None
    report_phase: Callable[[str], None] = field(kw_only=True)
    report_check: Callable[[int], None] = field(kw_only=True)
    total: int = 0
    is_generated: bool = False
    seen: set[RequestSpec] = field(default_factory=set)
    counted: Counter[tuple[str, Outcome]] = field(default_factory=Counter)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.total = len(session.items)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.is_generated = _GENERATED in nodeid

    def add_response(self, checked: CheckedResponse) -> None:
        super().add_response(checked)
        if checked.exchange is None or checked.request_spec in self.seen:
            return
        self.seen.add(checked.request_spec)
        contract = checked.request_spec.contract
        outcome = Outcome.NOT_VERIFIED if checked.unverified else Outcome.KEPT
        outcome = Outcome.BROKEN if checked.findings else outcome
        self.counted[contract.id, outcome] += 1
        is_shown = self.counted[contract.id, outcome] <= _MAX_SHOWN[outcome]
        is_recorded = self.recorder and (checked.findings or not self.is_generated)
        if is_shown or is_recorded:
            exchange = self._complete(contract, checked.exchange)
        if is_recorded:
            self._record(contract, exchange, checked.findings)
        if is_shown:
            view = exchange_view(exchange, checked.findings, self.redactor)
            self.run.exchanges.append({"contract": contract.id, "outcome": str(outcome), **view})

    def _record(self, contract: Contract, exchange: Exchange, findings: Sequence[Finding]) -> None:
        """Record an exchange; where that fails, go on without recording."""
        assert self.recorder is not None
        try:
            self.recorder.write(exchange, contract.id, findings, contract.documented_headers)
        except SettingsError as error:
            self.recorder = None
            self.report_phase(f"{error}; nothing more is recorded")

    def _complete(self, contract: Contract, exchange: Exchange) -> Exchange:
        """Add the origin of the URL, and what links lead to that the contract does not know."""
        client = self.suite_config.client_for(contract)
        links = image_links(exchange.response)
        unknown = [link for link in links if link not in exchange.downloads]
        downloads = {**exchange.downloads, **client.transport.fetch_all(unknown)}
        request = replace(exchange.request, url=client.base + exchange.request.url)
        return Exchange(request, exchange.response, downloads)

    def add_check(self, check: Check) -> None:
        if self.run.checks and _phase(self.run.checks[-1]) != _phase(check):
            self._end_phase()
        super().add_check(check)
        self.report_check(self.total)

    def _end_phase(self) -> None:
        if checks := self.run.checks:
            phase = _phase(checks[-1])
            same = takewhile(lambda check: _phase(check) == phase, reversed(checks))
            counts = Counter(check.outcome for check in same)
            words = ", ".join(f"{counts[each]} {each}" for each in Outcome if counts[each])
            self.report_phase(f"{'  '.join(phase)}: {words}")

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        self._end_phase()
        super().pytest_sessionfinish(session, exitstatus)


def _phase(check: Check) -> tuple[str, str]:
    return check.contract, check.phase

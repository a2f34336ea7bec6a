"""Run the contract suite in this process, and collect its results."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from mockserver.clock import monotonic
from mockserver.contracts import Contract, Exchange, Finding
from mockserver.errors import SettingsError
from mockserver.paths import CONTRACT_TESTS
from mockserver.recording import Recorder
from mockserver.recording.redact import Redactor
from mockserver.recording.response_images import image_links
from mockserver.recording.target import check_listening
from mockserver.verify.exchange_view import exchange_view
from mockserver.verify.results import Check, Outcome, Run
from mockserver.verify.suite.checked_response import CheckedResponse
from mockserver.verify.suite.config import SUITE_CONFIG, SuiteConfig
from mockserver.verify.suite.summary import SUITE_SUMMARY, SuiteSummary, contract_of, skip_reason
from mockserver.verify.withdrawal import withdrawn_contracts

__all__ = ["run_suite"]

_OWN_PLUGINS_ONLY = ("--disable-plugin-autoload", "-p", "no:cacheprovider")
_OWN_CONFIGURATION = ("-c", os.devnull, f"--rootdir={CONTRACT_TESTS.parent}")
"""Whatever pytest finds configured in the working directory, the suite ignores it."""

_MAX_SHOWN = {Outcome.BROKEN: 24, Outcome.KEPT: 8, Outcome.NOT_VERIFIED: 4}
"""How many exchanges of each outcome are shown, for each contract."""
_GENERATED = "test_variety.py"
"""This module sends hundreds of requests; only those with wrong responses are recorded."""
_SKIPPED = (Outcome.NOT_VERIFIED, Outcome.NOT_REACHED, Outcome.LEFT_OUT)


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
    _run_pytest(run, _Collector(run, suite_config, recorder, report_phase, report_check))
    run.response_seconds = suite_config.response_seconds
    run.lost_connections = suite_config.lost_connections
    return run


def _run_pytest(run: Run, collector: _Collector) -> None:
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


class _Collector:
    """A plugin of pytest that adds what the suite does to a run."""

    def __init__(
        self,
        run: Run,
        suite_config: SuiteConfig,
        recorder: Recorder | None,
        report_phase: Callable[[str], None],
        report_check: Callable[[int], None],
    ) -> None:
        self._run = run
        self._suite_config = suite_config
        self._recorder = recorder
        self._report_phase = report_phase
        self._report_check = report_check
        self._total = 0
        headers = {name for each in suite_config.contracts for name in each.documented_headers}
        self._redactor = Redactor(*suite_config.secrets, documented=headers)
        self._findings: dict[str, Sequence[Finding]] = {}
        self._seen: set[tuple[str, object]] = set()
        self._counted: Counter[tuple[str, Outcome]] = Counter()

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[SUITE_CONFIG] = self._suite_config

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._total = len(session.items)

    def pytest_contract_check(
        self, nodeid: str, contract: Contract, checked: CheckedResponse, findings: Sequence[Finding]
    ) -> None:
        # Hypothesis checks the smallest example last, so that one stays.
        self._findings[nodeid] = findings
        place = (contract.id, checked.request_spec)
        if checked.exchange is None or place in self._seen:
            return
        self._seen.add(place)
        outcome = Outcome.NOT_VERIFIED if checked.unverified else Outcome.KEPT
        outcome = Outcome.BROKEN if checked.findings else outcome
        self._counted[contract.id, outcome] += 1
        is_shown = self._counted[contract.id, outcome] <= _MAX_SHOWN[outcome]
        is_recorded = self._recorder and (checked.findings or _GENERATED not in nodeid)
        if is_shown or is_recorded:
            exchange = self._complete(contract, checked.exchange)
        if is_recorded:
            self._record(contract, exchange, checked.findings)
        if is_shown:
            view = exchange_view(exchange, checked.findings, self._redactor)
            self._run.exchanges.append({"contract": contract.id, "outcome": str(outcome), **view})

    def _record(self, contract: Contract, exchange: Exchange, findings: Sequence[Finding]) -> None:
        """Record an exchange; where that fails, go on without recording."""
        assert self._recorder is not None
        try:
            self._recorder.write(exchange, contract.id, findings, contract.documented_headers)
        except SettingsError as error:
            self._recorder = None
            self._report_phase(f"{error}; nothing more is recorded")

    def _complete(self, contract: Contract, exchange: Exchange) -> Exchange:
        """Add the origin of the URL, and what links lead to that the contract does not know."""
        client = self._suite_config.client_for(contract)
        links = image_links(exchange.response)
        unknown = [link for link in links if link not in exchange.downloads]
        downloads = {**exchange.downloads, **client.transport.fetch_all(unknown)}
        request = replace(exchange.request, url=client.base + exchange.request.url)
        return Exchange(request, exchange.response, downloads)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        contract_id = contract_of(report)
        if contract_id is None:
            return
        found = self._findings.pop(report.nodeid, ())
        outcome, reason = _outcome(report, is_broken=bool(found))
        findings = found if outcome is Outcome.BROKEN else ()
        check = Check(
            report.nodeid,
            contract_id,
            outcome,
            self._redactor.text(reason),
            tuple(map(self._redacted, findings)),
            report.duration,
        )
        if self._run.checks and _phase(self._run.checks[-1]) != _phase(check):
            self._end_phase()
        self._run.checks.append(check)
        self._report_check(self._total)

    def _redacted(self, finding: Finding) -> Finding:
        text = self._redactor.text
        return replace(finding, expected=text(finding.expected), received=text(finding.received))

    def _end_phase(self) -> None:
        if checks := self._run.checks:
            phase = _phase(checks[-1])
            counts = Counter(check.outcome for check in checks if _phase(check) == phase)
            words = ", ".join(f"{counts[each]} {each}" for each in Outcome if counts[each])
            self._report_phase(f"{'  '.join(phase)}: {words}")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self._end_phase()
        summary: SuiteSummary | None = session.config.pluginmanager.get_plugin(SUITE_SUMMARY)
        self._run.drifts += summary.drifted if summary else []


def _phase(check: Check) -> tuple[str, str]:
    return check.contract, check.phase


def _outcome(report: pytest.TestReport, *, is_broken: bool) -> tuple[Outcome, str]:
    if report.passed:
        return Outcome.KEPT, ""
    if report.failed:
        return (Outcome.BROKEN if is_broken else Outcome.ERROR), report.longreprtext
    reason = skip_reason(report)
    return next((each for each in _SKIPPED if reason.startswith(each)), Outcome.LEFT_OUT), reason

"""Collect what a run of the suite finds, and print the report on it at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, TypeAlias

import pytest

from mockserver.compare import drift_summary, headline, identify_exchange, merge
from mockserver.contracts import Contract, ContractCatalog, Exchange, Finding, Level
from mockserver.recording.redact import Redactor
from mockserver.verify.baseline import Baseline
from mockserver.verify.formats import as_lines
from mockserver.verify.printable import PrintableStream
from mockserver.verify.report import Report
from mockserver.verify.results import Check, Drifted, Outcome, Run
from mockserver.verify.suite.checker import LOST_CONNECTION
from mockserver.verify.suite.client import CheckedResponse
from mockserver.verify.suite.config import SuiteConfig

_NOTHING_VERIFIED = 5
"""The exit status of a run of pytest without a verified check."""
_SKIPPED = (Outcome.NOT_VERIFIED, Outcome.NOT_REACHED, Outcome.LEFT_OUT)
_MAX_EXCHANGES = 16
_Violations: TypeAlias = frozenset[tuple[Level, str, str]]


@dataclass(eq=False)
class Collector:
    """A plugin of pytest that adds what the suite finds to a run, and prints it at the end.

    With xdist the run has the checks of all processes, but no drift: a response stays in the
    process that received it.
    """

    suite_config: SuiteConfig
    run: Run
    _drifts: dict[str, _Drift] = field(default_factory=dict)
    _is_verified: bool = False

    @cached_property
    def redactor(self) -> Redactor:
        headers = {name for each in self.suite_config.contracts for name in each.documented_headers}
        return Redactor(*self.suite_config.secrets, documented=headers)

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[COLLECTOR] = self

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Let what the target sends reach no CI service as a command."""
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        if reporter and not reporter.isatty():  # on a terminal pytest itself writes control codes
            writer = reporter._tw  # noqa: SLF001 -- pytest has no public way
            writer._file = PrintableStream(writer._file)  # noqa: SLF001

    def add_response(self, checked: CheckedResponse) -> None:
        """Add a response that the running test checks."""
        contract = checked.request_spec.contract
        drift = self._drifts.setdefault(contract.id, _Drift(contract, self.suite_config.catalog))
        drift.add(checked)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        facts: dict[str, Any] = dict(report.user_properties)
        if "contract" not in facts or (report.when != "call" and report.passed):
            return
        names = [name for name, _ in report.user_properties]
        self.run.lost_connections += names.count(LOST_CONNECTION)
        found = [Finding(Level(level), *texts) for level, *texts in facts.get("findings", ())]
        outcome, reason = _outcome(report, is_broken=bool(found))
        findings = tuple(map(self._redacted, found)) if outcome is Outcome.BROKEN else ()
        reason = self.redactor.text(reason)
        self.add_check(
            Check(report.nodeid, facts["contract"], outcome, reason, findings, report.duration)
        )
        # A service that refuses every request, as without money, proves nothing by it.
        enough = {"images"} if self.suite_config.tolerate_outages else {"images", "refusal"}
        self._is_verified |= outcome is Outcome.KEPT and facts.get("verified") in enough

    def add_check(self, check: Check) -> None:
        """Add a check that is over."""
        self.run.checks.append(check)

    def _redacted(self, finding: Finding) -> Finding:
        text = self.redactor.text
        return replace(finding, expected=text(finding.expected), received=text(finding.received))

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if exitstatus == pytest.ExitCode.OK and self.run.checks and not self._is_verified:
            session.exitstatus = _NOTHING_VERIFIED
        self.run.status = int(session.exitstatus)
        self.run.response_seconds = self.suite_config.response_seconds
        title, redact = self.suite_config.title, self.redactor.text
        results = (drift.result(title, redact) for drift in self._drifts.values())
        self.run.drifts = [result for result in results if result]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.run.checks:
            terminalreporter.section(f"contract suite: {self.suite_config.name}", "=")
            report = Report(self.run, Baseline({}), datetime.now(UTC).date())
            for line in as_lines(report):
                terminalreporter.line(line)


COLLECTOR = pytest.StashKey[Collector]()
"""Where a run of pytest keeps its collector, and with it what it tests."""


def _outcome(report: pytest.TestReport, *, is_broken: bool) -> tuple[Outcome, str]:
    if report.passed:
        return Outcome.KEPT, ""
    if report.failed:
        return (Outcome.BROKEN if is_broken else Outcome.ERROR), report.longreprtext
    where = report.longrepr
    reason = str(where[2] if isinstance(where, tuple) else where).removeprefix("Skipped: ")
    return next((each for each in _SKIPPED if reason.startswith(each)), Outcome.LEFT_OUT), reason


@dataclass
class _Drift:
    """The responses of one contract to valid requests, as far as they are wrong.

    :ivar catalog: the contracts that a response may be of.
    :ivar kept: how many checked responses had no finding at all.
    """

    contract: Contract
    catalog: ContractCatalog
    kept: int = 0
    _broken: dict[tuple[int, _Violations], Exchange] = field(default_factory=dict)

    def add(self, checked: CheckedResponse) -> None:
        """Add a response; of those that are wrong in the same way, the first is kept."""
        exchange = checked.exchange
        if exchange is None or checked.unverified or not checked.request_spec.is_valid:
            return
        self.kept += not checked.findings
        if checked.findings and len(self._broken) < _MAX_EXCHANGES:
            violations = frozenset((f.level, f.pointer, f.rule) for f in checked.findings)
            self._broken.setdefault((exchange.response.status, violations), exchange)

    def result(self, target: str, redact: Callable[[str], str]) -> Drifted | None:
        """Return what the target answers as; None where no response was wrong.

        :param target: its name in a sentence.
        :param redact: removes secrets from a text.
        """
        candidates = self.catalog.revisions(self.contract.model)
        found = [
            identify_exchange(exchange, contracts=candidates, pinned=self.contract)
            for exchange in self._broken.values()
        ]
        if not found:
            return None
        is_error = all(each.api_error for each in found)
        merged = found[0] if is_error else merge(found)
        lines = [] if merged.is_pinned else drift_summary(merged, target)
        if lines and self.kept:
            lines.append(f"(it still sends responses of {self.contract.id}, too)")
        return Drifted(
            contract=self.contract.id,
            headline=redact(headline(merged)),
            nearest=None if is_error else merged.nearest.contract.id,
            fits=not is_error and merged.nearest.fits,
            lines=tuple(map(redact, lines)),
        )

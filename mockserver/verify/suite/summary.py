"""Summarise the run and its drift; end it with a status of its own if nothing was verified."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import TypeAlias

import pytest

from mockserver.compare import drift_summary, headline, identify_exchange, merge
from mockserver.contracts import Contract, ContractCatalog, Exchange, Finding, Level
from mockserver.contracts.finding import LEVELS
from mockserver.recording.redact import Redactor
from mockserver.verify.printable import PrintableStream
from mockserver.verify.results import Drifted
from mockserver.verify.suite.checked_response import CheckedResponse
from mockserver.verify.suite.config import SuiteConfig

NOTHING_VERIFIED = 5
"""The exit status of a run without a verified check."""
SUITE_SUMMARY = "contract suite summary"
"""The name of the plugin."""
_MAX_EXCHANGES = 16
_Violations: TypeAlias = frozenset[tuple[Level, str, str]]


@pytest.hookspec
def pytest_contract_check(
    nodeid: str, checked: CheckedResponse, findings: Sequence[Finding]
) -> None:
    """Receive a checked response; a hook of the suite for other plugins of pytest.

    :param nodeid: of the test that checks it.
    :param checked: the response, and everything that is wrong with it.
    :param findings: those that this test is about.
    """


class SuiteSummary:
    """A plugin that reads the report of every test.

    :ivar suite_config: what this run tests.
    """

    def __init__(self, suite_config: SuiteConfig) -> None:
        self.suite_config = suite_config
        self._drifts: dict[str, _Drift] = {}
        self._reports: defaultdict[str, list[pytest.TestReport]] = defaultdict(list)

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Let what the target sends reach no CI service as a command."""
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        if reporter and not reporter.isatty():  # on a terminal pytest itself writes control codes
            writer = reporter._tw  # noqa: SLF001 -- pytest has no public way
            writer._file = PrintableStream(writer._file)  # noqa: SLF001

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if contract_id := contract_of(report):
            self._reports[contract_id].append(report)

    def pytest_contract_check(self, checked: CheckedResponse) -> None:
        contract = checked.request_spec.contract
        drift = self._drifts.setdefault(contract.id, _Drift(contract, self.suite_config.catalog))
        drift.add(checked)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if exitstatus == pytest.ExitCode.OK and self._missing():
            session.exitstatus = NOTHING_VERIFIED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self._reports:
            return
        terminalreporter.section(f"contract suite: {self.suite_config.name}", "=")
        for line in self._lines():
            terminalreporter.line(line)
        for drifted in self.drifted:
            if drifted.lines:
                terminalreporter.section(f"drift: {drifted.contract}", "-")
                for line in drifted.lines:
                    terminalreporter.line(line)

    @cached_property
    def drifted(self) -> list[Drifted]:
        """What the target answers as, for each contract that it breaks, after the run."""
        redact, title = Redactor(*self.suite_config.secrets).text, self.suite_config.title
        results = (drift.result(title, redact) for drift in self._drifts.values())
        return [result for result in results if result]

    def _missing(self) -> str | None:
        """Return what a run should have verified and has not."""
        reports = list(chain.from_iterable(self._reports.values()))
        if not reports or any(report.failed for report in reports):
            return None
        verified = _facts("verified", (report for report in reports if report.passed))
        if self.suite_config.tolerate_outages:
            return None if verified["images"] else "no request for images was answered"
        return None if verified else "no check was carried out"

    def _lines(self) -> Iterator[str]:
        for contract_id, reports in self._reports.items():
            passed, failed = [r for r in reports if r.passed], [r for r in reports if r.failed]
            skipped = Counter(skip_reason(report) for report in reports if report.skipped)
            verified = sum("verified" in dict(report.user_properties) for report in passed)
            findings = _facts("finding", failed)
            levels = ", ".join(f"{findings[level]} {level}" for level in LEVELS)
            checks = f"{verified} checks verified, {len(failed)} failed"
            yield f"{contract_id}: {checks}; findings: {levels}; {skipped.total()} skipped"
            if lost := _facts("lost connection", reports).total():
                yield f"    {lost} x a connection was lost; sent again, the request was answered"
            for reason, times in skipped.most_common():
                yield f"    {times} x {reason}"
        budget = self.suite_config.budget
        if budget.is_paid:
            spent = f"{budget.spent} of {budget.limit} counted at the smallest size"
            yield f"paid for: {budget.images} images, {spent} (--max-images)"
        if missing := self._missing():
            yield f"nothing verified: {missing} (exit status {NOTHING_VERIFIED})"


def _facts(name: str, reports: Iterable[pytest.TestReport]) -> Counter[object]:
    facts = chain.from_iterable(report.user_properties for report in reports)
    return Counter(value for known, value in facts if known == name)


def contract_of(report: pytest.TestReport) -> str | None:
    """Return the contract of a finished check; None for any other report."""
    if report.when != "call" and report.passed:
        return None
    return next((str(value) for name, value in report.user_properties if name == "contract"), None)


def skip_reason(report: pytest.TestReport) -> str:
    where = report.longrepr
    reason = where[2] if isinstance(where, tuple) else str(where)
    return reason.removeprefix("Skipped: ")


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

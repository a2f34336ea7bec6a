"""Summarise the run; end it with a status of its own if nothing was verified."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from mockserver.contracts import Contract
from mockserver.verify.suite.checked_response import LEVELS, CheckedResponse
from mockserver.verify.suite.config import SuiteConfig
from mockserver.verify.suite.drift import Drift

__all__ = ["NOTHING_VERIFIED", "SUITE_SUMMARY", "SuiteSummary", "contract_of", "skip_reason"]

NOTHING_VERIFIED = 5
"""The exit status of a run without a verified check."""
SUITE_SUMMARY = "contract suite summary"
"""The name of the plugin."""


@dataclass
class ContractCounts:
    """The counts of one contract."""

    verified: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    failed: int = 0

    def add(self, report: pytest.TestReport) -> None:
        facts = report.user_properties
        if report.passed:
            self.verified.update({str(value) for name, value in facts if name == "verified"})
        elif report.failed:
            self.failed += 1
            self.findings.update(str(value) for name, value in facts if name == "finding")
        else:
            self.skipped[skip_reason(report)] += 1

    def line(self, contract_id: str) -> str:
        levels = ", ".join(f"{self.findings[level]} {level}" for level in LEVELS)
        checks = f"{self.verified.total()} checks verified, {self.failed} failed"
        return f"{contract_id}: {checks}; findings: {levels}; {self.skipped.total()} skipped"


class SuiteSummary:
    """A plugin that reads the report of every test.

    :ivar suite_config: what this run tests.
    :ivar drifts: what the responses are of, by contract.
    """

    def __init__(self, suite_config: SuiteConfig) -> None:
        self.suite_config = suite_config
        self.drifts: dict[str, Drift] = {}
        self._counts: dict[str, ContractCounts] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if contract_id := contract_of(report):
            self._counts.setdefault(contract_id, ContractCounts()).add(report)

    def pytest_contract_check(self, contract: Contract, checked: CheckedResponse) -> None:
        self.drifts.setdefault(contract.id, Drift(contract, self.suite_config.catalog)).add(checked)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if exitstatus == pytest.ExitCode.OK and self._missing():
            session.exitstatus = NOTHING_VERIFIED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self._counts:
            return
        terminalreporter.section(f"contract suite: {self.suite_config.name}", "=")
        for line in self._lines():
            terminalreporter.line(line)
        for contract_id, drift in self.drifts.items():
            if lines := drift.lines(self.suite_config.title):
                terminalreporter.section(f"drift: {contract_id}", "-")
                for line in lines:
                    terminalreporter.line(line)

    def _missing(self) -> str | None:
        """Return what a run should have verified and has not."""
        counts = self._counts.values()
        if not counts or any(each.failed for each in counts):
            return None
        verified = sum((each.verified for each in counts), Counter())
        if self.suite_config.tolerate_outages:
            return None if verified["images"] else "no request for images was answered"
        return None if verified else "no check was carried out"

    def _lines(self) -> Iterator[str]:
        for contract_id, counts in self._counts.items():
            yield counts.line(contract_id)
            for reason, times in counts.skipped.most_common():
                yield f"    {times} x {reason}"
        if self.suite_config.paid:
            budget = self.suite_config.budget
            spent = f"{budget.spent} of {budget.limit} counted at the smallest size"
            yield f"paid for: {budget.images} images, {spent} (--max-images)"
        if missing := self._missing():
            yield f"nothing verified: {missing} (exit status {NOTHING_VERIFIED})"


def contract_of(report: pytest.TestReport) -> str | None:
    """Return the contract of a finished check; None for any other report."""
    if report.when != "call" and report.passed:
        return None
    return next((str(value) for name, value in report.user_properties if name == "contract"), None)


def skip_reason(report: pytest.TestReport) -> str:
    """Return why a test was skipped."""
    where = report.longrepr
    reason = where[2] if isinstance(where, tuple) else str(where)
    return reason.removeprefix("Skipped: ")

"""Count what the suite verified, say so at the end, and see that nothing is not a pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from mockserver.contracts import Contract
from mockserver.verify.suite.checked_response import LEVELS, CheckedResponse
from mockserver.verify.suite.config import SuiteConfig
from mockserver.verify.suite.drift import Drift

__all__ = ["NOTHING_VERIFIED", "SUITE_SUMMARY", "SuiteSummary"]

SUITE_SUMMARY = "contract suite ledger"
"""The name that pytest knows the plugin by."""

NOTHING_VERIFIED = 5


@dataclass
class ContractCounts:
    """What is known of one contract."""

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
            self.skipped[_reason(report)] += 1

    def line(self, contract_id: str) -> str:
        levels = ", ".join(f"{self.findings[level]} {level}" for level in LEVELS)
        checks = f"{self.verified.total()} checks verified, {self.failed} failed"
        return f"{contract_id}: {checks}; findings: {levels}; {self.skipped.total()} skipped"


class SuiteSummary:
    """A plugin that reads every test's report.

    :ivar aim: what this run tests.
    :ivar drifts: what the answers tell of each contract.
    """

    def __init__(self, suite_config: SuiteConfig) -> None:
        self.suite_config = suite_config
        self.drifts: dict[str, Drift] = {}
        self._pages: dict[str, ContractCounts] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        contracts = [str(value) for name, value in report.user_properties if name == "contract"]
        if contracts and (report.when == "call" or not report.passed):
            self._pages.setdefault(contracts[0], ContractCounts()).add(report)

    def pytest_contract_check(self, contract: Contract, checked: CheckedResponse) -> None:
        self.drifts.setdefault(contract.id, Drift(contract, self.suite_config.catalog)).add(checked)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if exitstatus == pytest.ExitCode.OK and self._missing():
            session.exitstatus = NOTHING_VERIFIED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._pages:
            terminalreporter.section(f"contract suite: {self.suite_config.name}", "=")
            for line in self._lines():
                terminalreporter.line(line)
            self._explain(terminalreporter)

    def _explain(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what a target that drifted answers as."""
        for contract_id, drift in self.drifts.items():
            if lines := drift.lines(self.suite_config.title):
                terminalreporter.section(f"drift: {contract_id}", "-")
                for line in lines:
                    terminalreporter.line(line)

    def _missing(self) -> str | None:
        """Say what a run has to have verified and has not."""
        if not self._pages or any(page.failed for page in self._pages.values()):
            return None
        verified = sum((page.verified for page in self._pages.values()), Counter())
        if self.suite_config.tolerate_outages:
            return None if verified["images"] else "no request for images was answered"
        return None if verified else "no check was carried out"

    def _lines(self) -> Iterator[str]:
        for contract_id, page in self._pages.items():
            yield page.line(contract_id)
            for reason, times in page.skipped.most_common():
                yield f"    {times} x {reason}"
        if self.suite_config.paid:
            budget = self.suite_config.budget
            pluralize = f"{budget.spent} of {budget.limit} counted at the smallest size"
            yield f"paid for: {budget.images} images, {pluralize} (--max-images)"
        if missing := self._missing():
            yield f"nothing verified: {missing} (exit status {NOTHING_VERIFIED})"


def _reason(report: pytest.TestReport) -> str:
    where = report.longrepr
    words = where[2] if isinstance(where, tuple) else str(where)
    return words.removeprefix("Skipped: ")

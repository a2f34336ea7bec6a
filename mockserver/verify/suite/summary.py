"""Count what the suite verified, say so at the end, and see that nothing is not a pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from mockserver.contracts import Contract
from mockserver.verify.suite.checked_response import LEVELS, Reply
from mockserver.verify.suite.config import Aim
from mockserver.verify.suite.drift import Drift

__all__ = ["LEDGER", "NOTHING_VERIFIED", "Ledger"]

LEDGER = "contract suite ledger"
"""The name that pytest knows the plugin by."""

NOTHING_VERIFIED = 5


@dataclass
class Page:
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


class Ledger:
    """A plugin that reads every test's report.

    :ivar aim: what this run tests.
    :ivar drifts: what the answers tell of each contract.
    """

    def __init__(self, aim: Aim) -> None:
        self.aim = aim
        self.drifts: dict[str, Drift] = {}
        self._pages: dict[str, Page] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        contracts = [str(value) for name, value in report.user_properties if name == "contract"]
        if contracts and (report.when == "call" or not report.passed):
            self._pages.setdefault(contracts[0], Page()).add(report)

    def pytest_contract_check(self, contract: Contract, reply: Reply) -> None:
        self.drifts.setdefault(contract.id, Drift(contract, self.aim.shelf)).add(reply)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if exitstatus == pytest.ExitCode.OK and self._missing():
            session.exitstatus = NOTHING_VERIFIED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._pages:
            terminalreporter.section(f"contract suite: {self.aim.name}", "=")
            for line in self._lines():
                terminalreporter.line(line)
            self._explain(terminalreporter)

    def _explain(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what a target that drifted answers as."""
        for contract_id, drift in self.drifts.items():
            if lines := drift.lines(self.aim.title):
                terminalreporter.section(f"drift: {contract_id}", "-")
                for line in lines:
                    terminalreporter.line(line)

    def _missing(self) -> str | None:
        """Say what a run has to have verified and has not."""
        if not self._pages or any(page.failed for page in self._pages.values()):
            return None
        verified = sum((page.verified for page in self._pages.values()), Counter())
        if self.aim.excusing:
            return None if verified["pictures"] else "no request for pictures was answered"
        return None if verified else "no check was carried out"

    def _lines(self) -> Iterator[str]:
        for contract_id, page in self._pages.items():
            yield page.line(contract_id)
            for reason, times in page.skipped.most_common():
                yield f"    {times} x {reason}"
        if self.aim.paid:
            wallet = self.aim.wallet
            counted = f"{wallet.spent} of {wallet.limit} counted at the smallest size"
            yield f"paid for: {wallet.pictures} pictures, {counted} (--max-pictures)"
        if missing := self._missing():
            yield f"nothing verified: {missing} (exit status {NOTHING_VERIFIED})"


def _reason(report: pytest.TestReport) -> str:
    where = report.longrepr
    words = where[2] if isinstance(where, tuple) else str(where)
    return words.removeprefix("Skipped: ")

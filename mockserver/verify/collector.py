"""A plugin of pytest that tells the process above of every check, a line of JSON each."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mockserver.compare import headline
from mockserver.contracts import Contract, Exchange, Finding
from mockserver.recording import Recorder
from mockserver.recording.redact import Redactor
from mockserver.recording.response_images import image_links
from mockserver.strict_json import JSON
from mockserver.verify.exchange_view import shown
from mockserver.verify.results import Outcome

if TYPE_CHECKING:
    from mockserver.verify.suite.checked_response import CheckedResponse
    from mockserver.verify.suite.summary import SuiteSummary

__all__ = ["Collector", "pytest_addoption", "pytest_configure"]

_MOST = {Outcome.BROKEN: 24, Outcome.KEPT: 8, Outcome.NOT_VERIFIED: 4}
"""How many exchanges of each kind are told, for each contract."""
_DRAWN = "test_variety.py"
"""What makes hundreds of requests; only those that were answered wrongly are worth keeping."""
_REASONS = (Outcome.NOT_VERIFIED, Outcome.NOT_REACHED, Outcome.LEFT_OUT)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that says where to."""
    parser.addoption("--tell", type=int, metavar="FD", help="write each check to a descriptor")
    parser.addoption("--record", type=Path, metavar="DIR", help="write each exchange down")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Start to listen, once the suite is there."""
    config.pluginmanager.register(Collector(config, config.getoption("--tell")))


class Collector:
    """Listens to the suite.

    :param descriptor: an open file descriptor that the lines are written to.
    """

    def __init__(self, config: pytest.Config, descriptor: int) -> None:
        from mockserver.verify.suite.summary import SUITE_SUMMARY

        ledger: SuiteSummary | None = config.pluginmanager.get_plugin(SUITE_SUMMARY)
        if ledger is None:
            raise pytest.UsageError("expected the contract suite, and not in several processes")
        self._ledger = ledger
        self._scrubber = Redactor(ledger.suite_config.key)
        self._descriptor = descriptor
        self._findings: dict[str, Sequence[Finding]] = {}
        self._seen: set[tuple[str, object]] = set()
        self._counted: Counter[tuple[str, Outcome]] = Counter()
        folder = config.getoption("--record")
        self._recorder = Recorder(folder, ledger.suite_config.key) if folder else None

    def pytest_contract_check(
        self, nodeid: str, contract: Contract, checked: CheckedResponse, findings: Sequence[Finding]
    ) -> None:
        """Keep what a test finds last, which is the smallest of what it draws."""
        self._findings[nodeid] = findings
        place = (contract.id, checked.request_spec)
        if checked.exchange is None or place in self._seen:
            return
        self._seen.add(place)
        kind = Outcome.NOT_VERIFIED if checked.unverified else Outcome.KEPT
        kind = Outcome.BROKEN if checked.findings else kind
        self._counted[contract.id, kind] += 1
        is_shown = self._counted[contract.id, kind] <= _MOST[kind]
        is_recorded = self._recorder and (checked.findings or _DRAWN not in nodeid)
        if is_shown or is_recorded:
            exchange = self._whole(contract, checked.exchange)
        if self._recorder and is_recorded:
            self._recorder.write(exchange, contract.id, checked.findings)
        if is_shown:
            data = shown(exchange, checked.findings, self._scrubber)
            self._emit("exchange", {"contract": contract.id, "outcome": kind, **data})

    def _whole(self, contract: Contract, exchange: Exchange) -> Exchange:
        """Complete an exchange by its origin, and by what links at foreign places lead to."""
        target = self._ledger.suite_config.target_for(contract)
        missing = [u for u in image_links(exchange.response) if u not in exchange.downloads]
        downloads = {**exchange.downloads, **target.http_client.fetch_all(missing)}
        request = replace(exchange.request, url=target.base + exchange.request.url)
        return Exchange(request, exchange.response, downloads)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Tell what became of a test."""
        contract = next((v for name, v in report.user_properties if name == "contract"), None)
        if contract is None or (report.when != "call" and report.passed):
            return
        outcome, reason = _outcome(report, found=bool(self._findings.get(report.nodeid)))
        findings = self._findings.pop(report.nodeid, ()) if outcome is Outcome.BROKEN else ()
        told = {
            "contract": contract,
            "outcome": outcome,
            "reason": reason,
            "findings": [asdict(finding) for finding in findings],
            "seconds": report.duration,
        }
        self._emit("check", {"id": report.nodeid, **self._scrubber.json(told)})

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Tell what the target is, and what it cost."""
        suite_config = self._ledger.suite_config
        for contract_id, drift in self._ledger.drifts.items():
            if (found := drift.identification()) is not None:
                told = {
                    "headline": headline(found),
                    "nearest": None if found.api_error else found.nearest.contract.id,
                    "fits": not found.api_error and found.nearest.fits,
                    "lines": drift.lines(suite_config.title),
                }
                self._emit("drift", {"contract": contract_id, **self._scrubber.json(told)})
        budget = suite_config.budget
        bill = {"bought": budget.images, "spent": budget.spent, "most": budget.limit}
        self._emit("bill", bill)

    def _emit(self, kind: str, data: dict[str, JSON]) -> None:
        line = memoryview(json.dumps([kind, data]).encode() + b"\n")
        while line:
            line = line[os.write(self._descriptor, line) :]


def _outcome(report: pytest.TestReport, *, found: bool) -> tuple[Outcome, str]:
    if report.passed:
        return Outcome.KEPT, ""
    if report.failed:
        return (Outcome.BROKEN if found else Outcome.ERROR), report.longreprtext
    where = report.longrepr
    reason = (where[2] if isinstance(where, tuple) else str(where)).removeprefix("Skipped: ")
    told = next((outcome for outcome in _REASONS if reason.startswith(outcome)), Outcome.LEFT_OUT)
    return told, reason

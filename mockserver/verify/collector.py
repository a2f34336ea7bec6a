"""A plugin of pytest that collects the results of a run of the suite."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from mockserver.compare import headline
from mockserver.contracts import Contract, Exchange, Finding
from mockserver.errors import SettingsError
from mockserver.recording.redact import Redactor
from mockserver.recording.response_images import image_links
from mockserver.recording.writer import Recorder
from mockserver.verify.exchange_view import exchange_view
from mockserver.verify.results import Check, Drifted, Outcome, Run
from mockserver.verify.suite.checked_response import CheckedResponse
from mockserver.verify.suite.config import SUITE_CONFIG, SuiteConfig
from mockserver.verify.suite.summary import SUITE_SUMMARY, SuiteSummary, contract_of, skip_reason

__all__ = ["Collector"]

_MAX_SHOWN = {Outcome.BROKEN: 24, Outcome.KEPT: 8, Outcome.NOT_VERIFIED: 4}
"""How many exchanges of each outcome are shown, for each contract."""
_GENERATED = "test_variety.py"
"""This module sends hundreds of requests; only those with wrong responses are recorded."""
_SKIPPED = (Outcome.NOT_VERIFIED, Outcome.NOT_REACHED, Outcome.LEFT_OUT)


class Collector:
    """Adds what the suite does to a run.

    :param recorder: writes the exchanges; None writes nothing.
    :param report_phase: is called with a line for each phase that is over.
    :param report_check: is called with the number of all checks for each that is over.
    """

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
        self._phase: list[Check] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Pass the suite its options."""
        config.stash[SUITE_CONFIG] = self._suite_config

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Count the checks."""
        self._total = len(session.items)

    def pytest_contract_check(
        self, nodeid: str, contract: Contract, checked: CheckedResponse, findings: Sequence[Finding]
    ) -> None:
        """Keep the findings, and some exchanges."""
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
        """Add a check."""
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
        if self._phase and _phase(self._phase[0]) != _phase(check):
            self._end_phase()
        self._phase.append(check)
        self._run.checks.append(check)
        self._report_check(self._total)

    def _redacted(self, finding: Finding) -> Finding:
        text = self._redactor.text
        return replace(finding, expected=text(finding.expected), received=text(finding.received))

    def _end_phase(self) -> None:
        if self._phase:
            contract_id, phase = _phase(self._phase[0])
            counts = Counter(check.outcome for check in self._phase)
            words = ", ".join(f"{counts[each]} {each}" for each in Outcome if counts[each])
            self._report_phase(f"{contract_id}  {phase}: {words}")
        self._phase = []

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Add what the target answers as."""
        self._end_phase()
        summary: SuiteSummary | None = session.config.pluginmanager.get_plugin(SUITE_SUMMARY)
        for contract_id, drift in (summary.drifts if summary else {}).items():
            if (found := drift.identification) is not None:
                lines = map(self._redactor.text, drift.lines(self._suite_config.title))
                drifted = Drifted(
                    contract=contract_id,
                    headline=self._redactor.text(headline(found)),
                    nearest=None if found.api_error else found.nearest.contract.id,
                    fits=not found.api_error and found.nearest.fits,
                    lines=tuple(lines),
                )
                self._run.drifts.append(drifted)


def _phase(check: Check) -> tuple[str, str]:
    return check.contract, check.phase


def _outcome(report: pytest.TestReport, *, is_broken: bool) -> tuple[Outcome, str]:
    if report.passed:
        return Outcome.KEPT, ""
    if report.failed:
        return (Outcome.BROKEN if is_broken else Outcome.ERROR), report.longreprtext
    reason = skip_reason(report)
    return next((each for each in _SKIPPED if reason.startswith(each)), Outcome.LEFT_OUT), reason

"""What a test uses: one contract, the server that must keep it, and the checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import NoReturn, TypeVar

import pytest

from mockserver.contracts import Contract, Finding, Level
from mockserver.recording.budget import BudgetExceeded
from mockserver.strict_json import JSON
from mockserver.verify.suite.client import APIClient, CheckedResponse
from mockserver.verify.suite.request_spec import Case, RequestSpec, valid_spec

LOST_CONNECTION = "lost connection"
"""The name of the fact that a connection was lost, and the request sent again."""

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Checker:
    """Send requests of one contract, and pass, fail or skip the running test.

    :ivar record: notes a fact about the running test, by name, for the collector.
    :ivar report: passes a checked response to the collector.
    """

    contract: Contract
    client: APIClient
    record: Callable[[str, object], None]
    report: Callable[[CheckedResponse], None]

    def send(self, request_spec: RequestSpec) -> CheckedResponse:
        """Send a request; the same request is sent only once in a run."""
        return self._within_budget(self.client.send, request_spec)

    def send_together(self, *bodies: Mapping[str, JSON]) -> list[CheckedResponse]:
        """Send valid requests at the same time, whether they were sent before or not."""
        specs = [valid_spec(self.contract, body) for body in bodies]
        return self._within_budget(self.client.send_together, *specs)

    def _within_budget(self, send: Callable[..., _Result], *request_specs: RequestSpec) -> _Result:
        lost_before = len(self.client.transport.lost)
        try:
            return send(*request_specs)
        except BudgetExceeded as reason:
            pytest.skip(str(reason))
        finally:
            for lost in self.client.transport.lost[lost_before:]:
                self.record(LOST_CONNECTION, lost)

    def check_case(self, case: Case) -> None:
        """Send the requests of a case, and fail for what is wrong with their responses."""
        responses = [self.send(spec) for spec in case.request_specs]
        for checked in responses:
            self._check(checked, [f for f in checked.findings if case.holds(f)], case.level)
        reached = [checked for checked in responses if checked.reaches(case)]
        if not reached:
            missing = "no response has the field"
            wrong = "the response is not the documented one"
            pytest.skip(f"not reached: {missing if case.pointer else wrong}")
        self._record_verified(*reached)

    def check(self, checked: CheckedResponse) -> None:
        """Fail for whatever is wrong with a response."""
        self._check(checked, checked.findings, None)
        self._record_verified(checked)

    def _check(
        self, checked: CheckedResponse, found: Sequence[Finding], level: Level | None
    ) -> None:
        self.report(checked)
        if found:
            self._fail(checked, found)
        problem = checked.download_problem if level in (None, Level.SEMANTIC) else None
        if reason := checked.unverified or problem:
            pytest.skip(self.client.hide_secrets(f"not verified: {reason}"))

    def _fail(self, checked: CheckedResponse, found: Sequence[Finding]) -> NoReturn:
        hide = self.client.hide_secrets
        # Hypothesis fails last for the smallest example, so the last ones stay.
        self.record("findings", [[hide(str(part)) for part in astuple(each)] for each in found])
        command = checked.request_spec.curl(self.client.base, self.client.gateway_headers)
        text = "\n".join([*map(_text, found), "repeat it with:", f"    {command}"])
        pytest.fail(hide(text), pytrace=False)

    def _record_verified(self, *responses: CheckedResponse) -> None:
        images = any(each.request_spec.is_valid for each in responses)
        self.record("verified", "images" if images else "refusal")


def _text(finding: Finding) -> str:
    head = f"{finding.level} {finding.pointer} ({finding.rule})"
    return f"{head}\n    expected: {finding.expected}\n    received: {finding.received}"

"""What a test uses: one contract, the server that must keep it, and the checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn, TypeVar

import pytest

from mockserver.contracts import Contract, Finding, Level
from mockserver.recording.budget import BudgetExceeded
from mockserver.strict_json import JSON
from mockserver.verify.suite.checked_response import CheckedResponse
from mockserver.verify.suite.client import APIClient
from mockserver.verify.suite.request_spec import RequestCase, RequestSpec, valid_spec
from mockserver.verify.suite.response_fields import Field

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Checker:
    """Send requests of one contract, and pass, fail or skip the running test.

    :ivar record: notes a fact about the running test, by name, for the closing summary.
    :ivar report: passes a checked response and its findings to plugins.
    """

    contract: Contract
    client: APIClient
    record: Callable[[str, object], None]
    report: Callable[[CheckedResponse, Sequence[Finding]], None]

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
                self.record("lost connection", lost)

    def check_case(self, case: RequestCase) -> None:
        """Send a request, and fail for what is wrong with its response."""
        self.check(self.send(case.request_spec), case.level)

    def check(self, checked: CheckedResponse, level: Level | None = None) -> None:
        """Fail for what is wrong with a response, at one level or at any."""
        self._check(checked, [f for f in checked.findings if level in (None, f.level)], level)
        if level in (None, Level.DOCUMENTED) or checked.has_expected_status:
            self._record_verified(checked)
        else:
            pytest.skip("not reached: the response is not the documented one")

    def check_field(self, field: Field) -> None:
        """Send the requests of a field, and fail for what is wrong with it in the responses."""
        responses = [self.send(spec) for spec in field.request_specs]
        for checked in responses:
            self._check(checked, [f for f in checked.findings if field.holds(f)], field.level)
        with_field = [checked for checked in responses if checked.has_field(field.in_body)]
        if not with_field:
            pytest.skip("not reached: no response has the field")
        self._record_verified(*with_field)

    def _check(
        self, checked: CheckedResponse, found: Sequence[Finding], level: Level | None
    ) -> None:
        self.report(checked, found)
        if found:
            self._fail(checked, found)
        problem = checked.download_problem if level in (None, Level.SEMANTIC) else None
        if reason := checked.unverified or problem:
            pytest.skip(self.client.hide_secrets(f"not verified: {reason}"))

    def _fail(self, checked: CheckedResponse, found: Sequence[Finding]) -> NoReturn:
        for finding in found:
            self.record("finding", finding.level.value)
        command = checked.request_spec.curl(self.client.base, self.client.gateway_headers)
        text = "\n".join([*map(_text, found), "repeat it with:", f"    {command}"])
        pytest.fail(self.client.hide_secrets(text), pytrace=False)

    def _record_verified(self, *responses: CheckedResponse) -> None:
        images = any(each.request_spec.is_valid for each in responses)
        self.record("verified", "images" if images else "refusal")


def _text(finding: Finding) -> str:
    head = f"{finding.level} {finding.pointer} ({finding.rule})"
    return f"{head}\n    expected: {finding.expected}\n    received: {finding.received}"

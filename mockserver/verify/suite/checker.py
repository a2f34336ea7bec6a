"""What a test holds: one contract, the server that must keep it, and the words of its verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

import pytest

from mockserver.contracts import Contract, Finding, Level
from mockserver.strict_json import JSON
from mockserver.verify.suite.budget import BudgetExceeded
from mockserver.verify.suite.checked_response import CheckedResponse
from mockserver.verify.suite.client import Target
from mockserver.verify.suite.invalid_requests import InvalidRequest
from mockserver.verify.suite.response_fields import Field

__all__ = ["Checker"]


@dataclass(frozen=True)
class Checker:
    """Make requests and state what became of them.

    :ivar record: notes a fact about the running test, by name, for the closing summary.
    :ivar tell: tells what was found wrong with an answer, if anything, to the plugins.
    """

    contract: Contract
    target: Target
    record: Callable[[str, object], None]
    tell: Callable[[CheckedResponse, Sequence[Finding]], None]

    def ask(self, body: Mapping[str, JSON]) -> CheckedResponse:
        """Order images with a valid request, or share the answer of the same one before."""
        try:
            return self.target.ask(self.contract, body)
        except BudgetExceeded as left_out:
            pytest.skip(str(left_out))

    def image_request(self, *bodies: Mapping[str, JSON]) -> list[CheckedResponse]:
        """Order images with valid requests, at the same time and never from memory."""
        try:
            return self.target.image_request(self.contract, bodies)
        except BudgetExceeded as left_out:
            pytest.skip(str(left_out))

    def send_invalid(self, invalid_request: InvalidRequest) -> CheckedResponse:
        """Make a request that has to be refused."""
        try:
            return self.target.send_invalid(
                self.contract, invalid_request.request_spec, invalid_request.status
            )
        except BudgetExceeded as left_out:
            pytest.skip(str(left_out))

    def check(self, checked: CheckedResponse, level: Level | None = None) -> None:
        """Fail for what is wrong with an answer, at one level or at all."""
        self._check(checked, [f for f in checked.findings if level in (None, f.level)], level)
        if level in (None, Level.DOCUMENTED) or checked.has_expected_status:
            self._record_verified(checked)
        else:
            pytest.skip("not reached: the answer is not the documented one")

    def check_field(self, replies: Sequence[CheckedResponse], field: Field) -> None:
        """Fail for what is wrong with one field of the answers."""
        for checked in replies:
            self._check(checked, [f for f in checked.findings if field.holds(f)], field.level)
        carrying = [checked for checked in replies if checked.carries(field.in_body)]
        if not carrying:
            pytest.skip("not reached: no answer carries the field")
        self._record_verified(*carrying)

    def _check(
        self, checked: CheckedResponse, found: Sequence[Finding], level: Level | None
    ) -> None:
        self.tell(checked, found)
        if found:
            self._fail(checked, found)
        unseen = checked.unseen if level in (None, Level.SEMANTIC) else None
        if reason := checked.unverified or unseen:
            pytest.skip(self.target.hide_key(f"not verified: {reason}"))

    def _fail(self, checked: CheckedResponse, found: Sequence[Finding]) -> NoReturn:
        for finding in found:
            self.record("finding", finding.level.value)
        command = checked.request_spec.curl(self.target.base)
        text = "\n".join([*map(_words, found), "repeat it with:", f"    {command}"])
        pytest.fail(self.target.hide_key(text), pytrace=False)

    def _record_verified(self, *replies: CheckedResponse) -> None:
        images = any(checked.expected_status == {self.contract.success} for checked in replies)
        self.record("verified", "images" if images else "refusal")


def _words(finding: Finding) -> str:
    head = f"{finding.level} {finding.pointer} ({finding.rule})"
    return f"{head}\n    expected: {finding.expected}\n    received: {finding.received}"

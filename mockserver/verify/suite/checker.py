"""What a test holds: one contract, the server that must keep it, and the words of its verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

import pytest

from mockserver.contracts import Contract, Finding, Level
from mockserver.strict_json import JSON
from mockserver.verify.suite.budget import LeftOut
from mockserver.verify.suite.checked_response import Reply
from mockserver.verify.suite.client import Target
from mockserver.verify.suite.invalid_requests import Mistake
from mockserver.verify.suite.response_fields import Field

__all__ = ["Caller"]


@dataclass(frozen=True)
class Caller:
    """Make requests and state what became of them.

    :ivar record: notes a fact about the running test, by name, for the closing summary.
    :ivar tell: tells what was found wrong with an answer, if anything, to the plugins.
    """

    contract: Contract
    target: Target
    record: Callable[[str, object], None]
    tell: Callable[[Reply, Sequence[Finding]], None]

    def ask(self, body: Mapping[str, JSON]) -> Reply:
        """Order pictures with a valid request, or share the answer of the same one before."""
        try:
            return self.target.ask(self.contract, body)
        except LeftOut as left_out:
            pytest.skip(str(left_out))

    def order(self, *bodies: Mapping[str, JSON]) -> list[Reply]:
        """Order pictures with valid requests, at the same time and never from memory."""
        try:
            return self.target.order(self.contract, bodies)
        except LeftOut as left_out:
            pytest.skip(str(left_out))

    def provoke(self, mistake: Mistake) -> Reply:
        """Make a request that has to be refused."""
        try:
            return self.target.provoke(self.contract, mistake.draft, mistake.status)
        except LeftOut as left_out:
            pytest.skip(str(left_out))

    def check(self, reply: Reply, level: Level | None = None) -> None:
        """Fail for what is wrong with an answer, at one level or at all."""
        self._check(reply, [f for f in reply.findings if level in (None, f.level)], level)
        if level in (None, Level.DOCUMENTED) or reply.arrived:
            self._record_verified(reply)
        else:
            pytest.skip("not reached: the answer is not the documented one")

    def check_field(self, replies: Sequence[Reply], field: Field) -> None:
        """Fail for what is wrong with one field of the answers."""
        for reply in replies:
            self._check(reply, [f for f in reply.findings if field.holds(f)], field.level)
        carrying = [reply for reply in replies if reply.carries(field.in_body)]
        if not carrying:
            pytest.skip("not reached: no answer carries the field")
        self._record_verified(*carrying)

    def _check(self, reply: Reply, found: Sequence[Finding], level: Level | None) -> None:
        self.tell(reply, found)
        if found:
            self._fail(reply, found)
        unseen = reply.unseen if level in (None, Level.MEANING) else None
        if reason := reply.unverified or unseen:
            pytest.skip(self.target.hide_key(f"not verified: {reason}"))

    def _fail(self, reply: Reply, found: Sequence[Finding]) -> NoReturn:
        for finding in found:
            self.record("finding", finding.level.value)
        command = reply.draft.curl(self.target.base)
        text = "\n".join([*map(_words, found), "repeat it with:", f"    {command}"])
        pytest.fail(self.target.hide_key(text), pytrace=False)

    def _record_verified(self, *replies: Reply) -> None:
        pictures = any(reply.due == {self.contract.success} for reply in replies)
        self.record("verified", "pictures" if pictures else "refusal")


def _words(finding: Finding) -> str:
    head = f"{finding.level} {finding.pointer} ({finding.rule})"
    return f"{head}\n    expected: {finding.expected}\n    received: {finding.received}"

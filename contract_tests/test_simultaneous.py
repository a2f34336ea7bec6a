"""Requests at the same time: each gets its own response."""

from __future__ import annotations

from mockserver.verify.suite.checker import Checker
from mockserver.verify.suite.valid_requests import simultaneous


def test_simultaneous_requests(checker: Checker) -> None:
    for checked in checker.send_together(*simultaneous(checker.contract)):
        checker.check(checked)

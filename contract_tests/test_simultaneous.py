"""Requests at the same time: nobody gets an answer that was meant for another."""

from __future__ import annotations

from mockserver.verify.suite.checker import Checker
from mockserver.verify.suite.valid_requests import concurrent_orders


def test_simultaneous_requests(checker: Checker) -> None:
    for checked in checker.image_request(*concurrent_orders(checker.contract)):
        checker.check(checked)

"""Requests at the same time: nobody gets an answer that was meant for another."""

from __future__ import annotations

from mockserver.verify.suite.checker import Caller
from mockserver.verify.suite.valid_requests import concurrent_orders


def test_simultaneous_orders(caller: Caller) -> None:
    for reply in caller.order(*concurrent_orders(caller.contract)):
        caller.check(reply)

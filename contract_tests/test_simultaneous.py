"""Requests at the same time: nobody gets an answer that was meant for another."""

from __future__ import annotations

from contract_tests.caller import Caller
from contract_tests.situation import concurrent_orders


def test_simultaneous_orders(caller: Caller) -> None:
    for reply in caller.order(*concurrent_orders(caller.contract)):
        caller.check(reply)

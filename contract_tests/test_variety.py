"""Requests drawn from the schema: the valid ones are answered, the broken ones refused."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from mockserver.strict_json import JSON
from mockserver.verify.suite.checker import Caller
from mockserver.verify.suite.invalid_requests import Mistake
from mockserver.verify.suite.request_spec import draft_of
from mockserver.verify.suite.strategies import broken_requests, valid_requests

drawing = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    print_blob=False,
    report_multiple_bugs=False,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


def test_valid_request(caller: Caller) -> None:
    if caller.target.paid:
        pytest.skip("left out: generated orders are for free targets only")

    @drawing
    @given(body=valid_requests(caller.contract))
    def is_answered(body: dict[str, JSON]) -> None:
        (reply,) = caller.order(body)
        caller.check(reply)

    is_answered()


def test_broken_request(caller: Caller) -> None:
    @drawing
    @given(body=broken_requests(caller.contract))
    def is_refused(body: dict[str, JSON]) -> None:
        mistake = Mistake("drawn", draft_of(caller.contract, body), 400)
        caller.check(caller.provoke(mistake))

    is_refused()

"""Requests drawn from the schema: the valid ones are answered, the broken ones refused."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from contract_tests.caller import Caller
from contract_tests.draft import draft_of
from contract_tests.drawn import broken_requests, valid_requests
from contract_tests.mistake import Mistake

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


@drawing
@given(data=st.data())
def test_valid_request(caller: Caller, data: st.DataObject) -> None:
    if caller.target.paid:
        pytest.skip("left out: generated orders are for free targets only")
    (reply,) = caller.order(data.draw(valid_requests(caller.contract)))
    caller.check(reply)


@drawing
@given(data=st.data())
def test_broken_request(caller: Caller, data: st.DataObject) -> None:
    body = data.draw(broken_requests(caller.contract))
    mistake = Mistake("drawn", draft_of(caller.contract, body), 400)
    caller.check(caller.provoke(mistake))

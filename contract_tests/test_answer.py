"""The answer to the plainest request, field by field."""

from __future__ import annotations

import pytest

from mockserver.verify.suite.checker import Caller
from mockserver.verify.suite.response_fields import Field, answer_fields
from mockserver.verify.suite.valid_requests import handovers


@pytest.mark.cases(of=answer_fields)
def test_answer_field(caller: Caller, case: Field) -> None:
    replies = [caller.ask(body) for body in handovers(caller.contract)]
    caller.check_field(replies, case)

"""The answer to the plainest request, field by field."""

from __future__ import annotations

import pytest

from contract_tests.caller import Caller
from contract_tests.field import Field, answer_fields
from contract_tests.situation import handovers


@pytest.mark.cases(of=answer_fields)
def test_answer_field(caller: Caller, case: Field) -> None:
    replies = [caller.ask(body) for body in handovers(caller.contract)]
    caller.check_field(replies, case)

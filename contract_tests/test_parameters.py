"""Every parameter: each documented value, the limits, the defaults, and fields of no document."""

from __future__ import annotations

import pytest

from contract_tests.caller import Caller
from contract_tests.situation import Situation, defaults, lawful, unknown_fields


@pytest.mark.cases(of=lawful)
def test_parameter(caller: Caller, case: Situation) -> None:
    caller.check(caller.ask(case.body), case.level)


@pytest.mark.cases(of=defaults)
def test_default(caller: Caller, case: Situation) -> None:
    caller.check(caller.ask(case.body), case.level)


@pytest.mark.cases(of=unknown_fields)
def test_unknown_field(caller: Caller, case: Situation) -> None:
    caller.check(caller.ask(case.body), case.level)

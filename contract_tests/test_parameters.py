"""Every parameter: each documented value, the limits, the defaults, and fields of no document."""

from __future__ import annotations

import pytest

from mockserver.verify.suite.checker import Caller
from mockserver.verify.suite.valid_requests import Situation, defaults, lawful, unknown_fields


@pytest.mark.cases(of=lawful)
def test_parameter(caller: Caller, case: Situation) -> None:
    caller.check(caller.ask(case.body), case.level)


@pytest.mark.cases(of=defaults)
def test_default(caller: Caller, case: Situation) -> None:
    caller.check(caller.ask(case.body), case.level)


@pytest.mark.cases(of=unknown_fields)
def test_unknown_field(caller: Caller, case: Situation) -> None:
    caller.check(caller.ask(case.body), case.level)

"""Prompts in every script, as long as they may be in code points."""

from __future__ import annotations

import pytest

from mockserver.verify.suite.checker import Caller
from mockserver.verify.suite.valid_requests import Situation, many_prompts


@pytest.mark.cases(of=many_prompts)
def test_prompt(caller: Caller, case: Situation) -> None:
    caller.check(caller.ask(case.body), case.level)

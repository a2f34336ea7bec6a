"""Prompts in many scripts, as long as they may be in code points."""

from __future__ import annotations

import pytest

from mockserver.verify.suite.checker import Checker
from mockserver.verify.suite.valid_requests import ValidRequest, many_prompts


@pytest.mark.cases(of=many_prompts)
def test_prompt(checker: Checker, case: ValidRequest) -> None:
    checker.check(checker.send(case.body), case.level)

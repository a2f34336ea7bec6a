"""Every parameter: documented values, limits, defaults; undocumented fields; many prompts."""

from __future__ import annotations

import pytest

from mockserver.verify.suite.checker import Checker
from mockserver.verify.suite.request_spec import RequestCase
from mockserver.verify.suite.valid_requests import defaults, many_prompts, unknown_fields, valid


@pytest.mark.cases(of=valid)
def test_parameter(checker: Checker, case: RequestCase) -> None:
    checker.check_case(case)


@pytest.mark.cases(of=defaults)
def test_default(checker: Checker, case: RequestCase) -> None:
    checker.check_case(case)


@pytest.mark.cases(of=unknown_fields)
def test_unknown_field(checker: Checker, case: RequestCase) -> None:
    checker.check_case(case)


@pytest.mark.cases(of=many_prompts)
def test_prompt(checker: Checker, case: RequestCase) -> None:
    checker.check_case(case)

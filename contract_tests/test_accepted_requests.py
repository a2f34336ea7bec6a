"""Valid requests: the fields of the response, every parameter, headers, many at the same time."""

from __future__ import annotations

import pytest

from mockserver.verify.suite.cases import (
    defaults,
    many_prompts,
    repeated_headers,
    simultaneous,
    unknown_fields,
    valid,
)
from mockserver.verify.suite.checker import Checker
from mockserver.verify.suite.request_spec import Case
from mockserver.verify.suite.response_fields import response_fields


@pytest.mark.cases(of=response_fields)
def test_response_field(checker: Checker, case: Case) -> None:
    checker.check_case(case)


@pytest.mark.cases(of=valid)
def test_parameter(checker: Checker, case: Case) -> None:
    checker.check_case(case)


@pytest.mark.cases(of=defaults)
def test_default(checker: Checker, case: Case) -> None:
    checker.check_case(case)


@pytest.mark.cases(of=unknown_fields)
def test_unknown_field(checker: Checker, case: Case) -> None:
    checker.check_case(case)


@pytest.mark.cases(of=many_prompts)
def test_prompt(checker: Checker, case: Case) -> None:
    checker.check_case(case)


@pytest.mark.cases(of=repeated_headers)
def test_repeated_header(checker: Checker, case: Case) -> None:
    checker.check_case(case)


def test_simultaneous_requests(checker: Checker) -> None:
    for checked in checker.send_together(*simultaneous(checker.contract)):
        checker.check(checked)

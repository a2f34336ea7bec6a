"""Every documented error that a client can provoke: 400, 401 and 404, and the body of each."""

from __future__ import annotations

import pytest

from mockserver.verify.suite.cases import (
    bad_bodies,
    bad_keys,
    bad_parameters,
    bad_paths,
)
from mockserver.verify.suite.checker import Checker
from mockserver.verify.suite.request_spec import Case
from mockserver.verify.suite.response_fields import error_fields


@pytest.mark.cases(of=bad_parameters)
def test_refused_parameter(checker: Checker, case: Case) -> None:
    checker.check_case(case)


@pytest.mark.cases(of=error_fields)
def test_error_field(checker: Checker, case: Case) -> None:
    checker.check_case(case)


@pytest.mark.cases(of=bad_bodies)
def test_refused_body(checker: Checker, case: Case) -> None:
    checker.check_case(case)


@pytest.mark.cases(of=bad_keys)
def test_unauthorized(checker: Checker, case: Case) -> None:
    checker.check_case(case)


@pytest.mark.cases(of=bad_paths)
def test_not_found(checker: Checker, case: Case) -> None:
    checker.check_case(case)

"""Headers of the request that the response repeats."""

from __future__ import annotations

import pytest

from mockserver.verify.suite.checker import Checker
from mockserver.verify.suite.request_spec import RequestCase
from mockserver.verify.suite.valid_requests import repeated_headers


@pytest.mark.cases(of=repeated_headers)
def test_repeated_header(checker: Checker, case: RequestCase) -> None:
    checker.check_case(case)

"""Headers of the request that the response repeats."""

from __future__ import annotations

import pytest

from mockserver.verify.suite.checker import Checker
from mockserver.verify.suite.valid_requests import ValidRequest, repeated_headers


@pytest.mark.cases(of=repeated_headers)
def test_repeated_header(checker: Checker, case: ValidRequest) -> None:
    checker.check(checker.send(case.body, case.headers), case.level)

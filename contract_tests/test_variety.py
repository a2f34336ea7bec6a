"""Requests drawn from the schema: the valid ones are answered, the broken ones refused."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from mockserver.strict_json import JSON
from mockserver.verify.suite.checker import Checker
from mockserver.verify.suite.invalid_requests import InvalidRequest
from mockserver.verify.suite.request_spec import parse_request_spec
from mockserver.verify.suite.strategies import broken_requests, valid_requests

drawing = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    print_blob=False,
    report_multiple_bugs=False,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


def test_valid_request(checker: Checker) -> None:
    if checker.target.paid:
        pytest.skip("left out: generated orders are for free targets only")

    @drawing
    @given(body=valid_requests(checker.contract))
    def is_answered(body: dict[str, JSON]) -> None:
        (checked,) = checker.image_request(body)
        checker.check(checked)

    is_answered()


def test_broken_request(checker: Checker) -> None:
    @drawing
    @given(body=broken_requests(checker.contract))
    def is_refused(body: dict[str, JSON]) -> None:
        invalid_request = InvalidRequest("drawn", parse_request_spec(checker.contract, body), 400)
        checker.check(checker.send_invalid(invalid_request))

    is_refused()

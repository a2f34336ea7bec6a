"""Requests generated from the schema: the valid ones get images, the invalid ones an error."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from mockserver.strict_json import JSON
from mockserver.verify.suite.checker import Checker
from mockserver.verify.suite.request_spec import RequestSpec, json_text
from mockserver.verify.suite.strategies import invalid_bodies, valid_bodies

generated = settings(
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
    if checker.client.budget.is_paid:
        pytest.skip("left out: generated requests are for free targets only")

    @generated
    @given(body=valid_bodies(checker.contract))
    def gets_images(body: dict[str, JSON]) -> None:
        (checked,) = checker.send_together(body)
        checker.check(checked)

    gets_images()


def test_broken_request(checker: Checker) -> None:
    @generated
    @given(body=invalid_bodies(checker.contract))
    def is_refused(body: dict[str, JSON]) -> None:
        spec = RequestSpec(checker.contract, json_text(body), 400)
        checker.check(checker.send(spec))

    is_refused()

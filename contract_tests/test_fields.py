"""The response to the plainest request, field by field."""

from __future__ import annotations

import pytest

from mockserver.verify.suite.checker import Checker
from mockserver.verify.suite.request_spec import valid_spec
from mockserver.verify.suite.response_fields import Field, response_fields
from mockserver.verify.suite.valid_requests import deliveries


@pytest.mark.cases(of=response_fields)
def test_response_field(checker: Checker, case: Field) -> None:
    specs = [valid_spec(checker.contract, body) for body in deliveries(checker.contract)]
    responses = [checker.send(spec) for spec in specs]
    checker.check_field(responses, case)

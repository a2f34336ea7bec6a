"""The response to the plainest request, field by field."""

from __future__ import annotations

import pytest

from mockserver.verify.suite.checker import Checker
from mockserver.verify.suite.response_fields import Field, response_fields


@pytest.mark.cases(of=response_fields)
def test_response_field(checker: Checker, case: Field) -> None:
    checker.check_field(case)

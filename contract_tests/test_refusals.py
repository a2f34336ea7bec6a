"""Every documented refusal that a caller can provoke: 400, 401 and 404, and the body of each."""

from __future__ import annotations

import pytest

from mockserver.verify.suite.checker import Caller
from mockserver.verify.suite.invalid_requests import (
    Mistake,
    RefusedField,
    bad_bodies,
    bad_keys,
    bad_parameters,
    bad_paths,
    refused_fields,
)


@pytest.mark.cases(of=bad_parameters)
def test_refused_parameter(caller: Caller, case: Mistake) -> None:
    caller.check(caller.provoke(case))


@pytest.mark.cases(of=refused_fields)
def test_refusal_field(caller: Caller, case: RefusedField) -> None:
    caller.check_field([caller.provoke(case.mistake)], case.field)


@pytest.mark.cases(of=bad_bodies)
def test_refused_body(caller: Caller, case: Mistake) -> None:
    caller.check(caller.provoke(case))


@pytest.mark.cases(of=bad_keys)
def test_unauthorized(caller: Caller, case: Mistake) -> None:
    caller.check(caller.provoke(case))


@pytest.mark.cases(of=bad_paths)
def test_not_found(caller: Caller, case: Mistake) -> None:
    caller.check(caller.provoke(case))

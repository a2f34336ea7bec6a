"""What several tests of ``mockserver verify`` share."""

from __future__ import annotations

import pytest

from mockserver.paths import CONTRACT_TESTS


@pytest.fixture
def few_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make each run of the suite one of its tests, which is enough where all are alike."""
    test = CONTRACT_TESTS / "test_accepted_requests.py::test_response_field"
    monkeypatch.setattr("mockserver.verify.runner.CONTRACT_TESTS", test)

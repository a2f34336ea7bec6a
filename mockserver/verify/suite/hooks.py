"""A hook of the suite for other plugins of pytest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mockserver.contracts import Contract, Finding
    from mockserver.verify.suite.checked_response import CheckedResponse

__all__ = ["pytest_contract_check"]


@pytest.hookspec
def pytest_contract_check(
    nodeid: str, contract: Contract, checked: CheckedResponse, findings: Sequence[Finding]
) -> None:
    """Receive a checked response.

    :param nodeid: of the test that checks it.
    :param checked: the response, and everything that is wrong with it.
    :param findings: those that this test is about.
    """

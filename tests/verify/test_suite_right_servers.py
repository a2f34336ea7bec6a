"""The contract suite passes every server that differs in what the documents leave open."""

from __future__ import annotations

import pytest

from tests.servers.right_servers import RIGHT_SERVERS, RightServer
from tests.servers.running import run_suite
from tests.servers.stub_server import StubServer, mock_of, serving


@pytest.mark.parametrize("right", RIGHT_SERVERS, ids=str)
def test_right_server_passes(right: RightServer) -> None:
    with serving(StubServer(mock_of(right.contract), right.behave)) as url:
        outcome = run_suite("--target", url, "--contract", right.contract)
    assert outcome.status == 0, outcome.output
    assert f"{right.contract}: " in outcome.output
    assert "0 documented, 0 client-required, 0 semantic" in outcome.output

"""The contract suite catches every server that is wrong in one small thing, and says what it is."""

from __future__ import annotations

import pytest

from tests.servers.mutation import WrongServer
from tests.servers.running import run_suite
from tests.servers.stub_server import StubServer, mock_of, serving
from tests.servers.wrong_errors import WRONG_REFUSALS
from tests.servers.wrong_images import WRONG_IMAGES
from tests.servers.wrong_requests import WRONG_REQUESTS
from tests.servers.wrong_responses import WRONG_RESPONSES

WRONG_SERVERS = [*WRONG_RESPONSES, *WRONG_IMAGES, *WRONG_REFUSALS, *WRONG_REQUESTS]


@pytest.mark.parametrize("wrong", WRONG_SERVERS, ids=str)
def test_wrong_server_is_caught(wrong: WrongServer) -> None:
    with serving(StubServer(mock_of(wrong.contract), wrong.behave)) as url:
        chosen = ("--target", url, "--contract", wrong.contract)
        outcome = run_suite(*chosen, "--timeout", str(wrong.timeout), "--exitfirst")
    assert outcome.status == 1, outcome.output
    missing = [words for words in wrong.expects if words not in outcome.output]
    assert not missing, f"the report does not say {missing}:\n{outcome.output}"


def test_names_of_wrong_servers_differ() -> None:
    names = [wrong.name for wrong in WRONG_SERVERS]
    assert len(set(names)) == len(names) >= 40

"""The contract suite finds every server that is wrong in one thing, and reports what it is."""

from __future__ import annotations

import pytest

from tests.servers.in_process import failures
from tests.servers.mutation import WrongServer
from tests.servers.running import run_suite
from tests.servers.stub_server import StubServer, mock_of, serving
from tests.servers.wrong_errors import WRONG_REFUSALS
from tests.servers.wrong_images import WRONG_IMAGES
from tests.servers.wrong_requests import WRONG_REQUESTS
from tests.servers.wrong_responses import WRONG_RESPONSES

pytestmark = pytest.mark.unmeasured

WRONG_SERVERS = [*WRONG_RESPONSES, *WRONG_IMAGES, *WRONG_REFUSALS, *WRONG_REQUESTS]
NEEDS_A_CONNECTION = {
    "a refusal that breaks off",
    "an answer that breaks off",
    "an image that breaks off",
    "no answer",
}
WHOLE_RUNS = NEEDS_A_CONNECTION | {
    "a dead link",
    "a missing field",
    "an image with a wrong byte",
    "answers mixed up",
}


def name(wrong: WrongServer) -> str:
    return wrong.name


@pytest.mark.parametrize(
    "wrong", [each for each in WRONG_SERVERS if each.name not in NEEDS_A_CONNECTION], ids=name
)
def test_wrong_exchange_is_reported(wrong: WrongServer) -> None:
    report = next(failures(wrong.contract, wrong.behave), "no failure")
    missing = [words for words in wrong.expects if words not in report]
    assert not missing, f"the report does not contain {missing}:\n{report}"


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(each, marks=() if each.name in WHOLE_RUNS else pytest.mark.nightly)
        for each in WRONG_SERVERS
    ],
    ids=name,
)
def test_whole_run_reports_a_wrong_server(wrong: WrongServer) -> None:
    with serving(StubServer(mock_of(wrong.contract), wrong.behave)) as url:
        chosen = ("--target", url, "--contract", wrong.contract)
        outcome = run_suite(*chosen, "--timeout", str(wrong.timeout), "--exitfirst")
    assert outcome.status == 1, outcome.output
    missing = [words for words in wrong.expects if words not in outcome.output]
    assert not missing, f"the report does not contain {missing}:\n{outcome.output}"


def test_names_of_wrong_servers_differ() -> None:
    names = [wrong.name for wrong in WRONG_SERVERS]
    assert len(set(names)) == len(names) >= 40
    assert set(names) > WHOLE_RUNS

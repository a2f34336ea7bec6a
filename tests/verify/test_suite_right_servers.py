"""The contract suite passes every server that differs in what the documents leave open."""

from __future__ import annotations

import pytest

from contract_tests import test_accepted_requests, test_rejected_requests
from tests.http import ALL_CONTRACTS
from tests.servers.in_process import failures
from tests.servers.right_servers import RIGHT_SERVERS, RightServer
from tests.servers.running import run_suite
from tests.servers.stub_server import StubServer, mock_of, serving

pytestmark = pytest.mark.unmeasured

NEEDS_A_CONNECTION = {
    "compressed answers",
    "compressed images",
    "links that redirect",
    "links to another host",
}
SLOW_IN_PROCESS = {"WebP behind links"}
IN_SHORT_RUNS = {"compressed answers", "links that redirect"}
MODULES = (test_accepted_requests, test_rejected_requests)


def name(right: RightServer) -> str:
    return right.name


@pytest.mark.parametrize(
    "right",
    [each for each in RIGHT_SERVERS if each.name not in NEEDS_A_CONNECTION | SLOW_IN_PROCESS],
    ids=name,
)
def test_right_exchanges_have_no_findings(right: RightServer) -> None:
    assert list(failures(right.contract, right.behave, MODULES)) == []


@pytest.mark.nightly
@pytest.mark.parametrize("contract_id", ALL_CONTRACTS)
def test_the_mock_of_every_contract_passes(contract_id: str) -> None:
    assert list(failures(contract_id, lambda request, right: right(request))) == []


@pytest.mark.parametrize(
    ("right", "chosen"),
    [
        *(pytest.param(each, (), marks=pytest.mark.nightly) for each in RIGHT_SERVERS),
        *((each, ("-k", "field")) for each in RIGHT_SERVERS if each.name in IN_SHORT_RUNS),
    ],
)
def test_run_passes_a_right_server(right: RightServer, chosen: tuple[str, ...]) -> None:
    with serving(StubServer(mock_of(right.contract), right.behave)) as url:
        outcome = run_suite("--target", url, "--contract", right.contract, *chosen)
    assert outcome.status == 0, outcome.output
    assert f"checks of {right.contract}: " in outcome.output
    assert " kept, 0 broken, 0 known, " in outcome.output


def test_names_of_whole_runs_exist() -> None:
    names = {right.name for right in RIGHT_SERVERS}
    assert names > NEEDS_A_CONNECTION | SLOW_IN_PROCESS | IN_SHORT_RUNS

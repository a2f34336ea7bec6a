"""Run the same tests for every contract, against the server that the options name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import pytest

from mockserver.contracts import Contract, Finding
from mockserver.verify.suite import options, summary
from mockserver.verify.suite.checker import Checker
from mockserver.verify.suite.client import CheckedResponse
from mockserver.verify.suite.config import SUITE_CONFIG, from_options
from mockserver.verify.suite.request_spec import Case
from mockserver.verify.suite.summary import SUITE_SUMMARY, SuiteSummary


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    options.register(pluginmanager)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.add_hookspecs(summary)


def pytest_configure(config: pytest.Config) -> None:
    line = "cases(of): run the test for each case that the function returns for a contract"
    config.addinivalue_line("markers", line)
    if SUITE_CONFIG not in config.stash:  # `mockserver verify` sets it
        config.stash[SUITE_CONFIG] = from_options(config)
    suite_config = config.stash[SUITE_CONFIG]
    config.add_cleanup(suite_config.close)
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(SuiteSummary(suite_config), SUITE_SUMMARY)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test for each contract, and for each of the contract's cases."""
    if "checker" not in metafunc.fixturenames:
        return
    contracts = metafunc.config.stash[SUITE_CONFIG].contracts
    mark = metafunc.definition.get_closest_marker("cases")
    if mark is None:
        ids = [contract.id for contract in contracts]
        metafunc.parametrize("checker", contracts, indirect=True, ids=ids)
        return
    cases_of: Callable[[Contract], Iterable[Case]] = mark.kwargs["of"]
    pairs = [(contract, case) for contract in contracts for case in cases_of(contract)]
    ids = [f"{contract.id}-{case.id}" for contract, case in pairs]
    metafunc.parametrize(("checker", "case"), pairs, indirect=["checker"], ids=ids)


@pytest.fixture
def checker(request: pytest.FixtureRequest) -> Checker:
    contract: Contract = request.param
    facts = request.node.user_properties
    facts.append(("contract", contract.id))
    client = request.config.stash[SUITE_CONFIG].client_for(contract)

    def report(checked: CheckedResponse, findings: Sequence[Finding]) -> None:
        hook = request.config.hook.pytest_contract_check
        hook(nodeid=request.node.nodeid, checked=checked, findings=findings)

    return Checker(contract, client, lambda name, value: facts.append((name, value)), report)

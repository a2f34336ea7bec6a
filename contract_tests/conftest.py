"""Run the same tests for every contract, against the server that the options name."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from mockserver.contracts import Contract
from mockserver.verify.results import Run
from mockserver.verify.suite import options
from mockserver.verify.suite.checker import Checker
from mockserver.verify.suite.collector import COLLECTOR, Collector
from mockserver.verify.suite.config import from_options
from mockserver.verify.suite.request_spec import Case


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    options.register(pluginmanager)


def pytest_configure(config: pytest.Config) -> None:
    line = "cases(of): run the test for each case that the function returns for a contract"
    config.addinivalue_line("markers", line)
    if COLLECTOR not in config.stash:  # `mockserver verify` sets it
        suite_config = from_options(config)
        collector = Collector(suite_config, Run(suite_config.name, suite_config.budget))
        config.pluginmanager.register(collector)
    config.add_cleanup(config.stash[COLLECTOR].suite_config.close)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test for each contract, and for each of the contract's cases."""
    if "checker" not in metafunc.fixturenames:
        return
    contracts = metafunc.config.stash[COLLECTOR].suite_config.contracts
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
    collector = request.config.stash[COLLECTOR]
    return Checker(
        contract,
        collector.suite_config.client_for(contract),
        lambda name, value: facts.append((name, value)),
        collector.add_response,
    )

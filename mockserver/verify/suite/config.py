"""What a run tests: which server, held to which contracts, as the options say."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mockserver.contracts import Contract, ContractCatalog, default_catalog
from mockserver.errors import MockserverError
from mockserver.recording.http_client import HTTPClient
from mockserver.recording.target import LIVE, api_key, base_url, check_listening, check_target
from mockserver.verify.suite.budget import Budget
from mockserver.verify.suite.client import Target
from mockserver.verify.suite.mock_process import Mock, MockFailed, options_for

__all__ = ["SuiteConfig", "suite_config_from"]

MOCK = "mock"
_TIMEOUT_SECONDS = 30.0
_LIVE_TIMEOUT_SECONDS = 180.0


@dataclass
class SuiteConfig:
    """A run's server or servers.

    :ivar name: ``mock``, ``live`` or a base URL.
    :ivar shelf: the contracts at hand.
    :ivar contracts: those that are tested.
    :ivar patience: seconds that an answer may take.
    :ivar wallet: what may be bought.
    :ivar excusing: whether failures of a service tell nothing about the contract.
    """

    name: str
    catalog: ContractCatalog
    contracts: list[Contract]
    key: str = field(repr=False)
    timeout: float
    budget: Budget
    tolerate_outages: bool = False
    _targets: dict[str, Target] = field(default_factory=dict)
    _mocks: dict[tuple[str, ...], Mock | MockFailed] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """How a sentence names it."""
        return {LIVE: "the live API", MOCK: "the mock"}.get(self.name, self.name)

    @property
    def paid(self) -> bool:
        return self.name == LIVE

    def target_for(self, contract: Contract) -> Target:
        """Give the server that has to keep a contract; the mock is started when first asked for.

        :raises MockFailed: when it does not start.
        """
        base = self._base_for(contract)
        if base not in self._targets:
            http_client = HTTPClient(self.timeout, local=self.name == MOCK)
            self._targets[base] = Target(
                base, self.key, http_client, self.budget, self.paid, self.tolerate_outages
            )
        return self._targets[base]

    def close(self) -> None:
        for resource in (*self._targets.values(), *self._mocks.values()):
            if not isinstance(resource, MockFailed):
                resource.close()

    def _base_for(self, contract: Contract) -> str:
        is_mock = self.name == MOCK
        return self._mock_for(contract).url if is_mock else base_url(self.name, contract)

    def _mock_for(self, contract: Contract) -> Mock:
        options = options_for(contract, self.catalog)
        if options not in self._mocks:
            self._mocks[options] = _started(*options)
        mock = self._mocks[options]
        if isinstance(mock, MockFailed):
            raise mock
        return mock


def _started(*options: str) -> Mock | MockFailed:
    try:
        return Mock(*options)
    except MockFailed as failure:
        return failure


def suite_config_from(
    config: pytest.Config, environment: Mapping[str, str] = os.environ
) -> SuiteConfig:
    """Read the options.

    :raises pytest.UsageError: when one of them cannot be used, or the key for ``live`` is missing.
    """
    tolerate_outages = config.getoption("--tolerate-outages", False)
    most = config.getoption("--max-images", 0)
    if most < 0:
        raise pytest.UsageError(f"--max-images: expected 0 or more, received {most}")
    try:
        name = check_target(config.getoption("--target", MOCK), MOCK)
        key = api_key(name, environment)
        if not tolerate_outages:
            check_listening(name)
    except MockserverError as error:
        raise pytest.UsageError(str(error)) from None
    if name == LIVE and config.getoption("numprocesses", None):
        raise pytest.UsageError("--target live runs in one process, to buy nothing twice; drop -n")
    timeout = config.getoption("--timeout", None)
    catalog = _catalog(config.getoption("--schemas", []))
    return SuiteConfig(
        name=name,
        catalog=catalog,
        contracts=_contracts(catalog, name, config.getoption("--contract", [])),
        key="contract-suite" if name == MOCK else key or "mock-key",
        timeout=timeout or (_LIVE_TIMEOUT_SECONDS if name == LIVE else _TIMEOUT_SECONDS),
        budget=Budget(most if name == LIVE else None),
        tolerate_outages=name == LIVE or tolerate_outages,
    )


def _catalog(folders: list[str]) -> ContractCatalog:
    if missing := [folder for folder in folders if not Path(folder).is_dir()]:
        raise pytest.UsageError(f"--schemas: no such folder: {missing[0]}")
    try:
        return default_catalog(*map(Path, folders))
    except MockserverError as error:
        raise pytest.UsageError(f"--schemas: {error}") from None


def _contracts(catalog: ContractCatalog, target: str, chosen: list[str]) -> list[Contract]:
    default = catalog.ids if target == MOCK else [catalog.pinned]
    try:
        loaded = [catalog.load(name) for name in chosen or default]
    except MockserverError as error:
        raise pytest.UsageError(f"--contract: {error}") from None
    return list({contract.id: contract for contract in loaded}.values())

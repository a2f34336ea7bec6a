"""What a run tests: which server, and which contracts it has to keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import pytest

from mockserver.contracts import Contract, ContractCatalog, default_catalog
from mockserver.errors import MockserverError, naming_setting
from mockserver.recording.budget import Budget
from mockserver.recording.http_client import HTTPClient
from mockserver.recording.target import (
    LIVE,
    api_key,
    base_url,
    check_listening,
    check_target,
    header_secrets,
    parse_headers,
)
from mockserver.strict_json import JSON
from mockserver.testing.mock_server import MockServer
from mockserver.verify.suite.client import APIClient

MOCK = "mock"
_TIMEOUT_SECONDS = 30.0
_LIVE_TIMEOUT_SECONDS = 180.0


@dataclass
class SuiteConfig:
    """The server or servers of a run. Close it after use.

    :ivar name: ``mock``, ``live`` or a base URL.
    :ivar contracts: those that are tested.
    :ivar timeout: how long a response may take, in seconds.
    :ivar gateway_headers: headers of each request to the target, for a gateway before it.
    :ivar tolerate_outages: whether failures of a service are no findings.
    """

    name: str
    catalog: ContractCatalog
    contracts: list[Contract]
    key: str = field(repr=False)
    timeout: float
    budget: Budget
    gateway_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    tolerate_outages: bool = False
    _clients: dict[str, APIClient] = field(default_factory=dict)
    _mocks: dict[str | None, str] = field(default_factory=dict)
    _resources: ExitStack = field(default_factory=ExitStack)

    @classmethod
    def create(
        cls,
        target: str,
        contract_ids: Sequence[str],
        catalog: ContractCatalog,
        *,
        max_images: int,
        timeout: float | None,
        gateway_headers: Mapping[str, str] = {},
        tolerate_outages: bool = False,
    ) -> Self:
        """Return the configuration of a run.

        :param contract_ids: what it is held to; a sample for the mock unless given, the
            pinned one for anything else.
        :param tolerate_outages: whether failures of a URL are no findings; those of the live API
            never are, those of the mock always.
        :raises MockserverError: when a value cannot be used, or the key for ``live`` is missing.
        """
        name = check_target(target, MOCK)
        is_live, is_mock = name == LIVE, name == MOCK
        key = api_key(name)
        if not tolerate_outages:
            check_listening(name)
        ids = contract_ids or (catalog.sample if is_mock else [catalog.pinned])
        with naming_setting("contracts"):
            contracts = {contract.id: contract for contract in map(catalog.load, ids)}
        return cls(
            name=name,
            catalog=catalog,
            contracts=list(contracts.values()),
            key="contract-suite" if is_mock else key or "mock-key",
            timeout=timeout or (_LIVE_TIMEOUT_SECONDS if is_live else _TIMEOUT_SECONDS),
            budget=Budget(max_images if is_live else None),
            gateway_headers=gateway_headers,
            tolerate_outages=is_live or (tolerate_outages and not is_mock),
        )

    @property
    def title(self) -> str:
        """The name of the target in a sentence."""
        return {LIVE: "the live API", MOCK: "the mock"}.get(self.name, self.name)

    def client_for(self, contract: Contract) -> APIClient:
        """Return a client of the server that has to keep a contract.

        The mock is started when it is first needed; the running test fails if it does not start.
        """
        base = self._mock_for(contract) if self.name == MOCK else base_url(self.name)
        if base not in self._clients:
            transport = HTTPClient(self.timeout, retries=not self.budget.is_paid)
            transport.add_headers(base, self.gateway_headers)
            self._resources.callback(transport.close)
            self._clients[base] = APIClient(
                base,
                self.key,
                transport,
                self.budget,
                self.tolerate_outages,
                self.gateway_headers,
            )
        return self._clients[base]

    @property
    def secrets(self) -> list[str]:
        """What is not to be written: the key, and what the gateway gets."""
        return [self.key, *header_secrets(self.gateway_headers)]

    @property
    def response_seconds(self) -> list[float]:
        return [each for client in self._clients.values() for each in client.response_seconds]

    def close(self) -> None:
        self._resources.close()

    def _mock_for(self, contract: Contract) -> str:
        """Return the base URL of a mock that serves a contract.

        No other model's revision is chosen along with it: a request without a model goes to the
        default model, and another revision of that may accept what this contract forbids.
        """
        is_default = self.catalog.select()[contract.model].id == contract.id
        chosen = None if is_default else contract.id
        if chosen not in self._mocks:
            settings: dict[str, JSON] = {
                "schemas": tuple(map(str, self.catalog.more)),
                "headers": self.catalog.headers,
            }
            try:
                mock = self._resources.enter_context(MockServer(chosen, **settings))
            except MockserverError as error:
                pytest.fail(f"the mock did not start: {error}", pytrace=False)
            self._mocks[chosen] = mock.url
        return self._mocks[chosen]


def from_options(config: pytest.Config) -> SuiteConfig:
    """Return the configuration that the command line options of pytest describe.

    :raises pytest.UsageError: when one of them cannot be used.
    """
    option = config.getoption
    folders, max_images = option("--schemas", []), option("--max-images", 0)
    if max_images < 0:
        raise pytest.UsageError(f"--max-images: expected 0 or more, received {max_images}")
    for folder in folders:
        if not Path(folder).is_dir():
            raise pytest.UsageError(f"--schemas: no such folder: {folder}")
    try:
        suite_config = SuiteConfig.create(
            option("--target", MOCK),
            option("--contract", []),
            default_catalog(*map(Path, folders), headers=option("--headers", "as-documented")),
            max_images=max_images,
            timeout=option("--timeout", None),
            gateway_headers=parse_headers(option("--header", [])),
        )
    except MockserverError as error:
        raise pytest.UsageError(str(error)) from None
    if suite_config.budget.is_paid and option("numprocesses", None):
        raise pytest.UsageError("--target live runs in one process, to buy nothing twice; drop -n")
    return suite_config

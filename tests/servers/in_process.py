"""Run the contract suite's own tests without pytest and without a socket, for many servers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial
from types import ModuleType
from typing import TypeAlias
from unittest.mock import patch

import pytest
from werkzeug.test import EnvironBuilder

from contract_tests import test_accepted_requests, test_rejected_requests, test_variety
from mockserver.contracts import Contract, Exchange, Finding, Response, default_catalog
from mockserver.recording.budget import Budget
from mockserver.recording.http_client import HTTPClient
from mockserver.verify.suite.checker import Checker
from mockserver.verify.suite.client import APIClient, judged
from tests.servers.stub_server import Behavior, StubRequest, call_mock, mock_of
from tests.servers.stub_server import Response as StubResponse

_ORIGIN = "http://127.0.0.1:8000"
ALL_MODULES = (test_accepted_requests, test_rejected_requests, test_variety)

Run: TypeAlias = Callable[[Checker], None]


class _Mock:
    """The mock of a contract; it renders, and the suite judges, each right response only once."""

    def __init__(self, contract_id: str) -> None:
        self._app = mock_of(contract_id)
        environ = EnvironBuilder(base_url=_ORIGIN, content_type="application/json").get_environ()
        self.right = cache(lambda request: call_mock(self._app, environ, request))
        self._converted: dict[int, Response] = {}
        self._right_ids: set[int] = set()
        self._findings: dict[tuple[object, ...], tuple[Finding, ...]] = {}

    def converted(self, request: StubRequest, response: StubResponse) -> Response:
        """Return the suite's form of a response, the same one for the same right response."""
        if response is not self.right(request):
            return Response(response.status, response.headers, response.body)
        if id(response) not in self._converted:
            made = Response(response.status, response.headers, response.body)
            self._converted[id(response)] = made
            self._right_ids.add(id(made))
        return self._converted[id(response)]

    def judged(self, contract: Contract, exchange: Exchange, status: int) -> tuple[Finding, ...]:
        parts = [exchange.response, *exchange.downloads.values()]
        if not self._right_ids.issuperset(map(id, parts)):
            return judged(contract, exchange, status)
        request = exchange.request
        key = (status, request.url, request.body, request.bearer, *map(id, parts))
        if key not in self._findings:
            self._findings[key] = judged(contract, exchange, status)
        return self._findings[key]


class _Transport(HTTPClient):
    """Hands requests to a behavior; there are no connections, so nothing can break off."""

    def __init__(self, mock: _Mock, behave: Behavior) -> None:
        super().__init__(timeout=1)
        self._mock = mock
        self._behave = behave

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        follow: bool = False,  # noqa: ARG002 - redirects need a connection
    ) -> Response:
        path = url.removeprefix(_ORIGIN)
        request = StubRequest(method, path, body, headers.get("Authorization"))
        return self._mock.converted(request, self._behave(request, self._mock.right))

    def fetch_all(self, urls: Iterable[str]) -> dict[str, Response | str]:
        return {
            url: self.send("GET", url, {}, b"") if url.startswith(f"{_ORIGIN}/") else "no server"
            for url in urls
        }


_mock_of = cache(_Mock)


@cache
def _tests(contract_id: str, modules: tuple[ModuleType, ...]) -> list[tuple[str, Run]]:
    """Return the tests of a contract by node id, as pytest generates them."""
    contract = default_catalog().load(contract_id)
    tests = [
        (name, test)
        for module in modules
        for name, test in vars(module).items()
        if name.startswith("test_")
    ]
    return [each for name, test in tests for each in _cases(name, test, contract)]


def _cases(name: str, test: Callable[..., None], contract: Contract) -> Iterator[tuple[str, Run]]:
    marks = getattr(test, "pytestmark", [])
    if not marks:
        yield f"{name}[{contract.id}]", test
        return
    for case in marks[0].kwargs["of"](contract):
        yield f"{name}[{contract.id}-{case.id}]", partial(test, case=case)


def failures(
    contract_id: str, behave: Behavior, modules: tuple[ModuleType, ...] = ALL_MODULES
) -> Iterator[str]:
    """Yield the failures of a server, each with the id of the test."""
    mock, contract = _mock_of(contract_id), default_catalog().load(contract_id)
    client = APIClient(_ORIGIN, "mock-key", _Transport(mock, behave), Budget(None))
    checker = Checker(contract, client, lambda *_: None, lambda *_: None)
    with patch("mockserver.verify.suite.client.judged", mock.judged):
        for node_id, test in _tests(contract_id, modules):
            try:
                test(checker)
            except pytest.skip.Exception:
                continue
            except pytest.fail.Exception as failure:
                yield f"{node_id}\n{failure.msg}"

"""A stand-in for the live API: what ``requests`` would send there is answered in this process."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

import requests
import responses
from werkzeug.test import EnvironBuilder

from mockserver.strict_json import JSON
from tests.servers.mutation import JOB
from tests.servers.running import Outcome, run_suite
from tests.servers.stub_server import Behavior, Response, Right, StubRequest, call_mock, mock_of

KEY = "mock-key"
_ANYTHING = re.compile(r"https://.*")

Wired: TypeAlias = tuple[int, dict[str, str], bytes] | Exception


class Api:
    """The stand-in; it keeps the requests that it received, and the status of each response.

    :param behave: how it differs from the mock; what it raises happens on the wire.
    """

    def __init__(self, contract: str, behave: Behavior) -> None:
        self._mock = mock_of(contract)
        self._behave = behave
        self.exchanges: list[tuple[StubRequest, int]] = []

    def __call__(self, request: requests.PreparedRequest) -> Wired:
        url = str(request.url)
        environ = EnvironBuilder(base_url=url.partition("?")[0]).get_environ()
        environ["CONTENT_TYPE"] = request.headers.get("Content-Type", "")
        environ["SCRIPT_NAME"] = ""
        body = request.body if isinstance(request.body, bytes) else b""
        key = request.headers.get("Authorization")
        received = StubRequest(str(request.method), request.path_url, body, key)
        try:
            response = self._behave(received, lambda it: call_mock(self._mock, environ, it))
        except requests.RequestException as failure:
            return failure
        self.exchanges.append((received, response.status))
        return response.status, dict(response.headers), response.body


@dataclass(frozen=True)
class LiveRun:
    """How a run against the stand-in ended, and what the stand-in saw of it."""

    outcome: Outcome
    exchanges: list[tuple[StubRequest, int]]

    @property
    def orders(self) -> list[dict[str, JSON]]:
        """The requests that were answered with images."""
        bought = [received for received, status in self.exchanges if status < 300]
        return [received.json for received in bought if received.method == "POST"]


def as_documented(received: StubRequest, right: Right) -> Response:
    return right(received)


def run_live(
    behave: Behavior = as_documented,
    *options: str,
    contract: str = JOB,
    **keys: str,
) -> LiveRun:
    """Run the suite with ``--target live``, the key in ``AIMLAPI_KEY`` unless given elsewhere."""
    api = Api(contract, behave)
    chosen = ("--target", "live", "--contract", contract)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as http_client:
        for method in (responses.GET, responses.POST):
            http_client.add_callback(method, _ANYTHING, callback=api)
        outcome = run_suite(*chosen, *options, environment=keys or {"AIMLAPI_KEY": KEY})
    return LiveRun(outcome, api.exchanges)

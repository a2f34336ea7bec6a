"""The HTTP client sends a request again when its connection is lost, once and where it is free."""

from __future__ import annotations

import pytest
import requests
import responses

from mockserver.contracts import Response
from mockserver.recording.http_client import HTTPClient

URL = "http://images.test/"
LOST = requests.ConnectionError("it is gone")
REASON = "ConnectionError: it is gone"


def send(*bodies: bytes | Exception, retries: bool) -> tuple[Response | str, list[str], int]:
    """Send a request to a server with these responses; the result, what was lost, how many came."""
    client = HTTPClient(timeout=5, retries=retries)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as server:
        for body in bodies:
            server.add(responses.POST, URL, body=body)
        return client.send("POST", URL, {}, b"{}"), client.lost, len(server.calls)


def test_a_lost_connection_is_repeated_once() -> None:
    response, lost, requests_received = send(LOST, b"whole", retries=True)
    assert isinstance(response, Response)
    assert (response.body, lost, requests_received) == (b"whole", [REASON], 2)


def test_a_second_lost_connection_is_the_result() -> None:
    assert send(LOST, LOST, b"whole", retries=True) == (REASON, [], 2)


def test_what_may_cost_money_is_not_repeated() -> None:
    assert send(LOST, b"whole", retries=False) == (REASON, [], 1)


@pytest.mark.parametrize("retries", [True, False])
def test_a_timeout_is_not_repeated(retries: bool) -> None:
    timeout = requests.ReadTimeout("late")
    assert send(timeout, b"", retries=retries) == ("nothing came within 5 s", [], 1)

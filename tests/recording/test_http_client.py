"""The HTTP client sends a request again when its connection is lost, once and where it is free."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests
import responses

from mockserver.contracts import Response
from mockserver.recording.http_client import HTTPClient

URL = "http://images.test/"
LOST = requests.ConnectionError(ConnectionResetError("it is gone"))
REASON = "ConnectionResetError: it is gone"


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


@contextmanager
def answering(*replies: bytes) -> Iterator[str]:
    """Answer each connection with raw bytes; the URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for reply in replies:
                connection, _ = listener.accept()
                with connection:
                    connection.recv(1 << 16)
                    connection.sendall(reply)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        thread.join(5)  # else it would accept at a descriptor that is another file by then


WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole"


@pytest.mark.parametrize(
    ("first", "is_repeated"),
    [(b"", True), (b"nonsense\r\n\r\n", False), (WHOLE.removesuffix(b"e"), False)],
    ids=["nothing", "no status", "a short body"],
)
def test_only_a_request_without_any_response_is_repeated(first: bytes, is_repeated: bool) -> None:
    client = HTTPClient(timeout=5, retries=True)
    replies = [first, WHOLE] if is_repeated else [first]
    with answering(*replies) as url:
        assert isinstance(client.fetch(url), Response) == is_repeated
    assert len(client.lost) == is_repeated


def test_the_time_of_a_response_is_that_of_its_own_request(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.0, 100.0, 100.5, 101.0])  # the lost try, the second one, its body, its end
    monkeypatch.setattr("mockserver.recording.http_client.monotonic", lambda: next(times))
    response, _, _ = send(LOST, b"whole", retries=True)
    assert isinstance(response, Response)
    assert response.seconds == 1


def test_a_server_on_this_machine_is_reached_past_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    client = HTTPClient(timeout=5)
    with answering(WHOLE) as url:
        assert isinstance(client.fetch(url), Response)
    assert "refused" in str(client.fetch("http://images.test/"))

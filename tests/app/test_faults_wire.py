"""What faults do to the wire: a served mock, raw sockets, and the two client libraries."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Thread

import httpx
import pytest
import requests

from mockserver.app.tenants import tenant_id
from mockserver.testing.admin_client import AdminClient
from mockserver.testing.admin_transport import over_http
from tests.http import NEWEST, PATH
from tests.process import served

pytestmark = pytest.mark.slow

BODY = {"model": "dall-e-2", "prompt": "A red fox", "size": "256x256"}
BASE64 = {**BODY, "response_format": "b64_json"}
SLOW = 5.0


def headers(fault: str, key: str = "mock-key") -> dict[str, str]:
    prefer = {"Prefer": f"fault={fault}"} if fault else {}
    return {"Authorization": f"Bearer {key}", **prefer}


@pytest.fixture(scope="module")
def mock() -> Iterator[str]:
    with served("--contract", NEWEST) as url:
        yield url


def conversation(
    url: str, fault: str, body: object = BODY, key: str = "mock-key"
) -> Iterator[bytes]:
    """Yield what comes over a raw socket until the server closes."""
    host, port = url.removeprefix("http://").split(":")
    content = json.dumps(body).encode()
    lines = [f"POST {PATH} HTTP/1.1", f"Host: {host}:{port}", "Content-Type: application/json"]
    lines += [f"Content-Length: {len(content)}"]
    lines += [f"{name}: {value}" for name, value in headers(fault, key).items()]
    with socket.create_connection((host, int(port)), timeout=SLOW) as client:
        client.sendall("\r\n".join([*lines, "", ""]).encode() + content)
        while data := client.recv(65536):
            yield data


def test_a_truncated_body_ends_with_the_connection(mock: str) -> None:
    head, _, body = b"".join(conversation(mock, "truncated-body")).partition(b"\r\n\r\n")
    announced = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    assert len(body) == announced // 2


def test_requests_sees_a_truncated_body(mock: str) -> None:
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        requests.post(mock + PATH, json=BODY, headers=headers("truncated-body"), timeout=SLOW)


def test_httpx_sees_a_truncated_body(mock: str) -> None:
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        httpx.post(mock + PATH, json=BODY, headers=headers("truncated-body"), timeout=SLOW)


@pytest.mark.parametrize(
    ("fault", "error"),
    [("close-connection", httpx.RemoteProtocolError), ("reset-connection", httpx.ReadError)],
)
def test_a_connection_ends_without_a_response(
    mock: str, fault: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        httpx.post(mock + PATH, json=BODY, headers=headers(fault), timeout=SLOW)
    received = conversation(mock, fault)
    if fault == "reset-connection":
        with pytest.raises(ConnectionResetError):
            next(received)
    else:
        assert list(received) == []
    assert httpx.post(mock + PATH, json=BODY, headers=headers(""), timeout=SLOW).is_success


def test_a_client_that_hangs_up_ends_its_request() -> None:
    with served("--contract", NEWEST, "--concurrency", "1") as url:
        api = AdminClient(over_http(url), "mock-key")
        for count in (1, 2):
            with pytest.raises(httpx.ReadTimeout):
                httpx.post(url + PATH, json=BODY, headers=headers("hang"), timeout=0.3)
            api.wait(count, status=499)
        assert httpx.post(url + PATH, json=BODY, headers=headers(""), timeout=SLOW).is_success
        assert [(r.status, r.fault) for r in api.requests] == [
            *((499, "hang"), (499, "hang")),
            (200, None),
        ]


def test_a_whole_response_keeps_the_connection(mock: str) -> None:
    with httpx.Client(base_url=mock) as client:
        faults = ("", "malformed-json", "html-page", "internal", "", "wrong-content-type")
        responses = [client.post(PATH, json=BODY, headers=headers(fault)) for fault in faults]
        responses += [client.head("/healthz"), client.get("/healthz")]
        streams = [response.extensions["network_stream"] for response in responses]
        assert len({stream.get_extra_info("client_addr") for stream in streams}) == 1


def test_a_trickling_body_comes_in_drops(mock: str) -> None:
    received = list(conversation(mock, "slow-drip; seconds=1", BASE64))
    assert len(b"".join(received)) > 50_000
    assert len(received) >= 5


def test_the_first_drop_of_a_body_comes_before_the_rest_is_sent(mock: str) -> None:
    drops = conversation(mock, "slow-drip; seconds=40", BASE64, "mock-trickling")
    first = len(next(drops)) + len(next(drops))
    tenant = {"tenant": tenant_id("mock-trickling")}
    httpx.post(f"{mock}/__admin/reset", json=tenant, timeout=SLOW)
    assert first < sum(map(len, drops))


def test_a_client_that_gives_up_on_a_trickle_sees_a_timeout(mock: str) -> None:
    slow = headers("slow-drip; seconds=40")
    with pytest.raises(requests.exceptions.ConnectionError, match="Read timed out"):
        requests.post(mock + PATH, json=BASE64, headers=slow, timeout=0.3)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(mock + PATH, json=BASE64, headers=slow, timeout=0.3)


def test_a_client_that_gives_up_on_a_hang_sees_a_timeout(mock: str) -> None:
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.post(mock + PATH, json=BODY, headers=headers("hang"), timeout=0.3)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(mock + PATH, json=BODY, headers=headers("hang"), timeout=0.3)
    requests.post(f"{mock}/__admin/reset", timeout=SLOW)


@pytest.mark.parametrize("fault", ["hang", "delay; seconds=300"])
def test_a_request_whose_client_has_left_ends_and_is_in_the_journal(mock: str, fault: str) -> None:
    tenant = {"tenant": tenant_id("mock-leaving")}
    httpx.post(f"{mock}/__admin/reset", json=tenant, timeout=SLOW)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(mock + PATH, json=BODY, headers=headers(fault, "mock-leaving"), timeout=0.3)
    waited = {**tenant, "fault": fault.partition(";")[0], "timeout": 20}
    assert httpx.post(f"{mock}/__admin/requests/wait", json=waited, timeout=30).json()["arrived"]
    limits = httpx.get(f"{mock}/__admin/limits", params=tenant, timeout=SLOW)
    assert limits.json()["inside"] == 0


def test_a_link_can_be_slow_dead_and_expired(mock: str) -> None:
    with httpx.Client(base_url=mock, timeout=SLOW) as client:

        def link(fault: str) -> str:
            response = client.post(PATH, json=BODY, headers=headers(fault))
            return str(response.json()["data"][0]["url"])

        assert client.get(link("dead-link")).status_code == 404
        assert client.get(link("expired-link")).status_code == 403
        with pytest.raises(httpx.ReadTimeout):
            client.get(link("slow-link; seconds=9"), timeout=0.3)


def test_hanging_requests_of_one_tenant_starve_no_other(mock: str) -> None:
    # One client for all: each of its own would make a TLS context, which takes 20 ms.
    client = httpx.Client(limits=httpx.Limits(max_connections=None))
    hanging = [Thread(target=hang, args=(client, mock, kind), daemon=True) for kind in HANGING * 40]
    for thread in hanging:
        thread.start()
    tenant = {"tenant": tenant_id("mock-hanging")}
    wait_until_inside(mock, 80, "mock-hanging")
    trickling = {**tenant, "fault": "slow-drip", "count": 40, "timeout": 20}
    assert httpx.post(f"{mock}/__admin/requests/wait", json=trickling, timeout=30).json()["arrived"]
    response = httpx.post(mock + PATH, json=BODY, headers=headers("", "mock-other"), timeout=30)
    assert response.status_code == 200
    assert all(thread.is_alive() for thread in hanging)
    httpx.post(f"{mock}/__admin/reset", json=tenant, timeout=SLOW)
    for thread in hanging:
        thread.join(30)
    assert not [thread for thread in hanging if thread.is_alive()]
    client.close()


@pytest.mark.parametrize("leave", [False, True])
def test_clients_that_hang_leave_room_for_others(leave: bool) -> None:
    head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer mock-key\r\n"
    body = json.dumps(BODY).encode()
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    sent = f"{head}Prefer: fault=hang\r\n\r\n".encode() + body
    with served("--threads", "8") as url, ExitStack() as crowd:
        address = ("127.0.0.1", int(url.rpartition(":")[2]))
        for _ in range(100):
            client = crowd.enter_context(socket.create_connection(address))
            client.sendall(sent)
        wait_until_inside(url, 6)
        if leave:
            crowd.close()
        for path in ("/healthz", "/__admin/requests"):
            assert httpx.get(url + path, timeout=SLOW).status_code == 200
        response = httpx.post(url + PATH, json=BODY, headers=headers(""), timeout=SLOW)
        assert response.is_success
        assert httpx.post(f"{url}/__admin/reset", timeout=SLOW).status_code == 200
        assert httpx.get(f"{url}/__admin/limits", timeout=SLOW).status_code == 200


HANGING = ["hang", "delay; seconds=300", "slow-drip; seconds=300"]


def hang(client: httpx.Client, url: str, fault: str) -> None:
    own = headers(fault, "mock-hanging")
    client.post(url + PATH, json=BODY, headers=own, timeout=60)


def wait_until_inside(url: str, count: int, key: str = "mock-key") -> None:
    """Wait until so many requests with a key are being worked on."""
    tenant = {"tenant": tenant_id(key)}
    deadline = time.monotonic() + 20
    with httpx.Client(base_url=url, params=tenant, timeout=20) as client:
        while time.monotonic() < deadline:
            limits = client.get("/__admin/limits").json()
            if limits["inside"] >= count:
                return
            time.sleep(0.02)
    pytest.fail(f"only {limits['inside']} of {count} requests hang")


def test_latency_keeps_many_images_waiting_at_once() -> None:
    with served("--latency", "300s") as url:

        def ask(_: int) -> int:
            return httpx.post(url + PATH, json=BODY, headers=headers(""), timeout=60).status_code

        with ThreadPoolExecutor(24) as pool:
            asked = pool.map(ask, range(24))
            wait_until_inside(url, 24)
            httpx.post(f"{url}/__admin/reset", timeout=SLOW)
            assert list(asked) == [201] * 24


def test_those_who_wait_for_requests_do_not_keep_them_out(mock: str) -> None:
    awaited = {"tenant": tenant_id("mock-awaited"), "timeout": 50}
    with ThreadPoolExecutor(8) as pool:
        url = f"{mock}/__admin/requests/wait"
        waiting = [pool.submit(httpx.post, url, json=awaited, timeout=60) for _ in range(8)]
        time.sleep(0.5)
        response = httpx.post(mock + PATH, json=BODY, headers=headers(""), timeout=30)
        assert response.status_code == 200
        assert not any(each.done() for each in waiting)
        httpx.post(mock + PATH, json=BODY, headers=headers("", "mock-awaited"), timeout=30)
    assert all(each.result().json()["arrived"] for each in waiting)


def test_a_reset_of_everybody_wakes_who_hangs(mock: str) -> None:
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(
            httpx.post, mock + PATH, json=BODY, headers=headers("hang", "mock-hanging"), timeout=60
        )
        wait_until_inside(mock, 1, "mock-hanging")
        httpx.post(f"{mock}/__admin/reset", timeout=SLOW)
        response = hanging.result(SLOW)
    assert (response.status_code, response.json()["message"]) == (504, "Generation timeout")


def test_a_mock_that_is_interrupted_ends_under_hanging_requests() -> None:
    with ThreadPoolExecutor(4) as pool:
        with served() as url:
            hanging = [
                pool.submit(
                    requests.post, url + PATH, json=BODY, headers=headers("hang"), timeout=60
                )
                for _ in range(4)
            ]
            wait_until_inside(url, 4)
        for ended in hanging:
            with pytest.raises(requests.exceptions.ConnectionError):
                ended.result(SLOW)

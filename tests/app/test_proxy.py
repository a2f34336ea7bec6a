"""The proxy forwards everything unchanged, and reports what is wrong with it."""

from __future__ import annotations

import gzip
import json
import re
import signal
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection, HTTPResponse, IncompleteRead
from pathlib import Path

import pytest
import requests
import trustme
from click.testing import CliRunner

from mockserver.app.proxy.relay import create_proxy
from mockserver.app.proxy.summary import NO_RESPONSE, ProxySummary
from mockserver.app.proxy.upstream import Upstream, end_to_end
from mockserver.cli.main import cli
from mockserver.contracts import Response
from mockserver.errors import MockserverError
from mockserver.recording.http_client import HTTPClient
from mockserver.recording.loading import load_recordings
from mockserver.recording.writer import Recorder
from mockserver.server import background, base_url, listen
from mockserver.settings import Settings
from mockserver.strict_json import JSON
from mockserver.testing.mock_server import MockServer
from tests.http import BEARER, PATH, PINNED
from tests.process import COMMAND, clean_environment

LINKS = "dall-e-2@2026-01-16"
KEY = "planted-key-0123456789"
FOX = {"model": "dall-e-2", "prompt": "A red fox", "size": "256x256"}
_HEAD = re.compile(rb"(?is)(?=.*?content-length: (\d+)|).*?\r\n\r\n")
RAW_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture
def start_proxy() -> Iterator[Callable[..., str]]:
    """Starts a proxy for an upstream, and returns the proxy's base URL."""
    with ExitStack() as stack:

        def start(
            upstream: str,
            contract: str = PINNED,
            *,
            timeout: float = 20,
            headers: JSON = "as-documented",
            **how: JSON,
        ) -> str:
            settings = Settings(contracts=(contract,), cors_origins=(), headers=headers)
            how = {"summary": ProxySummary(), "http_client": HTTPClient(5), **how}
            app = create_proxy(settings, Upstream(upstream, timeout), **how)
            listener = listen("127.0.0.1", 0)
            stack.enter_context(background(app, listener))
            return base_url(listener.getsockname())

        yield start


@contextmanager
def raw_server(
    response: bytes, *, secured: ssl.SSLContext | None = None
) -> Iterator[tuple[str, bytearray]]:
    """Send the same bytes to every client; yields the base URL, and all the bytes received."""
    received = bytearray()
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client:
                try:
                    client = secured.wrap_socket(client, server_side=True) if secured else client
                    received.extend(whole_request(client))
                    client.sendall(response)
                except OSError:
                    pass

    thread = threading.Thread(target=serve)
    thread.start()
    scheme = "https" if secured else "http"
    try:
        yield f"{scheme}://127.0.0.1:{listener.getsockname()[1]}", received
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def whole_request(client: socket.socket) -> bytes:
    received = b""
    while not (found := _HEAD.match(received)) or len(received) < found.end() + int(found[1] or 0):
        more = client.recv(65536)
        if not more:
            raise ConnectionError("the request broke off")
        received += more
    return received


def send(
    url: str, method: str = "POST", target: str = PATH, body: JSON = None, **headers: str
) -> tuple[HTTPResponse, bytes]:
    text = None if body is None else json.dumps(body)
    known = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json", **headers}
    with closing(HTTPConnection(url.removeprefix("http://"), timeout=10)) as connection:
        connection.request(method, target, text, known)
        with connection.getresponse() as response:
            return response, response.read()


def test_a_response_that_keeps_its_contract_is_unchanged(start_proxy: Callable[..., str]) -> None:
    with MockServer() as mock:
        response, body = send(start_proxy(mock.url), body=FOX)
        direct, same = send(mock.url, body=FOX)
    assert (response.status, body) == (201, same)
    assert response.headers["X-Mock-Findings"] == "none"
    varying = {"Date", "X-Request-Id", "Via", "X-Mock-Findings"}
    assert {n: v for n, v in response.headers.items() if n not in varying} == {
        n: v for n, v in direct.headers.items() if n not in varying
    }


def test_findings_about_request_and_response_are_in_a_header(
    start_proxy: Callable[..., str],
) -> None:
    with MockServer(LINKS) as mock:
        url = start_proxy(mock.url)
        drifted, _ = send(url, body=FOX)
        refused, _ = send(url, body={**FOX, "size": "7x7"})
    assert drifted.status == 200
    assert drifted.headers["X-Mock-Findings"].startswith("documented /response/status (status); ")
    assert drifted.headers["X-Mock-Findings"].endswith("; and 5 more")
    assert refused.status == 400
    assert refused.headers["X-Mock-Findings"] == "documented /request/body/size (enum)"


@pytest.mark.parametrize(
    ("sent", "findings"),
    [("on", "none"), ("off", "documented /response/headers/x-inference-id (required); ")],
)
def test_findings_about_headers_are_those_of_the_exchange(
    start_proxy: Callable[..., str], sent: str, findings: str
) -> None:
    with MockServer(headers=sent) as mock:
        response, _ = send(start_proxy(mock.url, headers="on"), body=FOX)
    assert response.headers["X-Mock-Findings"].startswith(findings)


def test_findings_are_in_the_journal(start_proxy: Callable[..., str]) -> None:
    with MockServer(LINKS) as mock:
        url = start_proxy(mock.url)
        send(url, body=FOX)
        _, journal = send(url, "GET", "/__admin/requests")
    (entry,) = json.loads(journal)["requests"]
    assert entry["contract"] == PINNED
    assert entry["findings"][0]["pointer"] == "/response/status"
    assert KEY not in journal.decode()


def test_findings_are_in_the_summary(start_proxy: Callable[..., str]) -> None:
    summary = ProxySummary()
    with MockServer(LINKS) as mock:
        url = start_proxy(mock.url, summary=summary)
        for _ in range(2):
            send(url, body=FOX)
        send(url, "GET", "/v1/models")
    head, *rest = summary.lines
    assert head == f"3 passed on, checked: 2 against {PINNED}; 2 with findings"
    assert "  2 x documented /response/status: expected 201, received 200" in rest


def test_the_summary_counts_requests_that_strict_rejected(start_proxy: Callable[..., str]) -> None:
    summary = ProxySummary()
    with MockServer() as mock:
        send(start_proxy(mock.url, summary=summary, strict=True), body={**FOX, "n": 11})
    head, finding = summary.lines
    assert head.endswith("; 0 with findings; 1 kept back by --strict")
    assert finding.startswith("  1 x documented /request/body/n: expected a number of at most 10")


@pytest.mark.parametrize("target", [PATH, "/v1/models"])
def test_the_summary_counts_requests_without_a_response(
    target: str, start_proxy: Callable[..., str]
) -> None:
    summary = ProxySummary()
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        gone = base_url(free.getsockname())
    assert send(start_proxy(gone, summary=summary), target=target, body=FOX)[0].status == 502
    head, reason = summary.lines
    assert head.endswith("; 0 with findings; 1 without a response")
    assert reason.startswith(f"  1 x no response from {gone}: ")


def test_the_summary_contains_no_key(start_proxy: Callable[..., str]) -> None:
    summary = ProxySummary()
    with MockServer() as mock:
        url = start_proxy(mock.url, summary=summary)
        send(url, body={**FOX, "size": "sk-" + "Abc123" * 6})
    assert "  1 x documented /request/body/size" in "\n".join(summary.lines)
    assert "Abc123" not in "\n".join(summary.lines)


def test_a_request_is_checked_against_the_contract_of_its_model(
    start_proxy: Callable[..., str],
) -> None:
    with MockServer() as mock:
        response, _ = send(start_proxy(mock.url), body={"model": "dall-e-3", "prompt": "A red fox"})
    assert (response.status, response.headers["X-Mock-Findings"]) == (200, "none")


def test_strict_turns_findings_into_a_bad_gateway(start_proxy: Callable[..., str]) -> None:
    with MockServer(LINKS) as mock:
        response, body = send(start_proxy(mock.url, strict=True), body=FOX)
    assert response.status == 502
    error = json.loads(body)
    assert error["message"].startswith(
        f"Bad Gateway\n--strict: POST {PATH} does not keep {PINNED}\n"
        "documented /response/status: expected 201, received 200\n"
    )
    assert set(error) == {"message", "path", "requestId", "statusCode", "timestamp"}


def test_strict_does_not_forward_an_invalid_request(start_proxy: Callable[..., str]) -> None:
    with MockServer() as mock:
        response, body = send(start_proxy(mock.url, strict=True), body={**FOX, "n": 11})
        assert mock.everybody().find() == []
    assert response.status == 502
    assert "/request/body/n: expected a number of at most 10" in json.loads(body)["message"]


def test_strict_forwards_what_keeps_its_contract(start_proxy: Callable[..., str]) -> None:
    with MockServer() as mock:
        assert send(start_proxy(mock.url, strict=True), body=FOX)[0].status == 201


def test_exchanges_are_recorded_with_the_images_behind_links(
    start_proxy: Callable[..., str], tmp_path: Path
) -> None:
    with MockServer(LINKS) as mock:
        upstream = mock.url
        send(start_proxy(upstream, LINKS, recorder=Recorder(tmp_path)), body=FOX)
    (one,) = load_recordings([tmp_path])
    assert (one.contract, one.request.url) == (LINKS, f"{upstream}{PATH}")
    assert [image.read()[:4] for image in one.images.values()] == [b"\x89PNG"]
    assert not [file for file in tmp_path.iterdir() if KEY.encode() in file.read_bytes()]


def test_the_client_gets_its_response_when_it_cannot_be_recorded(
    start_proxy: Callable[..., str], tmp_path: Path
) -> None:
    folder = tmp_path / "recorded"
    recorder, summary = Recorder(folder), ProxySummary()
    folder.rmdir()
    with MockServer() as mock:
        response, body = send(start_proxy(mock.url, recorder=recorder, summary=summary), body=FOX)
    assert (response.status, response.headers["X-Mock-Findings"]) == (201, "none")
    assert b"image_base64" in body
    head, reason = summary.lines
    assert head.endswith("; 1 not recorded")
    assert reason == f"  1 x cannot record into {folder}: No such file or directory"


def http_response(
    body: bytes = b"{}", status: str = "200 OK", *headers: bytes, length: bytes | None = None
) -> bytes:
    size = str(len(body)).encode() if length is None else length
    head = [f"HTTP/1.1 {status}".encode(), b"Content-Type: application/json", *headers]
    return b"\r\n".join([*head, b"Content-Length: " + size, b"", body])


def links(count: int, link: str) -> bytes:
    return json.dumps({"data": [{"url": link.format(i)} for i in range(count)]}).encode()


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (http_response(status="999 Odd"), 999),
        (http_response(status="103 Early Hints"), 502),
        (http_response(status="101 Switching Protocols"), 502),
        (http_response(b"{}", "200 \xff\x1b"), 200),
        (http_response(b"{}", "200 OK", b"X-Odd: \xff\xfe \xe2\x98\x83"), 200),
        (http_response(b"{}", "200 OK", b"X-Odd: a\x00\x1bb"), 200),
        (http_response(b"{}", "200 OK", b"Content-Encoding: gzip"), 200),
        (http_response(b"{}", "200 OK", *[b"X-%d: 1" % i for i in range(200)]), 502),
        (http_response(b"{}", "200 OK", b"X-Long: " + b"a" * 70_000), 502),
        (http_response(length=b"abc"), 200),
        (http_response(length=b"-1"), 200),
        (http_response(length=b"2\r\nContent-Length: 1"), 502),
        (http_response(b'{"a":' * 450 + b"1" + b"}" * 450), 200),
        (http_response(b"[" * 979 + b"]" * 979), 200),
        (http_response(b"[" * 100_000), 200),
        (http_response(json.dumps({"n" * 200_000: 1, "data": "x"}).encode()), 200),
        (http_response(links(2000, "http://127.0.0.1:9/{}")), 200),
        (http_response(links(1, "http://[{}")), 200),
        (http_response(links(1, "http://a b\0/{}")), 200),
        (http_response(links(1, "http://" + "a" * 7000)), 200),
        (b"hello", 502),
        (b"", 502),
        (bytes(range(256)), 502),
    ],
    ids=range(23),
)
def test_a_hostile_upstream_is_passed_on_or_a_bad_gateway(
    raw: bytes,
    status: int,
    start_proxy: Callable[..., str],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with raw_server(raw) as (upstream, _):
        url = start_proxy(upstream, recorder=Recorder(tmp_path), http_client=HTTPClient(2))
        response, body = send(url, body=FOX)
        unchecked, _ = send(url, "GET", "/v1/models")
    assert (response.status, unchecked.status) == (status, status)
    assert status == 502 or raw.endswith(body)
    assert [record for record in caplog.records if record.exc_info] == []
    if tuple(tmp_path.glob("*.json")):
        (recording,) = load_recordings([tmp_path])
        assert recording.exchange().response.status == status


def test_a_folded_header_becomes_one_line(start_proxy: Callable[..., str]) -> None:
    raw = http_response(b"{}", "200 OK", b"X-Odd: a\r\n b\r\n\tc")
    with raw_server(raw) as (upstream, _):
        response, _ = send(start_proxy(upstream), "GET", "/")
    assert response.headers["X-Odd"] == "a b c"


@pytest.mark.parametrize("target", [PATH, "/v1/models"])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_a_large_response_is_passed_on_unchecked(
    target: str, coding: str, start_proxy: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("relay", "upstream"):
        monkeypatch.setattr(f"mockserver.app.proxy.{module}.MAX_RESPONSE_BYTES", 100_000)
    large = json.dumps({"a": "b" * 300_000}).encode()
    body = gzip.compress(large) if coding == "gzip" else large
    with raw_server(http_response(body, "200 OK", f"Content-Encoding: {coding}".encode())) as (
        upstream,
        _,
    ):
        response, received = send(start_proxy(upstream), target=target, body=FOX)
    assert (response.status, received) == (200, body)
    findings = response.headers.get("X-Mock-Findings", "not checked: ")
    assert findings.startswith("not checked: ")


def test_the_links_of_a_response_are_bounded_in_number_size_and_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = HTTPClient(60)
    urls = [f"http://127.0.0.1:9/{number}" for number in range(2000)]
    monkeypatch.setattr(client, "fetch", lambda _: Response(200, {}, b""))
    assert sum(isinstance(got, Response) for got in client.fetch_all(urls).values()) == 64
    monkeypatch.setattr(client, "fetch", lambda _: Response(200, {}, bytes(1 << 27)))
    assert sum(isinstance(got, Response) for got in client.fetch_all(urls).values()) == 2
    client.timeout = -1
    assert set(client.fetch_all(urls).values()) == {
        "not fetched: too many links, or those before it were too slow or too large"
    }


def test_the_summary_has_no_control_characters_and_is_bounded() -> None:
    summary = ProxySummary()
    for number in range(1500):
        summary.add(NO_RESPONSE, [f"\x1b[31m{number}\n::error::"])
    lines = list(summary.lines)
    assert len(lines) == 1002
    assert "".join(lines).isprintable()
    assert "  500 x further problems" in lines


def test_the_upstream_receives_the_request_unchanged(start_proxy: Callable[..., str]) -> None:
    with raw_server(RAW_OK) as (upstream, received):
        target = "/v1//a%2Fb%7E?x=%20&y=%C3%A9&&"
        send(
            start_proxy(upstream),
            "PATCH",
            target,
            {"a": 1},
            **{"X-Own": "1, 2", "User-Agent": "me"},
        )
    head, _, body = bytes(received).partition(b"\r\n\r\n")
    line, *headers = head.decode().split("\r\n")
    assert line == f"PATCH {target} HTTP/1.1"
    assert body == b'{"a": 1}'
    named = {name.lower(): value for name, _, value in (h.partition(": ") for h in headers)}
    assert named == {
        "host": upstream.removeprefix("http://"),
        "authorization": f"Bearer {KEY}",
        "content-type": "application/json",
        "content-length": "8",
        "x-own": "1, 2",
        "user-agent": "me",
        "accept-encoding": "identity",
        "via": "1.1 mockserver",
    }


def test_no_user_agent_is_added(start_proxy: Callable[..., str]) -> None:
    with raw_server(RAW_OK) as (upstream, received):
        send(start_proxy(upstream), "GET", "/v1/models")
    assert b"user-agent" not in bytes(received).lower()


def test_hop_by_hop_headers_are_removed() -> None:
    headers = [
        ("Connection", "close, X-Private"),
        ("X-Private", "1"),
        ("Keep-Alive", "timeout=5"),
        ("Proxy-Connection", "keep-alive"),
        ("Proxy-Authorization", "Basic x"),
        ("TE", "trailers"),
        ("Trailer", "X-Sum"),
        ("Transfer-Encoding", "chunked"),
        ("Upgrade", "websocket"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
    ]
    assert end_to_end(headers) == [
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
        ("Via", "1.1 mockserver"),
    ]


def test_the_client_receives_the_response_unchanged(start_proxy: Callable[..., str]) -> None:
    raw = (
        b"HTTP/1.1 418 Teapot\r\nServer: theirs\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\n"
        b"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Request-Id: theirs\r\nX-Hop: 1\r\n"
        b"Connection: close, X-Hop\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    )
    with raw_server(raw) as (upstream, _):
        response, body = send(start_proxy(upstream), "GET", "/anything")
    assert (response.status, body) == (418, b"abcde")
    assert response.headers.get_all("Set-Cookie") == ["a=1", "b=2"]
    assert response.headers.get_all("Server") == ["theirs"]
    assert response.headers.get_all("Via") == ["1.1 mockserver"]
    assert response.headers.get_all("Date") == ["Mon, 01 Jan 2024 00:00:00 GMT"]
    assert response.headers.get_all("X-Request-Id") == ["theirs"]
    assert "X-Hop" not in response.headers
    assert "X-Mock-Findings" not in response.headers


def test_cookies_of_one_client_do_not_reach_another(start_proxy: Callable[..., str]) -> None:
    raw = b"HTTP/1.1 200 OK\r\nSet-Cookie: session=1; Path=/\r\nContent-Length: 0\r\n\r\n"
    with raw_server(raw) as (upstream, received):
        url = start_proxy(upstream)
        for _ in range(2):
            send(url, "GET", "/")
    assert b"ookie" not in bytes(received)


def test_redirects_are_not_followed(start_proxy: Callable[..., str]) -> None:
    raw = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/x\r\nContent-Length: 0\r\n\r\n"
    with raw_server(raw) as (upstream, _):
        response, _ = send(start_proxy(upstream), "GET", "/")
    assert (response.status, response.headers["Location"]) == (302, "http://127.0.0.1:9/x")


@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_a_compressed_response_stays_compressed(
    coding: str, start_proxy: Callable[..., str]
) -> None:
    with MockServer(LINKS) as mock:
        _, plain = send(mock.url, body=FOX)
    packed = gzip.compress(plain) if coding == "gzip" else b"?"
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Type: application/json\r\n"
    raw = head.encode() + f"Content-Length: {len(packed)}\r\n\r\n".encode() + packed
    with raw_server(raw) as (upstream, _):
        response, body = send(start_proxy(upstream, LINKS), body=FOX)
    assert body == packed
    expected = {"gzip": "none", "br": "not checked: a Content-Encoding that cannot be undone"}
    assert response.headers["X-Mock-Findings"] == expected[coding]


def test_a_compressed_request_is_forwarded_as_it_is_and_checked(
    start_proxy: Callable[..., str], tmp_path: Path
) -> None:
    with MockServer(LINKS) as mock:
        proxy = start_proxy(mock.url, LINKS, recorder=Recorder(tmp_path))
        headers = {**BEARER, "Content-Type": "application/json", "Content-Encoding": "gzip"}
        packed = gzip.compress(json.dumps(FOX).encode())
        response = requests.post(proxy + PATH, packed, headers=headers, timeout=10)
    assert (response.status_code, response.headers["X-Mock-Findings"]) == (200, "none")
    (recording,) = load_recordings([tmp_path])
    assert json.loads(recording.request.body) == FOX


def test_an_unreachable_upstream_is_a_bad_gateway(start_proxy: Callable[..., str]) -> None:
    response, body = send(start_proxy("http://127.0.0.1:9"), body=FOX)
    assert response.status == 502
    assert json.loads(body)["message"].startswith(
        "Bad Gateway\nno response from http://127.0.0.1:9"
    )


@pytest.mark.parametrize("target", [PATH, "/v1/models"])
def test_a_response_that_breaks_off_is_a_bad_gateway(
    target: str, start_proxy: Callable[..., str]
) -> None:
    raw = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"
    with raw_server(raw) as (upstream, _):
        response, body = send(start_proxy(upstream), body=FOX, target=target)
    assert response.status == 502
    assert "IncompleteRead" in json.loads(body)["message"]


def test_a_stream_that_breaks_off_breaks_off_for_the_client(
    start_proxy: Callable[..., str], caplog: pytest.LogCaptureFixture
) -> None:
    raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
    with raw_server(raw) as (upstream, _), pytest.raises(IncompleteRead):
        send(start_proxy(upstream), "GET", "/v1/stream")
    assert caplog.records == []


def test_a_body_that_is_too_large_to_pass_on_gets_413() -> None:
    most = 64 * 1024 * 1024
    settings = Settings(contracts=(PINNED,), cors_origins=())
    upstream, http_client = Upstream("http://127.0.0.1:9", 1), HTTPClient(1)
    client = create_proxy(settings, upstream, ProxySummary(), http_client).test_client()
    response = client.post("/v1/files", environ_overrides={"CONTENT_LENGTH": str(most + 1)})
    assert response.status_code == 413
    assert f"at most {most} bytes" in response.text


def test_a_silent_upstream_is_a_timeout(start_proxy: Callable[..., str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = start_proxy(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.2)
        response, body = send(url, body=FOX)
    assert response.status == 504
    assert json.loads(body)["message"].startswith("Generation timeout\n")


def test_an_untrusted_certificate_is_a_bad_gateway(
    start_proxy: Callable[..., str],
) -> None:
    authority = trustme.CA()
    secured = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(secured)
    with raw_server(RAW_OK, secured=secured) as (upstream, received):
        response, body = send(start_proxy(upstream), "GET", "/")
        assert (response.status, bytes(received)) == (502, b"")
        assert "certificate verify failed" in json.loads(body)["message"]


def test_a_body_that_is_no_json_is_forwarded_and_reported(start_proxy: Callable[..., str]) -> None:
    with MockServer() as mock:
        url = start_proxy(mock.url)
        connection = HTTPConnection(url.removeprefix("http://"), timeout=10)
        headers = {"Authorization": "Bearer k", "Content-Type": "application/json"}
        connection.request("POST", PATH, b"{", headers)
        response = connection.getresponse()
        connection.close()
    assert response.status == 400
    assert response.headers["X-Mock-Findings"] == "documented /request/body (json)"


def test_the_command_prints_its_address_and_then_its_summary(tmp_path: Path) -> None:
    options = ["proxy", "--port", "0", "--record", str(tmp_path)]
    with MockServer(LINKS) as mock:
        upstream = mock.url
        process = subprocess.Popen(
            [*COMMAND, *options, "--upstream", upstream],
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        with process:
            assert process.stdout
            banner = [process.stdout.readline() for _ in range(5)]
            send(banner[0].split()[3], body=FOX)
            process.send_signal(signal.SIGINT)
            rest = process.stdout.read()
    assert banner[0].endswith(f" to {upstream}\n")
    assert f"  recording    into {tmp_path}\n" in banner
    assert rest.startswith(f"1 passed on, checked: 1 against {PINNED}; 1 with findings\n")
    assert process.returncode == 0
    assert len(list(load_recordings([tmp_path]))) == 1


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--upstream", "nowhere"], "--upstream: expected live or a base URL such as"),
        (["--upstream", "http://127.0.0.1:9", "--contract", "x@1"], "no contract 'x@1'"),
    ],
)
def test_wrong_options_end_with_one_line(options: list[str], reason: str) -> None:
    done = CliRunner().invoke(cli, ["proxy", *options])
    assert isinstance(done.exception, MockserverError)
    assert reason in str(done.exception)

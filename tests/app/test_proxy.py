"""The proxy passes everything on as it is, and says what is wrong with it."""

from __future__ import annotations

import gzip
import json
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection, HTTPResponse, IncompleteRead
from pathlib import Path

import pytest
import trustme
from click.testing import CliRunner

from mockserver.app.proxy.factory import create_proxy
from mockserver.app.proxy.summary import ProxySummary
from mockserver.app.proxy.upstream import Upstream, decoded, end_to_end
from mockserver.cli.main import cli
from mockserver.errors import MockserverError
from mockserver.recording import Recorder, load_recordings
from mockserver.recording.http_client import HTTPClient
from mockserver.server import background, base_url, listen
from mockserver.settings import Settings
from mockserver.strict_json import JSON
from mockserver.testing.mock_server import MockServer
from tests.http import PATH, PINNED
from tests.process import COMMAND, clean_environment

LINKS = "dall-e-2@2026-01-16"
KEY = "planted-key-0123456789"
FOX = {"model": "dall-e-2", "prompt": "A red fox", "size": "256x256"}
_HEAD = re.compile(rb"(?is)(?=.*?content-length: (\d+)|).*?\r\n\r\n")
NO_VARIATION = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture
def proxied() -> Iterator[Callable[..., str]]:
    """Starts a proxy in front of a base URL, and gives its own."""
    with ExitStack() as stack:

        def start(
            upstream: str, contract: str = PINNED, *, timeout: float = 20, **how: JSON
        ) -> str:
            settings = Settings(contracts=(contract,), cors_origins=())
            how = {"summary": ProxySummary(), "http_client": HTTPClient(5), **how}
            app = create_proxy(settings, Upstream(upstream, timeout), **how)
            listener = listen("127.0.0.1", 0)
            stack.enter_context(background(app, listener))
            return base_url(listener.getsockname())

        yield start


@contextmanager
def saying(
    response: bytes, *, secured: ssl.SSLContext | None = None
) -> Iterator[tuple[str, bytearray]]:
    """Serve one raw answer to everybody; gives the base URL, and all that was heard."""
    heard = bytearray()
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
                    heard.extend(whole_request(client))
                    client.sendall(response)
                except OSError:
                    pass

    thread = threading.Thread(target=serve)
    thread.start()
    scheme = "https" if secured else "http"
    try:
        yield f"{scheme}://127.0.0.1:{listener.getsockname()[1]}", heard
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def whole_request(client: socket.socket) -> bytes:
    heard = b""
    while not (found := _HEAD.match(heard)) or len(heard) < found.end() + int(found[1] or 0):
        more = client.recv(65536)
        if not more:
            raise ConnectionError("the request broke off")
        heard += more
    return heard


def send(
    url: str, method: str = "POST", target: str = PATH, body: JSON = None, **headers: str
) -> tuple[HTTPResponse, bytes]:
    text = None if body is None else json.dumps(body)
    known = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json", **headers}
    with closing(HTTPConnection(url.removeprefix("http://"), timeout=10)) as connection:
        connection.request(method, target, text, known)
        with connection.getresponse() as response:
            return response, response.read()


def test_an_response_that_keeps_its_contract_passes_as_it_is(proxied: Callable[..., str]) -> None:
    with MockServer() as mock:
        response, body = send(proxied(mock.url), body=FOX)
        direct, same = send(mock.url, body=FOX)
    assert (response.status, body) == (201, same)
    assert response.headers["X-Mock-Findings"] == "none"
    varying = {"Date", "X-Request-Id", "Via", "X-Mock-Findings"}
    assert {n: v for n, v in response.headers.items() if n not in varying} == {
        n: v for n, v in direct.headers.items() if n not in varying
    }


def test_findings_of_both_directions_are_named_in_a_header(proxied: Callable[..., str]) -> None:
    with MockServer(LINKS) as mock:
        url = proxied(mock.url)
        drifted, _ = send(url, body=FOX)
        refused, _ = send(url, body={**FOX, "size": "7x7"})
    assert drifted.status == 200
    assert drifted.headers["X-Mock-Findings"].startswith("documented /response/status (status); ")
    assert drifted.headers["X-Mock-Findings"].endswith("; and 5 more")
    assert refused.status == 400
    assert refused.headers["X-Mock-Findings"] == "documented /request/body/size (enum)"


def test_findings_are_in_the_journal(proxied: Callable[..., str]) -> None:
    with MockServer(LINKS) as mock:
        url = proxied(mock.url)
        send(url, body=FOX)
        _, journal = send(url, "GET", "/__admin/requests")
    (entry,) = json.loads(journal)["requests"]
    assert entry["contract"] == PINNED
    assert entry["findings"][0]["pointer"] == "/response/status"
    assert KEY not in journal.decode()


def test_findings_are_summed_up(proxied: Callable[..., str]) -> None:
    summary = ProxySummary()
    with MockServer(LINKS) as mock:
        url = proxied(mock.url, summary=summary)
        for _ in range(2):
            send(url, body=FOX)
        send(url, "GET", "/v1/models")
    head, *rest = summary.lines
    assert head == f"3 passed on, checked: 2 against {PINNED}; 2 with findings"
    assert "  2 x documented /response/status: expected 201, received 200" in rest


def test_the_summary_counts_what_strictness_kept_back(proxied: Callable[..., str]) -> None:
    summary = ProxySummary()
    with MockServer() as mock:
        send(proxied(mock.url, summary=summary, strict=True), body={**FOX, "n": 11})
    head, finding = summary.lines
    assert head.endswith("; 0 with findings; 1 kept back by --strict")
    assert finding.startswith("  1 x documented /request/body/n: expected a number of at most 10")


@pytest.mark.parametrize("target", [PATH, "/v1/models"])
def test_the_summary_counts_what_the_upstream_left_unanswered(
    target: str, proxied: Callable[..., str]
) -> None:
    summary = ProxySummary()
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        gone = base_url(free.getsockname())
    assert send(proxied(gone, summary=summary), target=target, body=FOX)[0].status == 502
    head, reason = summary.lines
    assert head.endswith("; 0 with findings; 1 without an answer")
    assert reason.startswith(f"  1 x no answer from {gone}: ")


def test_the_summary_quotes_no_key(proxied: Callable[..., str]) -> None:
    summary = ProxySummary()
    with MockServer() as mock:
        url = proxied(mock.url, summary=summary)
        send(url, body={**FOX, "size": "sk-" + "Abc123" * 6})
    assert "  1 x documented /request/body/size" in "\n".join(summary.lines)
    assert "Abc123" not in "\n".join(summary.lines)


def test_the_models_own_contract_is_what_counts(proxied: Callable[..., str]) -> None:
    with MockServer() as mock:
        response, _ = send(proxied(mock.url), body={"model": "dall-e-3", "prompt": "A red fox"})
    assert (response.status, response.headers["X-Mock-Findings"]) == (200, "none")


def test_strictness_turns_findings_into_a_bad_gateway(proxied: Callable[..., str]) -> None:
    with MockServer(LINKS) as mock:
        response, body = send(proxied(mock.url, strict=True), body=FOX)
    assert response.status == 502
    told = json.loads(body)
    assert told["message"].startswith(
        f"Bad Gateway\n--strict: POST {PATH} does not keep {PINNED}\n"
        "documented /response/status: expected 201, received 200\n"
    )
    assert set(told) == {"message", "path", "requestId", "statusCode", "timestamp"}


def test_strictness_keeps_a_wrong_request_from_being_paid_for(proxied: Callable[..., str]) -> None:
    with MockServer() as mock:
        response, body = send(proxied(mock.url, strict=True), body={**FOX, "n": 11})
        assert mock.everybody().find() == []
    assert response.status == 502
    assert "/request/body/n: expected a number of at most 10" in json.loads(body)["message"]


def test_strictness_lets_pass_what_keeps_its_contract(proxied: Callable[..., str]) -> None:
    with MockServer() as mock:
        assert send(proxied(mock.url, strict=True), body=FOX)[0].status == 201


def test_exchanges_are_recorded_with_the_images_behind_links(
    proxied: Callable[..., str], tmp_path: Path
) -> None:
    with MockServer(LINKS) as mock:
        send(proxied(mock.url, LINKS, recorder=Recorder(tmp_path)), body=FOX)
    (one,) = load_recordings([tmp_path])
    assert (one.contract, one.request.url) == (LINKS, f"{mock_url(one.request.url)}{PATH}")
    assert [image.data[:4] for image in one.images.values()] == [b"\x89PNG"]
    assert not [file for file in tmp_path.iterdir() if KEY.encode() in file.read_bytes()]


def mock_url(url: str) -> str:
    return url.removesuffix(PATH)


def test_the_request_reaches_the_upstream_as_it_was(proxied: Callable[..., str]) -> None:
    with saying(NO_VARIATION) as (upstream, heard):
        target = "/v1//a%2Fb%7E?x=%20&y=%C3%A9&&"
        send(proxied(upstream), "PATCH", target, {"a": 1}, **{"X-Own": "1, 2", "User-Agent": "me"})
    head, _, body = bytes(heard).partition(b"\r\n\r\n")
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


def test_no_user_agent_is_made_up(proxied: Callable[..., str]) -> None:
    with saying(NO_VARIATION) as (upstream, heard):
        send(proxied(upstream), "GET", "/v1/models")
    assert b"user-agent" not in bytes(heard).lower()


def test_what_is_meant_for_one_hop_ends_there() -> None:
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


def test_the_response_reaches_the_client_as_it_was(proxied: Callable[..., str]) -> None:
    raw = (
        b"HTTP/1.1 418 Teapot\r\nServer: theirs\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\n"
        b"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Request-Id: theirs\r\nX-Hop: 1\r\n"
        b"Connection: close, X-Hop\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    )
    with saying(raw) as (upstream, _):
        response, body = send(proxied(upstream), "GET", "/anything")
    assert (response.status, body) == (418, b"abcde")
    assert response.headers.get_all("Set-Cookie") == ["a=1", "b=2"]
    assert response.headers.get_all("Server") == ["theirs"]
    assert response.headers.get_all("Date") == ["Mon, 01 Jan 2024 00:00:00 GMT"]
    assert response.headers.get_all("X-Request-Id") == ["theirs"]
    assert "X-Hop" not in response.headers
    assert "X-Mock-Findings" not in response.headers


def test_cookies_of_one_client_do_not_reach_another(proxied: Callable[..., str]) -> None:
    raw = b"HTTP/1.1 200 OK\r\nSet-Cookie: session=1; Path=/\r\nContent-Length: 0\r\n\r\n"
    with saying(raw) as (upstream, heard):
        url = proxied(upstream)
        for _ in range(2):
            send(url, "GET", "/")
    assert b"ookie" not in bytes(heard)


def test_redirects_are_the_clients_to_follow(proxied: Callable[..., str]) -> None:
    raw = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/x\r\nContent-Length: 0\r\n\r\n"
    with saying(raw) as (upstream, _):
        response, _ = send(proxied(upstream), "GET", "/")
    assert (response.status, response.headers["Location"]) == (302, "http://127.0.0.1:9/x")


@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_a_coded_response_stays_coded(coding: str, proxied: Callable[..., str]) -> None:
    with MockServer(LINKS) as mock:
        _, plain = send(mock.url, body=FOX)
    packed = gzip.compress(plain) if coding == "gzip" else b"?"
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Type: application/json\r\n"
    raw = head.encode() + f"Content-Length: {len(packed)}\r\n\r\n".encode() + packed
    with saying(raw) as (upstream, _):
        response, body = send(proxied(upstream, LINKS), body=FOX)
    assert body == packed
    told = {"gzip": "none", "br": "not checked: a Content-Encoding that cannot be undone"}
    assert response.headers["X-Mock-Findings"] == told[coding]


def test_what_is_coded_wrongly_is_not_looked_at() -> None:
    assert decoded(b"no gzip", "gzip") is None
    assert decoded(b"plain", "identity") == b"plain"


def test_an_response_that_cannot_be_had_is_a_bad_gateway(proxied: Callable[..., str]) -> None:
    response, body = send(proxied("http://127.0.0.1:9"), body=FOX)
    assert response.status == 502
    assert json.loads(body)["message"].startswith("Bad Gateway\nno answer from http://127.0.0.1:9")


@pytest.mark.parametrize("target", [PATH, "/v1/models"])
def test_an_response_that_breaks_off_is_a_bad_gateway(
    target: str, proxied: Callable[..., str]
) -> None:
    raw = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"
    with saying(raw) as (upstream, _):
        response, body = send(proxied(upstream), body=FOX, target=target)
    assert response.status == 502
    assert "IncompleteRead" in json.loads(body)["message"]


def test_a_stream_that_breaks_off_breaks_off_for_the_client(proxied: Callable[..., str]) -> None:
    raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
    with saying(raw) as (upstream, _), pytest.raises(IncompleteRead):
        send(proxied(upstream), "GET", "/v1/stream")


def test_a_silent_upstream_is_a_timeout(proxied: Callable[..., str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = proxied(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.2)
        response, body = send(url, body=FOX)
    assert response.status == 504
    assert json.loads(body)["message"].startswith("Generation timeout\n")


def test_a_certificate_that_nobody_vouches_for_is_refused(
    proxied: Callable[..., str],
) -> None:
    authority = trustme.CA()
    secured = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(secured)
    with saying(NO_VARIATION, secured=secured) as (upstream, heard):
        response, body = send(proxied(upstream), "GET", "/")
        assert (response.status, bytes(heard)) == (502, b"")
        assert "certificate verify failed" in json.loads(body)["message"]


def test_a_body_that_is_no_json_is_passed_on_and_named(proxied: Callable[..., str]) -> None:
    with MockServer() as mock:
        url = proxied(mock.url)
        connection = HTTPConnection(url.removeprefix("http://"), timeout=10)
        headers = {"Authorization": "Bearer k", "Content-Type": "application/json"}
        connection.request("POST", PATH, b"{", headers)
        response = connection.getresponse()
        connection.close()
    assert response.status == 400
    assert response.headers["X-Mock-Findings"] == "documented /request/body (json)"


def test_the_command_says_where_it_is_and_sums_up_at_the_end(tmp_path: Path) -> None:
    options = ["proxy", "--port", "0", "--record", str(tmp_path)]
    with MockServer(LINKS) as mock:
        process = subprocess.Popen(
            [*COMMAND, *options, "--upstream", mock.url],
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        with process:
            assert process.stdout
            greeting = [process.stdout.readline() for _ in range(5)]
            send(greeting[0].split()[3], body=FOX)
            process.send_signal(signal.SIGINT)
            rest = process.stdout.read()
    assert greeting[0].endswith(f" to {mock_url_of(greeting[0])}\n")
    assert f"  recording    into {tmp_path}\n" in greeting
    assert rest.startswith(f"1 passed on, checked: 1 against {PINNED}; 1 with findings\n")
    assert process.returncode == 0
    assert len(list(load_recordings([tmp_path]))) == 1


def mock_url_of(line: str) -> str:
    return line.split()[-1]


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


def test_starting_another_command_does_not_load_what_only_the_proxy_needs() -> None:
    code = "import sys, mockserver.cli.main; print('requests' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=20
    )
    assert done.stdout == "False\n"

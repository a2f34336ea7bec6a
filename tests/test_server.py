"""The production server over raw sockets, with an application of these tests' own."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from http.client import HTTPResponse
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from mockserver.errors import AddressError
from mockserver.server import Limits, background, listen, serve

ROOT = Path(__file__).resolve().parent.parent
IMPATIENT = Limits(request_seconds=0.3, idle_seconds=0.3)
PIECE = b"0123456789abcdef" * 65536
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
GET = b"GET / HTTP/1.1\r\nHost: mock\r\n\r\n"

has_expected_status = threading.Event()
released = threading.Event()


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer by the path: one part of the server's behaviour each."""
    match environ["PATH_INFO"]:
        case "/big":
            return answer(start_response, [PIECE] * 20)
        case "/crumbs":
            return answer(start_response, [b"x"] * 3000)
        case "/broken":
            raise RuntimeError("this application is broken")
        case "/half-broken":
            return half_broken(start_response)
        case "/stream":
            return stream(start_response)
        case "/held":
            has_expected_status.set()
            released.wait(10)
        case "/release":
            released.set()
        case "/unread":
            return answer(start_response, [b"unread"])
        case "/sleep":
            print("asleep", flush=True)
            time.sleep(float(environ["QUERY_STRING"]))
    return answer(start_response, [json.dumps(seen(environ)).encode()])


def answer(start_response: StartResponse, pieces: list[bytes]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Length", str(sum(map(len, pieces))))])
    return pieces


def seen(environ: WSGIEnvironment) -> dict[str, object]:
    return {
        "method": environ["REQUEST_METHOD"],
        "path": environ["PATH_INFO"],
        "body": environ["wsgi.input"].read().decode(),
        "scheme": environ["wsgi.url_scheme"],
        "pid": os.getpid(),
        "files": len(list(Path("/dev/fd").iterdir())),
    }


def stream(start_response: StartResponse) -> Iterator[bytes]:
    start_response("200 OK", [])
    yield b"before "
    released.wait(10)
    yield b"after"


def half_broken(start_response: StartResponse) -> Iterator[bytes]:
    start_response("200 OK", [])
    yield b"before "
    raise RuntimeError("this application is half broken")


def made() -> Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]:
    print("made", flush=True)
    return application


def main() -> None:
    """Be the served process: the listener's descriptor and the options come as arguments."""
    options = json.loads(sys.argv[2])
    limits = Limits(**options.pop("limits", {}))
    listener = socket.socket(fileno=int(sys.argv[1]))
    serve(made, listener, limits=limits, on_ready=lambda: print("ready", flush=True), **options)


class ReloadingCatalog:
    """What listens somewhere."""

    def __init__(self, address: tuple[Any, ...]) -> None:
        self.address = address[:2]

    def connect(self) -> socket.socket:
        return socket.create_connection(self.address, timeout=10)

    def ask(self, request: bytes = GET) -> tuple[HTTPResponse, bytes]:
        with self.connect() as client:
            client.sendall(request)
            return read(client)

    def seen(self, request: bytes = GET) -> dict[str, Any]:
        response, body = self.ask(request)
        assert response.status == 200, body
        return json.loads(body)  # type: ignore[no-any-return]


class ServedProcess(ReloadingCatalog):
    """What listens somewhere in a process of its own."""

    def __init__(self, address: tuple[Any, ...], process: subprocess.Popen[str]) -> None:
        super().__init__(address)
        self.process = process

    def wait_for(self, line: str) -> None:
        assert self.process.stdout
        assert f"{line}\n" in iter(self.process.stdout.readline, "")

    def end(self, number: int = signal.SIGTERM) -> tuple[str, str]:
        """Stop it; give what it wrote to its standard output and error."""
        self.process.send_signal(number)
        return self.process.communicate(timeout=10)


def read(client: socket.socket, method: str = "GET") -> tuple[HTTPResponse, bytes]:
    with closing(HTTPResponse(client, method=method)) as response:
        response.begin()
        return response, response.read()


def to_the_end(client: socket.socket) -> bytes:
    """What a client still gets before the server hangs up, or hangs up on it."""
    received = []
    with suppress(ConnectionResetError):
        while piece := client.recv(1 << 20):
            received.append(piece)
    return b"".join(received)


@contextmanager
def served(host: str = "127.0.0.1", *wrapper: str, **options: object) -> Iterator[ServedProcess]:
    options = {"workers": 1, "threads": 4, **options}
    listener = listen(host, 0)
    command = "from tests.test_server import main; main()"
    process = subprocess.Popen(
        [
            *wrapper,
            sys.executable,
            "-W",
            "error",
            "-c",
            command,
            str(listener.fileno()),
            json.dumps(options),
        ],
        pass_fds=[listener.fileno()],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    address = listener.getsockname()
    listener.close()
    server = ServedProcess(address, process)
    try:
        yield server
        assert process.returncode is not None or server.end()[1] == "", "expected a quiet server"
    finally:
        with process:
            process.terminate()


@contextmanager
def in_background(threads: int = 4, limits: Limits | None = None) -> Iterator[ReloadingCatalog]:
    listener = listen("127.0.0.1", 0)
    address = listener.getsockname()
    with background(application, listener, threads=threads, limits=limits):
        yield ReloadingCatalog(address)


@pytest.fixture(scope="module")
def server() -> Iterator[ServedProcess]:
    with served() as process:
        yield process


def request(method: str = "GET", path: str = "/", *headers: str, body: bytes = b"") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: mock", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    head = request("POST", "/chunked", "Transfer-Encoding: chunked")
    return head + b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + end


def assert_documented(response: HTTPResponse, body: bytes, status: int, path: str = "/") -> None:
    """The error body of the provider's page: five fields, the status a number."""
    assert response.status == status, body
    assert response.headers["Content-Type"] == "application/json"
    error = json.loads(body)
    assert sorted(error) == ["message", "path", "requestId", "statusCode", "timestamp"]
    assert error["message"]
    assert (error["path"], error["statusCode"]) == (path, status)
    assert UUID4.fullmatch(error["requestId"])
    assert response.headers["X-Request-Id"] == error["requestId"]
    assert TIMESTAMP.fullmatch(error["timestamp"])


def test_a_free_port_is_found() -> None:
    with listen("127.0.0.1", 0) as listener:
        assert listener.getsockname()[1] > 0


def test_a_port_in_use_is_named_with_the_way_out() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AddressError, match=rf"port {port} .*in use.*PORT={port + 1}.*--port 0"):
            listen("127.0.0.1", port)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "192.0.2.1", "a" * 70 + ".test"])
def test_a_host_that_is_not_this_machine_is_refused_in_one_line(host: str) -> None:
    with pytest.raises(AddressError, match=r"--host 127\.0\.0\.1") as refused:
        listen(host, 0)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("number", "words"), [(errno.EACCES, "more rights"), (errno.ENOBUFS, "cannot serve")]
)
def test_what_the_system_forbids_is_said_in_one_line(
    number: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(socket.socket, "bind", forbidden)
    with pytest.raises(AddressError, match=words):
        listen("127.0.0.1", 80)


def test_ipv6_is_served() -> None:
    with served("::1") as process:
        assert process.seen()["path"] == "/"


def test_the_application_is_made_once_and_shared_by_the_workers() -> None:
    with served(workers=2) as process:
        pids = {process.seen()["pid"] for _ in range(40)}
        assert process.process.pid not in pids
        out, _ = process.end()
    assert out.split() == ["made", "ready"]


def test_an_response_names_no_version(server: ReloadingCatalog) -> None:
    response, _ = server.ask()
    assert not re.search(r"\d", response.headers["Server"])


def test_no_header_changes_the_scheme(server: ReloadingCatalog) -> None:
    assert server.seen(request("GET", "/", "X-Forwarded-Proto: https"))["scheme"] == "http"


@pytest.mark.parametrize(
    "raw",
    [
        b"NONSENSE\r\n\r\n",
        b"NONSENSE\r\n",
        b"\x16\x03\x01\x02\x00",
        b"GET / HTTP/1.1\nHost: mock\n\n",
        b"GET / HTTP/1.1\r\nHost: mock\n\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"get / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\n: no name\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: \x00\r\n\r\n",
        request("POST", "/", "Content-Length: many"),
        request("POST", "/", "Content-Length: -1"),
        request("POST", "/", "Content-Length: 1", "Content-Length: 2") + b"ab",
        request("POST", "/", "Content-Length: 5", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
        request("POST", "/", "Transfer-Encoding: chunked") + b"five\r\nabcde\r\n0\r\n\r\n",
        request("POST", "/", "Transfer-Encoding: chunked") + b"3\r\nabcde\r\n0\r\n\r\n",
        request("POST", "/", "Transfer-Encoding: chunked") + b"1" * 9000,
        request("POST", "/", "Transfer-Encoding: chunked") + b"0\r\n" + b"a" * 9000,
    ],
)
def test_a_malformed_request_gets_the_documented_body(server: ReloadingCatalog, raw: bytes) -> None:
    assert_documented(*server.ask(raw), 400)


def test_a_api_error_names_the_path(server: ReloadingCatalog) -> None:
    raw = request("POST", "/v1/images?a=b", "Content-Length: many")
    assert_documented(*server.ask(raw), 400, path="/v1/images")


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (request("GET", "/", "A: " + "a" * 9_000), 431),
        (request("GET", "/", "A: " + "a" * 70_000), 431),
        (request("GET", "/", *(f"A{n}: a" for n in range(200))), 431),
        (b"GET / HTTP/1.1\r\nA: " + b"a" * 70_000, 431),
        (request("GET", "/", "Expect: miracles"), 417),
        (request("POST", "/", "Content-Length: 99999999"), 413),
        (request("POST", "/", "Content-Length: 99999999", "Expect: 100-continue"), 413),
        (request("POST", "/", "Transfer-Encoding: chunked") + b"ffffff\r\n", 413),
    ],
)
def test_what_is_too_much_is_refused_unread(
    server: ReloadingCatalog, raw: bytes, status: int
) -> None:
    assert_documented(*server.ask(raw), status)


def test_an_application_that_needs_no_body_responses_without_it(server: ReloadingCatalog) -> None:
    with server.connect() as client:
        client.sendall(request("POST", "/unread", "Content-Length: 99999999"))
        assert read(client)[1] == b"unread"
        assert client.recv(1) == b""


def test_a_client_that_speaks_tls_is_seen_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "mockserver")
    with in_background() as server:
        assert_documented(*server.ask(b"\x16\x03\x01\x02\x00\x01\r\n\r\n"), 400)
    assert "expected http, received https" in caplog.text


def test_what_is_no_request_is_logged_without_what_it_says(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "mockserver")
    with in_background() as server:
        server.ask(request("GET", "/a", "Authorization Bearer mock-secret"))
    assert "/a 400 Bad Request" in caplog.text
    assert "mock-secret" not in caplog.text


def test_a_request_line_without_end_is_refused(server: ReloadingCatalog) -> None:
    response, _ = server.ask(b"GET /" + b"a" * 9_000)
    assert response.status in (400, 414)


def test_a_api_error_reaches_a_client_that_is_still_sending(server: ReloadingCatalog) -> None:
    with server.connect() as client:
        client.sendall(request("POST", "/", f"Content-Length: {2 << 20}"))
        client.sendall(b"a" * (2 << 20))
        assert_documented(*read(client), 413)


def test_a_request_cut_short_gets_the_documented_body(server: ReloadingCatalog) -> None:
    with server.connect() as client:
        client.sendall(request("POST", "/cut", "Content-Length: 10") + b"abc")
        client.shutdown(socket.SHUT_WR)
        assert_documented(*read(client), 400, path="/cut")


def test_a_refused_head_request_gets_no_body(server: ReloadingCatalog) -> None:
    with server.connect() as client:
        client.sendall(b"HEAD / HTTP/1.1\r\nno colon\r\n\r\n")
        response, body = read(client, "HEAD")
        assert (response.status, body, client.recv(1)) == (400, b"", b"")


def test_a_connection_serves_one_request_after_the_other(server: ReloadingCatalog) -> None:
    with server.connect() as client:
        for path in ("/one", "/two", "/three"):
            client.sendall(request("POST", path, body=b"body of " + path.encode()))
            body = json.loads(read(client)[1])
            assert (body["path"], body["body"]) == (path, f"body of {path}")


def test_pipelined_requests_are_answered_in_their_order(server: ReloadingCatalog) -> None:
    paths = [f"/{n}" for n in range(30)]
    with server.connect() as client:
        client.sendall(b"".join(request("POST", path, body=b"x") for path in paths))
        client.shutdown(socket.SHUT_WR)
        answers = to_the_end(client)
    assert re.findall(r'"path": "(/\d+)"', answers.decode()) == paths


def test_empty_lines_before_a_request_are_passed_over(server: ReloadingCatalog) -> None:
    assert server.seen(b"\r\n\r\n" + GET)["path"] == "/"


def test_http_1_0_is_answered_and_closed(server: ReloadingCatalog) -> None:
    with server.connect() as client:
        client.sendall(b"GET /old HTTP/1.0\r\n\r\n")
        response, body = read(client)
        assert (response.status, json.loads(body)["path"], client.recv(1)) == (200, "/old", b"")


def test_http_1_0_is_kept_when_the_client_asks_for_it(server: ReloadingCatalog) -> None:
    with server.connect() as client:
        for _ in range(2):
            client.sendall(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            assert read(client)[0].status == 200


def test_connection_close_is_obeyed(server: ReloadingCatalog) -> None:
    with server.connect() as client:
        client.sendall(request("GET", "/", "Connection: close"))
        assert read(client)[0].headers["Connection"] == "close"
        assert client.recv(1) == b""


def test_head_sends_no_body_and_keeps_the_connection() -> None:
    with in_background() as server, server.connect() as client:
        client.sendall(request("HEAD", "/big"))
        response, _ = read(client, "HEAD")
        assert int(response.headers["Content-Length"]) == 20 * len(PIECE)
        client.sendall(GET)
        assert read(client)[0].status == 200


@pytest.mark.parametrize(
    "raw",
    [
        chunked(b"one ", b"two ", b"three"),
        chunked(b"one two three", end=b"0;last\r\nChecksum: none\r\n\r\n"),
    ],
)
def test_a_chunked_body_is_put_together(server: ReloadingCatalog, raw: bytes) -> None:
    assert server.seen(raw)["body"] == "one two three"


@pytest.mark.parametrize("raw", [chunked(b"one ", b"two"), request("POST", body=b"one two")])
def test_a_body_that_comes_byte_by_byte_is_whole(server: ReloadingCatalog, raw: bytes) -> None:
    with server.connect() as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in raw:
            client.send(bytes([byte]))
        assert json.loads(read(client)[1])["body"] == "one two"


def test_a_client_that_waits_is_told_once_to_continue(server: ReloadingCatalog) -> None:
    with server.connect() as client:
        client.sendall(request("POST", "/", "Expect: 100-continue", "Content-Length: 4"))
        assert client.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"body")
        assert client.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_a_client_that_did_not_wait_is_not_told_to_continue(server: ReloadingCatalog) -> None:
    with server.connect() as client:
        client.sendall(request("POST", "/", "Expect: 100-continue", body=b"body"))
        assert client.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_a_broken_application_gets_the_documented_body_and_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with in_background() as server:
        assert_documented(*server.ask(request("GET", "/broken")), 500, path="/broken")
        assert server.seen()["path"] == "/"
    assert "GET /broken failed" in caplog.text
    assert "RuntimeError: this application is broken" in caplog.text


def test_an_response_that_breaks_half_way_is_cut_off(caplog: pytest.LogCaptureFixture) -> None:
    with in_background() as server, server.connect() as client:
        client.sendall(request("GET", "/half-broken"))
        assert to_the_end(client).endswith(b"before \r\n")
    assert "half broken" in caplog.text


def test_an_response_of_unknown_length_is_sent_as_it_is_made(server: ReloadingCatalog) -> None:
    with server.connect() as client:
        client.sendall(request("GET", "/stream"))
        with closing(HTTPResponse(client)) as response:
            response.begin()
            assert response.read(7) == b"before "
            server.ask(request("GET", "/release"))
            assert response.read() == b"after"


def test_an_response_of_many_pieces_is_whole(server: ReloadingCatalog) -> None:
    assert server.ask(request("GET", "/crumbs"))[1] == b"x" * 3000


def test_a_big_response_is_whole(server: ReloadingCatalog) -> None:
    assert server.ask(request("GET", "/big"))[1] == PIECE * 20


def test_a_client_that_reads_late_gets_all_of_it_and_keeps_no_thread() -> None:
    with in_background(threads=1) as server, server.connect() as late:
        late.sendall(request("GET", "/big"))
        assert server.seen()["path"] == "/"
        assert read(late)[1] == PIECE * 20
        late.sendall(GET)
        assert read(late)[0].status == 200


def test_clients_that_never_finish_keep_nobody_out(server: ReloadingCatalog) -> None:
    with ExitStack() as crowd:
        for n in range(60):
            client = crowd.enter_context(server.connect())
            client.sendall(request("POST", "/", "Content-Length: 9")[: -1 if n % 2 else None])
        assert server.seen()["path"] == "/"


def test_more_clients_than_threads_are_all_served() -> None:
    with in_background(threads=2) as server, ExitStack() as crowd:
        clients = [crowd.enter_context(server.connect()) for _ in range(12)]
        for _ in range(5):
            for client in clients:
                client.sendall(GET)
            assert [read(client)[0].status for client in clients] == [200] * 12


def test_a_request_that_is_never_finished_times_out() -> None:
    with in_background(limits=IMPATIENT) as server, server.connect() as client:
        client.sendall(b"POST /slow HTTP/1.1\r\nHost:")
        assert_documented(*read(client), 408, path="/slow")
        assert client.recv(1) == b""


def test_a_connection_with_nothing_on_it_is_closed_in_silence() -> None:
    with in_background(limits=IMPATIENT) as server, server.connect() as client:
        client.sendall(GET)
        read(client)
        assert client.recv(1) == b""


def test_an_response_that_nobody_takes_is_given_up() -> None:
    with in_background(limits=IMPATIENT) as server, server.connect() as client:
        client.sendall(request("GET", "/big"))
        files = server.seen()["files"]
        assert eventually(lambda: server.seen()["files"] < files)
        assert len(to_the_end(client)) < 20 * len(PIECE)


def test_a_client_more_than_there_is_room_for_pushes_out_the_one_that_waits_longest() -> None:
    with in_background(limits=Limits(connections=5)) as server, ExitStack() as crowd:
        waiting = [crowd.enter_context(server.connect()) for _ in range(5)]
        assert server.seen()["path"] == "/"
        assert waiting[0].recv(1) == b""


def test_clients_wait_when_there_is_no_room_at_all() -> None:
    has_expected_status.clear()
    released.clear()
    with in_background(limits=Limits(connections=1)) as server, server.connect() as first:
        first.sendall(request("GET", "/held", "Connection: close"))
        assert has_expected_status.wait(5)
        with server.connect() as second:
            second.sendall(GET)
            released.set()
            assert read(first)[0].status == 200
            first.close()
            assert read(second)[0].status == 200


def test_clients_that_hang_up_mid_response_leave_nothing_behind(server: ReloadingCatalog) -> None:
    files = server.seen()["files"]
    for _ in range(10):
        with server.connect() as client:
            client.sendall(request("GET", "/big"))
            client.recv(1000)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert eventually(lambda: server.seen()["files"] <= files)


def eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 5
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_quickly_and_quietly(number: int) -> None:
    with served(workers=2) as process, process.connect() as idle:
        process.seen()
        began = time.monotonic()
        _, err = process.end(number)
        # Waiting for the client that says nothing would take as long as it may stay idle.
        assert time.monotonic() - began < Limits().idle_seconds / 5
        assert (process.process.returncode, err, idle.recv(1)) == (0, "", b"")


def test_the_end_of_its_terminal_ends_it() -> None:
    with served() as process:
        process.seen()
        process.end(signal.SIGHUP)
        assert process.process.returncode == 0


def test_the_end_of_its_terminal_does_not_end_it_under_nohup() -> None:
    with served("127.0.0.1", "nohup") as process:
        process.seen()
        process.process.send_signal(signal.SIGHUP)
        pid = process.seen()["pid"]
        os.kill(pid, signal.SIGHUP)
        assert process.seen()["pid"] == pid
        process.end()
        assert process.process.returncode == 0


def test_an_response_under_way_is_finished_before_the_end() -> None:
    with served() as process, process.connect() as client:
        client.sendall(request("GET", "/sleep?0.3"))
        process.wait_for("asleep")
        process.end()
        assert read(client)[0].status == 200


def test_an_response_that_takes_too_long_does_not_hold_up_the_end() -> None:
    with served() as process, process.connect() as client:
        client.sendall(request("GET", "/sleep?30"))
        process.wait_for("asleep")
        began = time.monotonic()
        _, err = process.end(signal.SIGINT)
        assert time.monotonic() - began < 30 / 2
        assert err == ""


def test_a_worker_that_dies_is_replaced() -> None:
    with served() as process:
        pid = process.seen()["pid"]
        os.kill(pid, signal.SIGKILL)
        assert process.seen()["pid"] != pid
        process.end()


def test_workers_end_when_their_parent_is_gone() -> None:
    with served() as process:
        process.seen()
        process.process.kill()
        process.process.communicate()
        assert eventually(lambda: is_refused(process))


def is_refused(server: ReloadingCatalog) -> bool:
    try:
        server.connect().close()
    except ConnectionRefusedError:
        return True
    return False


def test_it_serves_on_a_thread_of_this_process_and_leaves_nothing_behind() -> None:
    threads = threading.active_count()
    with in_background(threads=2) as server:
        assert server.seen()["pid"] == os.getpid()
        assert server.ask(request("GET", "/big"))[1] == PIECE * 20
    assert threading.active_count() == threads
    assert is_refused(server)


def test_a_thread_of_this_process_stops_with_a_client_that_never_reads() -> None:
    with in_background(limits=Limits(stop_seconds=0.1)) as server:
        client = server.connect()
        client.sendall(request("GET", "/big"))
        assert server.seen()["path"] == "/"
    with client:
        assert len(to_the_end(client)) < 20 * len(PIECE)

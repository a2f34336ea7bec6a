"""The server over raw sockets, with the application of application.py."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from http.client import HTTPResponse, IncompleteRead
from pathlib import Path
from typing import Any

import pytest
from waitress.channel import HTTPChannel

from mockserver.app.responses import SharedFile, shared_body
from mockserver.errors import AddressError
from mockserver.server import background, base_url, listen
from mockserver.server.dispatcher import Dispatcher
from tests.server.application import PIECE, application, entered, eventually, left, released

ROOT = Path(__file__).resolve().parents[2]
GET = b"GET / HTTP/1.1\r\nHost: mock\r\n\r\n"
WITH_FEW_FILES = ("sh", "-c", 'ulimit -n 80 && exec "$@"', "sh")


class Server:
    """The server at an address."""

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


class ServedProcess(Server):
    """A server in a process of its own."""

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
def served(host: str = "127.0.0.1", *wrapper: str) -> Iterator[ServedProcess]:
    listener = listen(host, 0)
    address = listener.getsockname()
    python = [sys.executable, "-W", "error", "-m", "tests.server.application"]
    process = subprocess.Popen(
        [*wrapper, *python, str(listener.fileno())],
        pass_fds=[listener.fileno()],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    listener.close()
    server = ServedProcess(address, process)
    try:
        server.wait_for("ready")
        yield server
        assert process.returncode is not None or server.end()[1] == "", "expected a quiet server"
    finally:
        with process:
            process.terminate()


@contextmanager
def in_background(threads: int = 200) -> Iterator[Server]:
    listener = listen("127.0.0.1", 0)
    with background(application, listener, threads=threads):
        yield Server(listener.getsockname())


@pytest.fixture(scope="module")
def server() -> Iterator[ServedProcess]:
    with served() as process:
        yield process


@pytest.fixture
def held() -> Iterator[None]:
    """Holds what is asked for ``/held`` and ``/stream`` until ``released`` is set."""
    while entered.acquire(blocking=False):
        pass
    released.clear()
    yield
    released.set()


def request(method: str = "GET", path: str = "/", *headers: str, body: bytes = b"") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: mock", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    head = request("POST", "/chunked", "Transfer-Encoding: chunked")
    return head + b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + end


def test_a_free_port_is_found() -> None:
    with listen("127.0.0.1", 0) as listener:
        assert listener.getsockname()[1] > 0


@pytest.mark.parametrize("is_from_make", [False, True])
def test_a_port_in_use_is_named_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch, is_from_make: bool
) -> None:
    monkeypatch.delenv("MAKELEVEL", raising=False)
    if is_from_make:
        monkeypatch.setenv("MAKELEVEL", "1")
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            AddressError, match=rf"port {port} .*in use.*{port + 1}.*--port 0"
        ) as told:
            listen("127.0.0.1", port)
    assert (f"PORT={port + 1}" in str(told.value)) is is_from_make


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
    with pytest.raises(AddressError, match=words) as refused:
        listen("127.0.0.1", 80)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        (("127.0.0.1", 8000), "http://127.0.0.1:8000"),
        (("0.0.0.0", 8000), "http://127.0.0.1:8000"),
        (("192.0.2.1", 80), "http://192.0.2.1:80"),
        (("::", 8000, 0, 0), "http://[::1]:8000"),
        (("::1", 8000, 0, 0), "http://[::1]:8000"),
    ],
)
def test_the_base_url_is_one_that_a_client_can_use(address: tuple[Any, ...], origin: str) -> None:
    assert base_url(address) == origin


def test_ipv6_is_served() -> None:
    with served("::1") as process:
        assert process.seen()["host"] == "::1"


def test_all_addresses_are_served_of_both_families() -> None:
    with served("::") as process:
        process.address = ("127.0.0.1", process.address[1])
        assert process.seen()["path"] == "/"


def test_a_response_names_no_version(server: Server) -> None:
    response, _ = server.ask()
    assert response.headers.get_all("Server") == ["mockserver"]


def test_forwarding_headers_reach_the_application_and_change_nothing(
    server: Server,
) -> None:
    known = server.seen(request("GET", "/", "X-Forwarded-Proto: https"))
    assert (known["scheme"], known["forwarded"]) == ("http", "https")


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"NONSENSE\r\n\r\n", 400),
        (b"get / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n: no name\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nA: \x00\r\n\r\n", 400),
        (b"HEAD / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (request("POST", "/", "Content-Length: many"), 400),
        (request("POST", "/", "Content-Length: -1"), 400),
        (request("POST", "/", "Content-Length: 1", "Content-Length: 2") + b"ab", 400),
        (request("POST", "/", "Transfer-Encoding: chunked") + b"five\r\nabcde\r\n0\r\n\r\n", 400),
        (request("POST", "/", "Transfer-Encoding: chunked") + b"3\r\nabcde\r\n0\r\n\r\n", 400),
        (request("POST", "/", "Transfer-Encoding: gzip"), 501),
        (request("POST", "/", "Content-Length: 9999999999"), 413),
        (request("GET", "/", "A: " + "a" * 70_000), 431),
        (b"GET / HTTP/1.1\r\nA: " + b"a" * 70_000, 431),
        (b"GET /" + b"a" * 70_000, 431),
    ],
)
def test_what_is_not_http_is_refused_and_closed(server: Server, raw: bytes, status: int) -> None:
    with server.connect() as client:
        client.sendall(raw)
        received = to_the_end(client)
    assert re.match(rb"HTTP/1\.[01] (\d+) ", received)[1] == b"%d" % status  # type: ignore[index]
    assert b"waitress" not in received


def test_a_client_that_speaks_tls_fails_at_once_and_is_named_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    trusting = ssl.create_default_context()
    wrong = pytest.raises(ssl.SSLError, match="WRONG_VERSION_NUMBER")
    with in_background() as server, server.connect() as client, wrong:
        trusting.wrap_socket(client, server_hostname="mock")
    assert "its URL must begin with http://" in caplog.text


def test_a_connection_serves_one_request_after_the_other(server: Server) -> None:
    with server.connect() as client:
        for path in ("/one", "/two", "/three"):
            client.sendall(request("POST", path, body=b"body of " + path.encode()))
            body = json.loads(read(client)[1])
            assert (body["path"], body["body"]) == (path, f"body of {path}")


def test_pipelined_requests_are_answered_in_their_order(server: Server) -> None:
    paths = [f"/{n}" for n in range(30)]
    with server.connect() as client:
        client.sendall(b"".join(request("POST", path, body=b"x") for path in paths))
        client.sendall(request("GET", "/last", "Connection: close"))
        answers = to_the_end(client)
    assert re.findall(r'"path": "(/\w+)"', answers.decode()) == [*paths, "/last"]


def test_empty_lines_before_a_request_are_passed_over(server: Server) -> None:
    assert server.seen(b"\r\n\r\n" + GET)["path"] == "/"


def test_http_1_0_is_answered_and_closed(server: Server) -> None:
    with server.connect() as client:
        client.sendall(b"GET /old HTTP/1.0\r\n\r\n")
        response, body = read(client)
        assert (response.status, json.loads(body)["path"], client.recv(1)) == (200, "/old", b"")


def test_http_1_0_is_kept_when_the_client_asks_for_it(server: Server) -> None:
    with server.connect() as client:
        for _ in range(2):
            client.sendall(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            assert read(client)[0].status == 200


def test_connection_close_is_obeyed(server: Server) -> None:
    with server.connect() as client:
        client.sendall(request("GET", "/", "Connection: close"))
        assert read(client)[0].headers["Connection"] == "close"
        assert client.recv(1) == b""


def test_a_response_to_head_has_a_length_and_keeps_the_connection(server: Server) -> None:
    with server.connect() as client:
        client.sendall(request("HEAD", "/cut"))
        response, _ = read(client, "HEAD")
        assert response.headers["Content-Length"] == "10"
        client.sendall(GET)
        assert read(client)[0].status == 200


@pytest.mark.parametrize(
    "raw",
    [
        chunked(b"one ", b"two ", b"three"),
        chunked(b"one two three", end=b"0;last\r\nChecksum: none\r\n\r\n"),
    ],
)
def test_a_chunked_body_is_put_together(server: Server, raw: bytes) -> None:
    assert server.seen(raw)["body"] == "one two three"


@pytest.mark.parametrize("raw", [chunked(b"one ", b"two"), request("POST", body=b"one two")])
def test_a_body_that_comes_byte_by_byte_is_whole(server: Server, raw: bytes) -> None:
    with server.connect() as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in raw:
            client.send(bytes([byte]))
        assert json.loads(read(client)[1])["body"] == "one two"


def test_a_body_of_megabytes_is_whole(server: Server) -> None:
    body = PIECE * 3
    assert server.seen(request("POST", "/", body=body))["body"] == body.decode()


def test_a_client_that_waits_is_told_once_to_continue(server: Server) -> None:
    with server.connect() as client:
        client.sendall(request("POST", "/", "Expect: 100-continue", "Content-Length: 4"))
        assert client.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"body")
        assert client.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_a_broken_application_gets_500_and_a_traceback(caplog: pytest.LogCaptureFixture) -> None:
    with in_background() as server:
        assert server.ask(request("GET", "/broken"))[0].status == 500
        assert server.seen()["path"] == "/"
    assert "RuntimeError: this application is broken" in caplog.text


def test_a_response_that_breaks_half_way_is_cut_off(caplog: pytest.LogCaptureFixture) -> None:
    with in_background() as server, pytest.raises(IncompleteRead):
        server.ask(request("GET", "/half-broken"))
    assert "half broken" in caplog.text


def test_a_body_shorter_than_announced_ends_with_the_connection_and_no_warning(
    server: Server,
) -> None:
    with server.connect() as client:
        client.sendall(request("GET", "/cut"))
        head, _, body = to_the_end(client).partition(b"\r\n\r\n")
    assert (b"Content-Length: 10" in head, body) == (True, b"half")


@pytest.mark.usefixtures("held")
def test_a_response_of_unknown_length_is_sent_as_it_is_made() -> None:
    with in_background() as server, server.connect() as client:
        client.sendall(request("GET", "/stream"))
        with closing(HTTPResponse(client)) as response:
            response.begin()
            assert response.read(7) == b"before "
            server.ask(request("GET", "/release"))
            assert response.read() == b"after"


def test_a_response_of_many_pieces_is_whole(server: Server) -> None:
    assert server.ask(request("GET", "/crumbs"))[1] == b"x" * 3000


def test_a_big_response_is_whole(server: Server) -> None:
    assert server.ask(request("GET", "/big"))[1] == PIECE * 20


def test_a_client_that_reads_late_gets_all_of_it_and_keeps_no_thread() -> None:
    with in_background(threads=1) as server, server.connect() as late:
        late.sendall(request("GET", "/big"))
        assert server.seen()["path"] == "/"
        assert read(late)[1] == PIECE * 20
        late.sendall(GET)
        assert read(late)[0].status == 200


def test_no_two_threads_send_to_one_client(monkeypatch: pytest.MonkeyPatch) -> None:
    send, held = HTTPChannel.handle_write, []

    def handle_write(channel: HTTPChannel) -> None:
        with ThreadPoolExecutor(1) as other:
            lock = channel.outbuf_lock
            held.append(not other.submit(lock.acquire, blocking=False).result())
        send(channel)

    monkeypatch.setattr(HTTPChannel, "handle_write", handle_write)
    with in_background() as server:
        assert server.ask(request("GET", "/big"))[1] == PIECE * 20
    assert held
    assert all(held)


def test_clients_that_do_not_read_cost_no_copy_of_a_shared_body() -> None:
    with in_background() as server, ExitStack() as crowd:
        tracemalloc.start()
        crowd.callback(tracemalloc.stop)
        for _ in range(8):
            crowd.enter_context(server.connect()).sendall(request("GET", "/big"))
        assert server.ask(request("GET", "/big?read"))[0].status == 200
        # The client's own copies of the body that it reads are the most there is.
        assert tracemalloc.get_traced_memory()[1] < 3 * 20 * len(PIECE)


def test_a_shared_file_is_read_in_views_of_its_pieces() -> None:
    pieces = [b"ab", b"", b"cdef", b"g"]
    file = SharedFile(pieces)
    views = list(iter(lambda: file.read(3), b""))
    assert [bytes(view) for view in views] == [b"ab", b"cde", b"f", b"g"]
    assert [view.obj for view in views if isinstance(view, memoryview)][1] is pieces[2]


def test_a_shared_file_is_read_from_where_it_was_moved_to() -> None:
    file = SharedFile([b"ab", b"cdef"])
    assert (file.seek(0, 2), file.read(9)) == (6, b"")
    assert (file.seek(3), bytes(file.read(2)), file.tell()) == (3, b"de", 5)
    assert (file.seek(-4, 1), bytes(file.read(9))) == (1, b"b")


def test_a_server_that_joins_nothing_by_itself_gets_the_pieces() -> None:
    pieces = [b"ab", b"cd"]
    shared = shared_body(
        {"wsgi.file_wrapper": iter},
        [
            pieces[0],
            memoryview(pieces[1]),  # type: ignore[list-item]
        ],
    )
    assert list(shared) == pieces
    assert next(iter(shared)) is pieces[0]


def test_clients_that_never_finish_keep_nobody_out() -> None:
    head, body = request("POST", "/", "Content-Length: 9"), b"part"
    with in_background(threads=4) as server, ExitStack() as crowd:
        for sent in [head[:-1]] * 100 + [head + body] * 100:
            crowd.enter_context(server.connect()).sendall(sent)
        assert server.seen()["path"] == "/"


@pytest.mark.usefixtures("held")
def test_requests_that_wait_keep_nobody_out() -> None:
    with in_background() as server, ExitStack() as crowd:
        for _ in range(100):
            crowd.enter_context(server.connect()).sendall(request("GET", "/held"))
        for _ in range(100):
            assert entered.acquire(timeout=10)
        assert server.seen()["path"] == "/"
        released.set()


def test_a_response_that_takes_long_keeps_nobody_out() -> None:
    with in_background(threads=3) as server, ExitStack() as crowd:
        slow = [crowd.enter_context(server.connect()) for _ in range(2)]
        for client in slow:
            client.sendall(request("GET", "/sleep?1"))
        assert server.seen()["path"] == "/"
        for client in slow:
            client.setblocking(False)
            with pytest.raises(BlockingIOError):
                client.recv(1)


def test_a_request_may_not_wait_where_no_other_thread_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with in_background() as server:
        assert server.seen()["path"] == "/"
        monkeypatch.setattr(threading.Thread, "start", refuse)
        assert server.ask(request("GET", "/may-wait"))[1] == b"False"
        assert server.seen()["path"] == "/"


def test_an_application_that_exits_ends_no_thread_of_the_server(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with in_background() as server:
        with server.connect() as client:
            client.sendall(request("GET", "/exit"))
            assert eventually(lambda: "SystemExit" in caplog.text)
        assert server.seen()["path"] == "/"


def test_more_clients_than_threads_are_all_served() -> None:
    with in_background(threads=2) as server, ExitStack() as crowd:
        clients = [crowd.enter_context(server.connect()) for _ in range(12)]
        for _ in range(5):
            for client in clients:
                client.sendall(GET)
            assert [read(client)[0].status for client in clients] == [200] * 12


def test_a_thread_is_started_only_when_all_others_are_busy() -> None:
    before = threading.active_count()
    with in_background() as server, server.connect() as client:
        for _ in range(20):
            client.sendall(GET)
            assert read(client)[0].status == 200
        assert threading.active_count() < before + 10


@pytest.mark.usefixtures("held")
def test_an_application_is_told_that_its_client_has_left() -> None:
    left.clear()
    with in_background() as server:
        with server.connect() as client:
            client.sendall(request("GET", "/watched"))
            assert entered.acquire(timeout=10)
            assert not left.is_set()
        assert left.wait(10)


def test_a_client_more_than_descriptors_closes_an_idle_connection() -> None:
    with served("127.0.0.1", *WITH_FEW_FILES) as process, ExitStack() as crowd:
        busy = crowd.enter_context(process.connect())
        busy.sendall(request("GET", "/sleep?1"))
        for _ in range(80):
            crowd.enter_context(process.connect())
        assert process.seen()["path"] == "/"
        assert read(busy)[0].status == 200


def test_a_client_that_reads_nothing_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("waitress.adjustments.Adjustments.channel_timeout", 0.5)
    with in_background() as server, server.connect() as client:
        client.sendall(request("GET", "/big"))
        time.sleep(3)
        assert len(to_the_end(client)) < 20 * len(PIECE)


@pytest.mark.usefixtures("held")
def test_a_client_that_does_not_read_a_stream_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("waitress.adjustments.Adjustments.channel_timeout", 0.5)
    left.clear()
    with in_background(threads=2) as server, server.connect() as client:
        client.sendall(request("GET", "/pour"))
        assert left.wait(10)


@pytest.mark.usefixtures("held")
def test_streams_that_nobody_reads_keep_nobody_out() -> None:
    with in_background(threads=4) as server, ExitStack() as crowd:
        for _ in range(8):
            crowd.enter_context(server.connect()).sendall(request("GET", "/pour"))
            assert entered.acquire(timeout=10)
        assert server.seen()["path"] == "/"


def test_a_thread_that_cannot_be_started_ends_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if thread.name == "mockserver-3":
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with in_background() as server, ExitStack() as crowd:
        clients = [crowd.enter_context(server.connect()) for _ in range(4)]
        for client in clients:
            client.sendall(request("GET", "/sleep?1"))
        assert [read(client)[0].status for client in clients] == [200] * 4
    assert "cannot start more than 3 threads" in caplog.text


@pytest.mark.parametrize("threads", [1, 4, 256])
def test_three_quarters_of_the_threads_may_wait(threads: int) -> None:
    dispatcher = Dispatcher(threads, lambda: None)
    waiting = [dispatcher.begin_waiting() for _ in range(threads + 1)]
    dispatcher.end_waiting()
    assert (sum(waiting), dispatcher.begin_waiting()) == (max(1, threads * 3 // 4), True)


def test_a_file_system_that_is_read_only_is_needed_for_large_bodies_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    with in_background() as server:
        assert server.ask(request("GET", "/crumbs"))[1] == b"x" * 3000
        assert server.ask(request("POST", "/", body=bytes(100_000)))[0].status == 200
        assert server.ask(request("POST", "/", body=PIECE * 3))[0].status == 507
        assert server.ask(request("GET", "/big"))[1] == PIECE * 20


def test_clients_that_hang_up_mid_response_leave_nothing_behind(server: Server) -> None:
    files = server.seen()["files"]
    for _ in range(10):
        with server.connect() as client:
            client.sendall(request("GET", "/big"))
            client.recv(1000)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert eventually(lambda: server.seen()["files"] <= files)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_with_0_and_quietly(number: int) -> None:
    with served() as process, process.connect() as idle:
        process.seen()
        _, complaints = process.end(number)
        assert (process.process.returncode, complaints, idle.recv(1)) == (0, "", b"")


def test_the_end_of_its_terminal_does_not_end_it_under_nohup() -> None:
    with served("127.0.0.1", "nohup") as process:
        process.process.send_signal(signal.SIGHUP)
        assert process.seen()["path"] == "/"
        process.end()
        assert process.process.returncode == 0


def test_a_response_under_way_is_finished_before_the_end() -> None:
    with served() as process, process.connect() as client:
        client.sendall(request("GET", "/sleep?0.3"))
        process.wait_for("asleep")
        process.end()
        assert (process.process.returncode, read(client)[0].status) == (0, 200)


def test_a_response_that_takes_too_long_does_not_hold_up_the_end() -> None:
    with served() as process, process.connect() as client:
        client.sendall(request("GET", "/sleep?3600"))
        process.wait_for("asleep")
        process.end(signal.SIGINT)
        assert (process.process.returncode, client.recv(1)) == (0, b"")


def test_signals_while_it_ends_change_nothing() -> None:
    with served() as process, process.connect() as client:
        client.sendall(request("GET", "/sleep?3600"))
        process.wait_for("asleep")
        for _ in range(5):
            process.process.send_signal(signal.SIGINT)
            time.sleep(0.01)
        process.end()
        assert process.process.returncode == 0


def test_it_serves_on_a_thread_of_this_process_and_leaves_nothing_behind() -> None:
    threads, files = threading.active_count(), len(list(Path("/dev/fd").iterdir()))
    with in_background() as server:
        assert server.ask(request("GET", "/big"))[1] == PIECE * 20
    assert threading.active_count() == threads
    assert len(list(Path("/dev/fd").iterdir())) == files
    with pytest.raises(ConnectionRefusedError):
        server.connect()


def test_a_thread_of_this_process_stops_with_a_client_that_never_reads() -> None:
    with in_background() as server:
        client = server.connect()
        client.sendall(request("GET", "/big"))
        assert server.seen()["path"] == "/"
    with client:
        assert len(to_the_end(client)) < 20 * len(PIECE)

"""The application behind the server in these tests; as a program, it is served by a process."""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

from mockserver.app.responses import shared_body
from mockserver.server import serve

PIECE = b"0123456789abcdef" * 65536

entered = threading.Semaphore(0)
released = threading.Event()
left = threading.Event()


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer by the path: one part of the server's behaviour each."""
    match environ["PATH_INFO"]:
        case "/big":
            start_response("200 OK", [("Content-Length", str(20 * len(PIECE)))])
            return shared_body(environ, [PIECE] * 20)
        case "/crumbs":
            return answer(start_response, [b"x"] * 3000)
        case "/cut":
            start_response("200 OK", [("Content-Length", "10")])
            return [] if environ["REQUEST_METHOD"] == "HEAD" else [b"half"]
        case "/broken":
            raise RuntimeError("this application is broken")
        case "/exit":
            raise SystemExit
        case "/may-wait":
            return answer(start_response, [str(environ["mockserver.may_wait"]()).encode()])
        case "/half-broken":
            return half_broken(start_response)
        case "/pour":
            return pour(start_response)
        case "/stream":
            return stream(start_response)
    wait(environ)
    return answer(start_response, [json.dumps(seen(environ)).encode()])


def wait(environ: WSGIEnvironment) -> None:
    match environ["PATH_INFO"]:
        case "/held":
            assert environ["mockserver.may_wait"]()
            entered.release()
            released.wait(10)
        case "/release":
            released.set()
        case "/watched":
            entered.release()
            eventually(environ["waitress.client_disconnected"])
            left.set()
        case "/sleep":
            print("asleep", flush=True)
            time.sleep(float(environ["QUERY_STRING"]))


def answer(start_response: StartResponse, pieces: list[bytes]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Length", str(sum(map(len, pieces))))])
    return pieces


def seen(environ: WSGIEnvironment) -> dict[str, object]:
    return {
        "method": environ["REQUEST_METHOD"],
        "path": environ["PATH_INFO"],
        "body": environ["wsgi.input"].read().decode(),
        "scheme": environ["wsgi.url_scheme"],
        "forwarded": environ.get("HTTP_X_FORWARDED_PROTO"),
        "host": environ["SERVER_NAME"],
        "files": len(list(Path("/dev/fd").iterdir())),
    }


def stream(start_response: StartResponse) -> Iterator[bytes]:
    start_response("200 OK", [])
    yield b"before "
    released.wait(10)
    yield b"after"


def pour(start_response: StartResponse) -> Iterator[bytes]:
    """Send more than a client that does not read lets through."""
    start_response("200 OK", [])
    entered.release()
    try:
        for _ in range(1000):
            yield PIECE
    finally:
        left.set()


def half_broken(start_response: StartResponse) -> Iterator[bytes]:
    start_response("200 OK", [])
    yield b"before "
    raise RuntimeError("this application is half broken")


def main() -> None:
    """Be the served process: the listener's descriptor comes as the argument."""
    listener = socket.socket(fileno=int(sys.argv[1]))
    serve(application, listener, on_ready=lambda: print("ready", flush=True))


def eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


if __name__ == "__main__":
    main()

"""Servers that behave almost like the mock: a behavior changes the requests or the responses."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import TYPE_CHECKING, TypeAlias

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import run_wsgi_app

from mockserver.app.factory import create_app
from mockserver.settings import Settings
from mockserver.strict_json import JSON

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


@dataclass(frozen=True)
class StubRequest:
    """A request as it came in."""

    method: str
    path: str
    body: bytes
    authorization: str | None

    @property
    def json(self) -> JSON:
        """The parsed body; None where it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def with_json(self, body: JSON) -> StubRequest:
        return replace(self, body=json.dumps(body).encode())


@dataclass(frozen=True)
class Response:
    """An answer before it goes out; ``Content-Length`` is added where ``length`` is not false.

    :ivar length: a number stands for another ``Content-Length`` than the true one.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    length: int | bool = True

    @property
    def json(self) -> JSON:
        return json.loads(self.body)

    def with_json(self, body: JSON) -> Response:
        return replace(self, body=json.dumps(body).encode())

    def with_header(self, name: str, value: str) -> Response:
        kept = {known: v for known, v in self.headers.items() if known.lower() != name.lower()}
        return replace(self, headers={**kept, name: value})


Right: TypeAlias = Callable[[StubRequest], Response]
"""Returns the mock's response to a request."""
Behavior: TypeAlias = Callable[[StubRequest, Right], Response]
"""Returns a server's response, and may read the right one."""


def mock_of(contract_id: str, **settings: JSON) -> Flask:
    return create_app(Settings(contracts=(contract_id,), **settings))


@dataclass(frozen=True)
class StubServer:
    """A WSGI application that behaves."""

    mock: Flask
    behave: Behavior

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        key = environ.get("HTTP_AUTHORIZATION")
        request = StubRequest(environ["REQUEST_METHOD"], _path(environ), body, key)
        response = self.behave(request, lambda it: call_mock(self.mock, environ, it))
        headers = dict(response.headers)
        if response.length is not False:
            true_length = len(response.body)
            headers["Content-Length"] = str(
                true_length if response.length is True else response.length
            )
        start_response(f"{response.status} Whatever", list(headers.items()))
        return [response.body]


def _path(environ: WSGIEnvironment) -> str:
    query = environ.get("QUERY_STRING", "")
    return str(environ["PATH_INFO"]) + (f"?{query}" if query else "")


def call_mock(mock: Flask, environ: WSGIEnvironment, request: StubRequest) -> Response:
    """Return the mock's response to the request ``environ`` with the content of ``request``."""
    path, _, query = request.path.partition("?")
    asking = {
        **{name: value for name, value in environ.items() if name != "HTTP_AUTHORIZATION"},
        **({} if request.authorization is None else {"HTTP_AUTHORIZATION": request.authorization}),
        "CONTENT_LENGTH": str(len(request.body)),
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "REQUEST_METHOD": request.method,
        "wsgi.input": BytesIO(request.body),
    }
    pieces, status, headers = run_wsgi_app(mock, asking, buffered=True)
    kept = {name: value for name, value in headers.items() if name != "Content-Length"}
    return Response(int(status.split()[0]), kept, b"".join(pieces))


class _Handler(WSGIRequestHandler):
    """Speaks HTTP/1.1, so that an answer without a length is sent in chunks; says nothing."""

    protocol_version = "HTTP/1.1"

    def log(self, *_: JSON) -> None:
        pass


@contextmanager
def serving(application: StubServer) -> Iterator[str]:
    """Serve on a free port of this machine; give the base URL."""
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

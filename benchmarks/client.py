"""Requests of a client that need no HTTP library of their own."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping

from benchmarks.servers import HEADERS


def body(**fields: object) -> bytes:
    """Return the body of a request for images."""
    wanted = {"model": "dall-e-2", "prompt": "A fox", "response_format": "b64_json", **fields}
    return json.dumps({"size": "1024x1024", **wanted}).encode()


def head(method: str, path: str, body: bytes, headers: Mapping[str, str] = HEADERS) -> bytes:
    """Return the request line and the headers of a request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def call(address: tuple[str, int], method: str, path: str, body: bytes) -> int:
    """Send a request on a connection of its own, and return the status."""
    connection = http.client.HTTPConnection(*address, timeout=60)
    connection.request(method, path, body, HEADERS)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status

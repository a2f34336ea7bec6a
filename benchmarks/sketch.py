"""A minimal Flask application to compare servers.

It reads the request's JSON, checks three fields, and responds with byte strings that all responses
share: the minimum of a mock of this endpoint. Most servers load ``benchmarks.sketch``;
``python -m benchmarks.sketch PORT`` runs it on the mock's own.
"""

from __future__ import annotations

import base64
import os
import sys

from flask import Flask, Response, request

from mockserver.app.shared_body import shared_body
from mockserver.server import listen, serve

__all__ = ["app"]

# As large as the mock's own images of these sizes.
IMAGES = {
    size: base64.b64encode(os.urandom(length))
    for size, length in {"256x256": 75_000, "1024x1024": 1_425_000}.items()
}

app = Flask(__name__)


@app.post("/v1/images/generations")
def generate() -> Response:
    body = request.get_json()
    n, size = body.get("n", 1), body.get("size", "1024x1024")
    if not isinstance(body.get("prompt"), str) or n not in range(1, 11) or size not in IMAGES:
        return Response(status=400)
    pieces = [b'{"output": {"choices": [']
    pieces += [b'{"image_base64": "', IMAGES[size], b'"}, '] * n
    pieces[-1:] = [b'"}', b"]}}"]
    headers = {"Content-Length": str(sum(map(len, pieces))), "Content-Type": "application/json"}
    return Response(shared_body(request.environ, pieces), 201, headers, direct_passthrough=True)


if __name__ == "__main__":
    serve(app, listen("127.0.0.1", int(sys.argv[1])), on_ready=lambda: None)

"""The CPU time of a response beside that of an empty Flask view.

Both are WSGI applications in one process, called with the same environment, so that neither a
server nor a client is measured. The empty view reads the body and returns 600 bytes. The mock
responds with a link, with the journal and a rate limit enabled.
"""

from __future__ import annotations

import argparse
import io
import json
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import TYPE_CHECKING

from flask import Flask, Response, request
from werkzeug.test import EnvironBuilder

from mockserver.app.factory import create_app
from mockserver.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

_PATH = "/v1/images/generations"
_BODY = json.dumps(
    {"model": "dall-e-2", "prompt": "A red fox in the snow", "n": 1, "size": "512x512"}
).encode()
_HEADERS = {"Authorization": "Bearer mock-key", "User-Agent": "benchmark", "Accept": "*/*"}


def main(arguments: Sequence[str]) -> None:
    """Measure both in alternating rounds, and print the medians and their ratio."""
    options = _parser().parse_args(arguments)
    applications = _mock(), _empty_view()
    for application in applications:
        _microseconds(application, options.requests)
    pairs = [
        [_microseconds(a, options.requests) for a in applications] for _ in range(options.rounds)
    ]
    mock, empty = zip(*pairs, strict=True)
    ratios = sorted(a / b for a, b in pairs)
    print(f"a response with a link  {median(mock):5.0f} us")
    print(f"an empty Flask view     {median(empty):5.0f} us")
    print(
        f"ratio {median(ratios):.2f} ({ratios[0]:.2f}..{ratios[-1]:.2f}), {options.rounds} rounds"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks cost", description=__doc__)
    parser.add_argument("--rounds", type=int, default=101)
    parser.add_argument("--requests", type=int, default=100, help="of each round")
    return parser


def _mock() -> WSGIApplication:
    return create_app(
        Settings(contracts=("dall-e-2@2026-01-16",), rate_limit="1000000/minute", concurrency=8)
    )


def _empty_view() -> WSGIApplication:
    app = Flask(__name__, static_folder=None)

    def view() -> Response:
        request.get_data()
        return Response(bytes(600), mimetype="application/json")

    app.add_url_rule(_PATH, view_func=view, methods=["POST"])
    return app


def _microseconds(application: WSGIApplication, requests: int) -> float:
    """Return the mean CPU time of one request."""
    environ = EnvironBuilder(
        path=_PATH, method="POST", headers=list(_HEADERS.items())
    ).get_environ()
    environ |= {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(_BODY))}
    begin = time.process_time()
    for _ in range(requests):
        _call(application, environ | {"wsgi.input": io.BytesIO(_BODY)})
    return (time.process_time() - begin) / requests * 1e6


def _call(application: WSGIApplication, environ: WSGIEnvironment) -> None:
    assert b"".join(application(environ, _start_response))


def _start_response(status: str, *_: object) -> Callable[[bytes], object]:
    assert status.startswith("200"), status
    return lambda _: None

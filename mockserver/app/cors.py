"""Cross-origin requests: the headers that let pages of other origins call the API."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from flask import Request
from werkzeug.datastructures import Headers

from mockserver.app.admin import PREFIX as ADMIN
from mockserver.app.context import RECORDING
from mockserver.app.faults.prefer_header import APPLIED, WARNING
from mockserver.contracts.error_catalog import REQUEST_ID
from mockserver.contracts.response_headers import transport_fields

_EXPOSED = (REQUEST_ID, APPLIED, RECORDING, WARNING, "Retry-After", "retry-after-ms")


def add_cors(request: Request, headers: Headers, origins: Collection[str]) -> None:
    """Let a page of another origin read a response, unless it is one of the admin API.

    :param headers: those of the response.
    :param origins: those whose pages may call, such as ``http://localhost:3000``; ``*`` is any.
    """
    origin = request.environ.get("HTTP_ORIGIN")
    if origin is None or not origins or request.path.startswith(ADMIN):
        return
    if "*" not in origins:
        headers.add("Vary", "Origin")
    if "*" in origins or origin in origins:
        headers["Access-Control-Allow-Origin"] = "*" if "*" in origins else origin
        headers["Access-Control-Expose-Headers"] = _exposed()
        if request.method == "OPTIONS":
            requested = request.headers.get("Access-Control-Request-Headers", "")
            headers["Access-Control-Allow-Headers"] = requested
            headers["Access-Control-Allow-Methods"] = headers.get("Allow", "")


@cache
def _exposed() -> str:
    return ", ".join([*_EXPOSED, *transport_fields()])

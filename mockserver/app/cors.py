"""Cross-origin requests: the headers that let pages of other origins call the API."""

from __future__ import annotations

from collections.abc import Collection

from flask import Flask, Response, request

from mockserver.app.admin import PREFIX as ADMIN
from mockserver.app.context import RECORDING
from mockserver.app.faults.prefer_header import APPLIED, WARNING
from mockserver.contracts.error_catalog import REQUEST_ID
from mockserver.contracts.response_headers import transport_fields

__all__ = ["install_cors"]

_EXPOSED = (REQUEST_ID, APPLIED, RECORDING, WARNING, "Retry-After", "retry-after-ms")


def install_cors(app: Flask, origins: Collection[str]) -> None:
    """Let pages of some origins call the API, except its admin API.

    :param origins: such as ``http://localhost:3000``; ``*`` is any.
    """
    exposed = ", ".join([*_EXPOSED, *transport_fields()])

    def add_headers(response: Response) -> Response:
        origin = request.environ.get("HTTP_ORIGIN")
        if origin is None or request.path.startswith(ADMIN):
            return response
        if "*" not in origins:
            response.vary.add("Origin")
        if "*" in origins or origin in origins:
            headers = response.headers
            headers["Access-Control-Allow-Origin"] = "*" if "*" in origins else origin
            headers["Access-Control-Expose-Headers"] = exposed
            if request.method == "OPTIONS":
                requested = request.headers.get("Access-Control-Request-Headers", "")
                headers["Access-Control-Allow-Headers"] = requested
                headers["Access-Control-Allow-Methods"] = headers.get("Allow", "")
        return response

    app.after_request(add_headers)

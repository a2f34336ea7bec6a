"""Cross-origin requests: the headers that let pages of other origins call the API."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import cache
from typing import TYPE_CHECKING

from werkzeug.datastructures import Headers

from mockserver.app.admin import PREFIX as ADMIN
from mockserver.app.context import RECORDING
from mockserver.app.faults.prefer_header import APPLIED, WARNING
from mockserver.contracts.error_catalog import REQUEST_ID
from mockserver.contracts.response_headers import transport_fields

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_EXPOSED = (REQUEST_ID, APPLIED, RECORDING, WARNING, "Retry-After", "retry-after-ms")


def allow_origins(wsgi_app: WSGIApplication, origins: Collection[str]) -> WSGIApplication:
    """Return an application whose API, except its admin API, pages of some origins may call.

    :param origins: such as ``http://localhost:3000``; ``*`` is any.
    """

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if "HTTP_ORIGIN" not in environ or environ["PATH_INFO"].startswith(ADMIN):
            return wsgi_app(environ, start_response)

        def start(
            status: str, headers: list[tuple[str, str]], exc_info: OptExcInfo | None = None, /
        ) -> Callable[[bytes], object]:
            return start_response(status, _with_cors(environ, headers, origins), exc_info)

        return wsgi_app(environ, start)

    return application


@cache
def _exposed() -> str:
    return ", ".join([*_EXPOSED, *transport_fields()])


def _with_cors(
    environ: WSGIEnvironment, headers: list[tuple[str, str]], origins: Collection[str]
) -> list[tuple[str, str]]:
    origin, added = environ["HTTP_ORIGIN"], Headers(headers)
    if "*" not in origins:
        added.add("Vary", "Origin")
    if "*" in origins or origin in origins:
        added["Access-Control-Allow-Origin"] = "*" if "*" in origins else origin
        added["Access-Control-Expose-Headers"] = _exposed()
        if environ["REQUEST_METHOD"] == "OPTIONS":
            requested = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
            added["Access-Control-Allow-Headers"] = requested
            added["Access-Control-Allow-Methods"] = added.get("Allow", "")
    return added.to_wsgi_list()

"""The origin of the absolute links in responses."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from urllib.parse import urlsplit

from flask.globals import request_ctx
from werkzeug.sansio.utils import get_current_url, get_host
from werkzeug.urls import iri_to_uri

from mockserver.contracts.error_catalog import api_error
from mockserver.contracts.finding import quote


def link_origin(public_url: str | None) -> str:
    """Return the public origin, else the one of the current request; without a slash at its end.

    :raises APIError: when the request's ``Host`` is one that no link can lead to.
    """
    request = request_ctx.request
    host = request.environ.get("HTTP_HOST")
    origin = public_url or _request_origin(request.scheme, host, request.server, request.root_path)
    if origin is None:
        raise api_error(
            "validation",
            f"Host: Expected a host that links can lead to, received {quote(host or '')}",
        )
    return origin.rstrip("/")


@lru_cache(maxsize=64)
def _request_origin(
    scheme: str, host_header: str | None, server: tuple[str, int | None] | None, root_path: str
) -> str | None:
    """Return the origin that the caller used; None when no link can lead there."""
    host = get_host(scheme, host_header, server)
    with suppress(ValueError):
        origin = iri_to_uri(get_current_url(scheme, host, root_path))
        if urlsplit(origin).hostname and origin.startswith(("http://", "https://")):
            return origin
    return None

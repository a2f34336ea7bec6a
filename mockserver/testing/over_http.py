"""The admin API of a mock that is served."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from mockserver.errors import MockserverError
from mockserver.strict_json import JSON
from mockserver.testing.admin_client import AdminTransport

__all__ = ["over_http"]

_TIMEOUT_SECONDS = 70.0
"""Seconds that an answer may take: the admin API itself waits for requests for up to 60."""


def over_http(url: str, token: str | None = None) -> AdminTransport:
    """Call the admin API of a mock that is served.

    :param url: its origin, such as ``http://127.0.0.1:8000``.
    :param token: of ``--admin-token``, where the mock was started with one.
    """
    authorization = {"Authorization": f"Bearer {token}"} if token else {}

    def send(method: str, path: str, body: JSON) -> tuple[int, JSON]:
        text = json.dumps(body) if body is not None else None
        try:
            return _exchange(url, method, path, text, authorization)
        except (OSError, HTTPException, ValueError) as error:
            reason = f"no mock answers at {url} ({error}); `mockserver serve` starts one"
            raise MockserverError(reason) from None

    return send


def _exchange(
    url: str, method: str, path: str, body: str | None, headers: Mapping[str, str]
) -> tuple[int, JSON]:
    origin = urlsplit(url if "//" in url else f"http://{url}")
    kind = HTTPSConnection if origin.scheme == "https" else HTTPConnection
    connection = kind(origin.hostname or "", origin.port, timeout=_TIMEOUT_SECONDS)
    try:
        about = {**headers, "Content-Type": "application/json"}
        connection.request(method, origin.path.rstrip("/") + path, body, about)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()

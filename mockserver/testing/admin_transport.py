"""What calls the admin API of a mock over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TypeAlias
from urllib.parse import urlsplit

from mockserver.errors import MockserverError
from mockserver.recording.target import without_version
from mockserver.strict_json import JSON

_TIMEOUT_SECONDS = 70.0
"""The admin API itself waits for requests for up to 60 seconds."""

AdminTransport: TypeAlias = Callable[[str, str, JSON], tuple[int, JSON]]
"""Calls the admin API: takes method, path with query, JSON body; returns status and JSON."""


def over_http(url: str, token: str | None = None) -> AdminTransport:
    """Return what calls the admin API of a mock over HTTP.

    :param url: the mock's origin or base URL, such as ``http://127.0.0.1:8000/v1``.
    :param token: of ``--admin-token``, where the mock was started with one.
    :raises MockserverError: when the URL has a password, which would be printed with it.
    """
    if "@" in url:
        raise MockserverError("expected the URL of a mock without user and password")
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"

    def send(method: str, path: str, body: JSON) -> tuple[int, JSON]:
        text = json.dumps(body) if body is not None else None
        try:
            origin = urlsplit(url if "//" in url else f"http://{url}")
            connect = HTTPSConnection if origin.scheme == "https" else HTTPConnection
            host = origin.hostname or ""
            with closing(connect(host, origin.port, timeout=_TIMEOUT_SECONDS)) as connection:
                connection.request(method, without_version(origin.path) + path, text, headers)
                response = connection.getresponse()
                return response.status, json.loads(response.read())
        except json.JSONDecodeError:
            raise MockserverError(f"no mock answers at {url}: the response is no JSON") from None
        except (OSError, HTTPException, ValueError) as error:
            reason = f"no mock answers at {url} ({error}); `mockserver serve` starts one"
            raise MockserverError(reason) from None

    return send

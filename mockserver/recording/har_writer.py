"""Write exchanges as HAR 1.2, which browsers and proxies read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http.client import responses
from urllib.parse import parse_qsl, urlsplit

from mockserver import __version__
from mockserver.contracts import Request, Response
from mockserver.contracts.error_catalog import timestamp
from mockserver.strict_json import JSON

_HTTP_VERSION = "HTTP/1.1"
_UNKNOWN = -1
_NO_BODY = "The journal keeps no images, and no body that holds some."


def har_of(entries: Iterable[JSON]) -> JSON:
    """Return the content of a HAR file.

    :param entries: from :func:`har_entry`.
    """
    creator = {"name": "aimlapi-mockserver", "version": __version__}
    return {"log": {"version": "1.2", "creator": creator, "entries": [*entries]}}


def har_entry(begun: float, request: Request, response: Response) -> JSON:
    """Return an exchange as the entry of a HAR file.

    :param begun: when the request came, in seconds since 1970-01-01 UTC.
    :param request: without secrets, as the response, whose body is text.
    """
    milliseconds = round(response.seconds * 1000, 3)
    return {
        "startedDateTime": timestamp(begun),
        "time": milliseconds,
        "request": _request(request),
        "response": _response(response),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
    }


def _request(request: Request) -> JSON:
    query = parse_qsl(urlsplit(request.url).query, keep_blank_values=True)
    posted = {"mimeType": request.media_type, "text": request.body.decode(errors="replace")}
    return {
        "method": request.method,
        "url": request.url,
        "httpVersion": _HTTP_VERSION,
        "cookies": [],
        "headers": _pairs(request.headers),
        "queryString": [{"name": name, "value": value} for name, value in query],
        **({"postData": posted} if request.body else {}),
        "headersSize": _UNKNOWN,
        "bodySize": len(request.body),
    }


def _response(response: Response) -> JSON:
    length = response.headers.get("content-length", "")
    size = int(length) if length.isdecimal() else _UNKNOWN
    text = (
        {"text": response.body.decode(errors="replace")} if response.body else {"comment": _NO_BODY}
    )
    return {
        "status": response.status,
        "statusText": responses.get(response.status, ""),
        "httpVersion": _HTTP_VERSION,
        "cookies": [],
        "headers": _pairs(response.headers),
        "content": {"size": size, "mimeType": response.media_type, **text},
        "redirectURL": response.headers.get("location", ""),
        "headersSize": _UNKNOWN,
        "bodySize": size,
    }


def _pairs(headers: Mapping[str, str]) -> list[JSON]:
    return [{"name": name, "value": value} for name, value in headers.items()]

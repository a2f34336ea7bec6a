"""Entries of the journal as HAR 1.2, which browsers and proxies read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from http.client import responses
from urllib.parse import parse_qsl, urlsplit

from mockserver import __version__
from mockserver.app.journal_entry import Entry
from mockserver.contracts import Request, Response
from mockserver.contracts.error_catalog import timestamp
from mockserver.recording.redact import ELLIPSIS
from mockserver.strict_json import JSON

_HTTP_VERSION = "HTTP/1.1"
_UNKNOWN = -1
_NO_BODY = "The journal keeps no images, and no body that holds some."


def journal_to_har(entries: Iterable[Entry], origin: str) -> JSON:
    """Return the content of a HAR file, without secrets.

    A response whose body holds images, or is long, has no body: the journal does not keep it whole.

    :param origin: of the mock, such as ``http://127.0.0.1:8000``.
    """
    creator = {"name": "aimlapi-mockserver", "version": __version__}
    shown = [_entry(entry, origin) for entry in entries]
    return {"log": {"version": "1.2", "creator": creator, "entries": shown}}


def _entry(entry: Entry, origin: str) -> JSON:
    milliseconds = round(entry.duration, 3)
    return {
        "startedDateTime": timestamp(entry.at),
        "time": milliseconds,
        "request": _request(entry, origin),
        "response": _response(entry),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
    }


def _request(entry: Entry, origin: str) -> JSON:
    fields = entry.fields
    body = b"" if fields is None else json.dumps(fields, ensure_ascii=False).encode()
    sent = Request(entry.method, origin + entry.path, entry.named_headers, body)
    request = entry.redactor.request(sent)
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


def _response(entry: Entry) -> JSON:
    kept = "" if ELLIPSIS in entry.body else entry.body
    received = Response(entry.status, dict(entry.response_headers), kept.encode())
    response = entry.redactor.response(received)
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

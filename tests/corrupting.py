"""Change one place of a JSON file or of an exchange."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from mockserver.contracts import Exchange, Response
from mockserver.strict_json import JSON

GONE = object()
"""The value that removes a field."""


def put(file: Path, pointer: str, value: JSON) -> None:
    """Write a value at a place in a JSON file, which may be new."""
    document = json.loads(file.read_text())
    _put(document, pointer, value)
    file.write_text(json.dumps(document))


def with_field(exchange: Exchange, pointer: str, value: JSON) -> Exchange:
    """The exchange with another value at a place in the response's body."""
    body = json.loads(exchange.response.body)
    _put(body, pointer, value)
    return with_response(exchange, body=json.dumps(body).encode())


def with_response(exchange: Exchange, **changes: JSON) -> Exchange:
    """The exchange with another status, other headers or another body of the response."""
    return replace(exchange, response=replace(exchange.response, **changes))


def with_download(exchange: Exchange, download: Response | str) -> Exchange:
    """The exchange with this download for every link of the response."""
    return replace(exchange, downloads=dict.fromkeys(exchange.downloads, download))


def _put(document: JSON, pointer: str, value: JSON) -> None:
    *steps, last = (int(s) if s.isdecimal() else s for s in pointer.split("/")[1:])
    node = document
    for step in steps:
        node = node[step]
    if value is GONE:
        del node[last]
    else:
        node[last] = value

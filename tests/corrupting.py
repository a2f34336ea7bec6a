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
    holder, last = place(document, pointer)
    if value is GONE:
        del holder[last]
    else:
        holder[last] = value


def place(document: JSON, pointer: str) -> tuple[JSON, str | int]:
    """The object or list that holds what is at a JSON pointer, and its name or index there."""
    *steps, last = pointer.split("/")[1:]
    for step in steps:
        document = document[int(step) if isinstance(document, list) else step]
    return document, int(last) if isinstance(document, list) else last

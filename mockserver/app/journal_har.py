"""An entry of the journal as one of a HAR file."""

from __future__ import annotations

import json
from dataclasses import replace

from mockserver.app.journal_entry import Entry
from mockserver.contracts import Request, Response
from mockserver.recording.har_writer import har_entry
from mockserver.recording.redact import ELLIPSIS
from mockserver.strict_json import JSON


def entry_to_har(entry: Entry, origin: str) -> JSON:
    """Return an entry of the journal as one of a HAR file, without secrets.

    A response whose body holds images, or is long, has no body: the journal does not keep it whole.

    :param origin: of the mock, such as ``http://127.0.0.1:8000``.
    """
    fields = entry.fields
    body = b"" if fields is None else json.dumps(fields, ensure_ascii=False).encode()
    request = Request(entry.method, origin + entry.path, entry.named_headers, body)
    kept = "" if ELLIPSIS in entry.body else entry.body
    response = Response(entry.status, dict(entry.response_headers), kept.encode())
    seconds = entry.duration / 1000
    return har_entry(
        entry.at,
        entry.redactor.request(request),
        replace(entry.redactor.response(response), seconds=seconds),
    )

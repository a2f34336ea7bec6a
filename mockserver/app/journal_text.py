"""An entry of the journal as text, for a store that others read."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict

from mockserver.app.journal_entry import Entry
from mockserver.app.signed_urls import ImageRef
from mockserver.contracts import Contract, Finding, Level
from mockserver.errors import MockserverError
from mockserver.recording.redact import Redactor


def entry_to_text(entry: Entry) -> str:
    """Return an entry as text without secrets."""
    redactor = entry.redactor
    findings = [
        {name: redactor.known(text) for name, text in asdict(finding).items()}
        for finding in entry.response_findings
    ]
    response_headers = redactor.headers(dict(entry.response_headers))
    changed = {
        "sent": entry.fields,
        "contract": entry.contract.id if entry.contract else None,
        "headers": redactor.headers(entry.named_headers),
        "response_headers": [*response_headers.items()],
        "redactor": None,
        "response_findings": findings,
        "body": redactor.known(entry.body),
    }
    return json.dumps({**entry._asdict(), **changed})


def entry_of_text(load: Callable[[str], Contract], text: str) -> Entry:
    """Return the entry of a text.

    :param load: returns a contract by its id.
    """
    fields = json.loads(text)
    contract = None
    if fields["contract"]:
        with suppress(MockserverError):  # another process has further contracts
            contract = load(fields["contract"])
    findings = [
        Finding(**{**each, "level": Level(each["level"])}) for each in fields["response_findings"]
    ]
    changed = {
        "contract": contract,
        "redactor": Redactor(),
        "response_findings": tuple(findings),
        "image_refs": tuple(ImageRef(*each) for each in fields["image_refs"]),
    }
    return Entry(**{**fields, **changed})

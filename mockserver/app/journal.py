"""The journal: the latest requests and their responses, what selects some of them, and their text.

The text of an entry is for a store that others read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from heapq import nsmallest

from mockserver.app.context import RequestContext
from mockserver.app.journal_entry import Entry, findings_to_json
from mockserver.app.signed_urls import ImageRef
from mockserver.app.store import Log
from mockserver.clock import monotonic
from mockserver.contracts import Contract, Finding, Level
from mockserver.contracts.finding import quote
from mockserver.errors import MockserverError
from mockserver.recording.redact import Redactor
from mockserver.strict_json import JSON

_NEAREST_COUNT = 3
_LOOK_SECONDS = 0.25


def misses(entry: Entry, filters: Mapping[str, JSON]) -> dict[str, str]:
    """Return what an entry does not match, by filter, as text; empty where it matches.

    :param filters: what is expected, by the names of ``JournalFilter`` in the admin API's document;
        that of ``prompt`` is a part of it.
    """
    found = {}
    for name, expected in filters.items():
        received = entry.filtered(name)
        if name == "prompt":
            if str(expected) not in str(received):
                words = f"a prompt with {quote(expected)}"
                found[name] = f"expected {words}, received {quote(received)}"
        elif expected != received:
            found[name] = f"expected {quote(expected)}, received {quote(received)}"
    return found


class Journal:
    """The latest requests, in the order of their responses.

    :ivar log: keeps them.
    """

    def __init__(self, log: Log[Entry]) -> None:
        self.log = log

    def note(
        self, context: RequestContext, status: int, headers: Iterable[tuple[str, str]]
    ) -> Entry:
        """Add a finished request, without its key, and return its entry.

        :param headers: those of the response.
        """
        entry = Entry.of(context, status, headers)
        self.log.append(context.tenant, entry)
        return entry

    def entries(self, filters: Mapping[str, JSON]) -> list[Entry]:
        """Return the entries that match, the oldest first."""
        return [entry for entry in self.log.items() if not misses(entry, filters)]

    def get(self, entry_id: str) -> Entry | None:
        """Return one entry by its request's UUID."""
        return next((entry for entry in self.log.items() if entry.id == entry_id), None)

    def wait(
        self,
        filters: Mapping[str, JSON],
        count: int,
        timeout: float,
        check: Callable[[], None] = lambda: None,
    ) -> list[Entry]:
        """Wait until so many entries match, or until the timeout, and return them.

        :param timeout: in seconds.
        :param check: called now and then while it waits; what it raises ends the wait.
        """
        deadline = monotonic() + timeout
        while True:
            mark = self.log.mark()
            found = self.entries(filters)
            changed = len(found) >= count
            while not changed and (left := deadline - monotonic()) > 0:
                check()
                changed = self.log.wait(mark, min(left, _LOOK_SECONDS))
            if len(found) >= count or not changed:
                return found

    def nearest(self, filters: Mapping[str, JSON]) -> list[tuple[Entry, dict[str, str]]]:
        """Return the entries that match all but the fewest filters, and what they do not match."""
        missing = ((entry, misses(entry, filters)) for entry in self.log.items())
        return nsmallest(_NEAREST_COUNT, (m for m in missing if m[1]), key=lambda m: len(m[1]))


def entry_to_text(entry: Entry) -> str:
    """Return an entry as text without secrets."""
    redactor = entry.redactor
    response_headers = redactor.headers(dict(entry.response_headers))
    changed = {
        "sent": entry.fields,
        "contract": entry.contract.id if entry.contract else None,
        "headers": redactor.headers(entry.named_headers),
        "response_headers": [*response_headers.items()],
        "redactor": None,
        "response_findings": findings_to_json(entry.response_findings, redactor),
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

"""The journal: the latest requests and their responses, without any key."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass
from heapq import nsmallest
from threading import Condition
from typing import NamedTuple

from mockserver.app.context import RequestContext
from mockserver.clock import monotonic
from mockserver.contracts import Contract, Finding
from mockserver.contracts.error_catalog import timestamp
from mockserver.contracts.finding import quote
from mockserver.contracts.hints import hints
from mockserver.images import Image
from mockserver.recording.redact import ELLIPSIS, Redactor
from mockserver.strict_json import JSON

__all__ = ["Entry", "Journal", "JournalFilter"]

_MAX_NAME_LENGTH = 100
_MAX_TEXT_LENGTH = 4000
_MAX_MEMBERS = 50
_MAX_DEPTH = 4
_NEAREST_COUNT = 3


class Entry(NamedTuple):
    """One request and its response.

    :ivar at: when it came, in seconds since 1970-01-01 UTC.
    :ivar fields: the request's fields as sent, long ones cut; None where it was no JSON.
    :ivar duration: how long the response took, in milliseconds.
    :ivar response_findings: the findings about a response that the proxy forwarded.
    """

    id: str
    at: float
    tenant: str
    method: str
    path: str
    status: int
    duration: float
    fields: JSON
    contract: Contract | None
    fault: str
    variation: str
    recording: str
    message: str
    images: tuple[Image, ...]
    response_findings: tuple[Finding, ...] = ()

    @property
    def findings(self) -> list[Finding]:
        """What breaks the contract, and hints."""
        if self.contract is None or not isinstance(self.fields, dict):
            return [*self.response_findings]
        about_request = self.contract.request_findings(self.fields)
        return [*about_request, *hints(self.contract, self.fields), *self.response_findings]

    def field(self, name: str) -> JSON:
        """Return a field of the request, or its documented default."""
        if not isinstance(self.fields, dict):
            return None
        fields = self.contract.arguments(self.fields) if self.contract else self.fields
        return fields.get(name)

    def to_json(self) -> dict[str, JSON]:
        """Return the entry and its findings as JSON."""
        return {
            "id": self.id,
            "time": timestamp(self.at),
            "tenant": self.tenant,
            "method": self.method,
            "path": self.path,
            "contract": self.contract.id if self.contract else None,
            "fields": self.fields,
            "findings": [asdict(finding) for finding in self.findings],
            "fault": self.fault or None,
            "variation": self.variation or None,
            "recording": self.recording or None,
            "status": self.status,
            "message": self.message or None,
            "duration_ms": round(self.duration, 1),
            "images": [image.to_json() for image in self.images],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalFilter:
    """Selects entries; None matches anything.

    These are the only names of filters: the admin API's document has the same.

    :ivar prompt: a part of the prompt.
    """

    tenant: str | None = None
    method: str | None = None
    path: str | None = None
    model: str | None = None
    prompt: str | None = None
    size: str | None = None
    contract: str | None = None
    fault: str | None = None
    status: int | None = None

    def misses(self, entry: Entry) -> dict[str, str]:
        """Return what an entry does not match, by filter, as text; empty where it matches."""
        received: dict[str, JSON] = {
            "tenant": entry.tenant,
            "method": entry.method,
            "path": entry.path,
            "model": entry.field("model"),
            "prompt": str(entry.field("prompt") or ""),
            "size": entry.field("size"),
            "contract": entry.contract.id if entry.contract else None,
            "fault": entry.fault,
            "status": entry.status,
        }
        found = {}
        for name, expected in asdict(self).items():
            if name == "prompt":
                if expected is not None and expected not in received[name]:
                    words = f"a prompt with {quote(expected)}"
                    found[name] = f"expected {words}, received {quote(received[name])}"
            elif expected not in (None, received[name]):
                found[name] = f"expected {quote(expected)}, received {quote(received[name])}"
        return found

    def matches(self, entry: Entry) -> bool:
        """Return whether an entry matches."""
        return not self.misses(entry)


EVERYTHING = JournalFilter()


class Journal:
    """The latest requests, in the order of their responses.

    :param length: how many are kept.
    """

    def __init__(self, length: int) -> None:
        self._entries: deque[Entry] = deque(maxlen=length)
        self._changed = Condition()

    def note(self, context: RequestContext, status: int) -> None:
        """Add a finished request, without its key."""
        redactor = context.redactor
        entry = Entry(
            id=context.id,
            at=context.at,
            tenant=context.tenant,
            method=context.method,
            path=redactor.known(context.path),
            status=status,
            duration=context.duration,
            fields=_cut(context.fields, redactor),
            contract=context.contract,
            fault=context.fault.name if context.fault else "",
            variation=context.variation,
            recording=context.recording,
            message=redactor.known(context.message),
            images=tuple(context.images),
            response_findings=tuple(context.findings),
        )
        with self._changed:
            self._entries.append(entry)
            self._changed.notify_all()

    def entries(self, journal_filter: JournalFilter = EVERYTHING) -> list[Entry]:
        """Return the entries that match, the oldest first."""
        with self._changed:
            entries = list(self._entries)
        return [entry for entry in entries if journal_filter.matches(entry)]

    def get(self, entry_id: str) -> Entry | None:
        """Return one entry by its request's UUID."""
        return next((entry for entry in self.entries() if entry.id == entry_id), None)

    def wait(self, journal_filter: JournalFilter, count: int, timeout: float) -> list[Entry]:
        """Wait until so many entries match, or until the timeout, and return them.

        :param timeout: in seconds.
        """
        deadline = monotonic() + timeout
        with self._changed:
            while True:
                found = [entry for entry in self._entries if journal_filter.matches(entry)]
                left = deadline - monotonic()
                if len(found) >= count or left <= 0:
                    return found
                self._changed.wait(left)

    def clear(self, tenant: str | None = None) -> int:
        """Remove one tenant's entries, or all, and return how many that were."""
        with self._changed:
            kept = [e for e in self._entries if tenant is not None and e.tenant != tenant]
            removed = len(self._entries) - len(kept)
            self._entries.clear()
            self._entries.extend(kept)
        return removed

    def nearest(self, journal_filter: JournalFilter) -> list[tuple[Entry, dict[str, str]]]:
        """Return the entries that match all but the fewest filters, and what they do not match."""
        misses = ((entry, journal_filter.misses(entry)) for entry in self.entries())
        return nsmallest(_NEAREST_COUNT, (m for m in misses if m[1]), key=lambda m: len(m[1]))


def _cut(value: JSON, redactor: Redactor, depth: int = 0) -> JSON:
    """Return a field without keys, and cut to a size that a person reads."""
    if isinstance(value, str):
        return _cut_text(value, redactor, _MAX_TEXT_LENGTH)
    if depth >= _MAX_DEPTH and isinstance(value, list | dict):
        return ELLIPSIS
    if isinstance(value, list):
        return [_cut(item, redactor, depth + 1) for item in value[:_MAX_MEMBERS]]
    if isinstance(value, dict):
        return {
            _cut_text(name, redactor, _MAX_NAME_LENGTH): _cut(member, redactor, depth + 1)
            for name, member in list(value.items())[:_MAX_MEMBERS]
        }
    return value


def _cut_text(text: str, redactor: Redactor, longest: int) -> str:
    text = redactor.known(text)
    return text if len(text) <= longest else text[:longest] + ELLIPSIS

"""The journal: what was asked and how it was answered, in a ring that never holds a key."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import asdict, dataclass
from threading import Condition

from mockserver.app.context import RequestContext
from mockserver.contracts import Contract, Finding
from mockserver.contracts.error_catalog import timestamp
from mockserver.contracts.finding import quote
from mockserver.contracts.hints import hints
from mockserver.images import Image
from mockserver.recording.redact import ELLIPSIS, Redactor
from mockserver.strict_json import JSON

__all__ = ["Entry", "Journal", "Query"]

_LONGEST_NAME = 100
_LONGEST_TEXT = 4000
_MOST_MEMBERS = 50
_DEEPEST = 4
_NEAREST = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One request, and how it was answered.

    :ivar at: when it came, in seconds since 1970-01-01 UTC.
    :ivar fields: the request's fields as sent, long ones cut; None where it was no JSON.
    :ivar message: what a refusal said.
    :ivar duration: how long the answer took, in milliseconds.
    :ivar images: the images given.
    :ivar wrong: what is wrong with an answer that was passed on.
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
    wrong: tuple[Finding, ...] = ()

    @property
    def findings(self) -> list[Finding]:
        """Everything about the request that breaks the contract, or is worth knowing."""
        if self.contract is None or not isinstance(self.fields, dict):
            return [*self.wrong]
        about_request = self.contract.request_findings(self.fields)
        return [*about_request, *hints(self.contract, self.fields), *self.wrong]

    def field(self, name: str) -> JSON:
        """Give a field of the request, the documented default where it was left out."""
        if not isinstance(self.fields, dict):
            return None
        given = self.contract.arguments(self.fields) if self.contract else self.fields
        return given.get(name)

    def to_json(self) -> dict[str, JSON]:
        """Write the entry down, with its findings."""
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
class Query:
    """Which entries are meant; what is None does not matter.

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
        """Say in what an entry is not what is meant; nothing where it is."""
        received = {
            "tenant": entry.tenant,
            "method": entry.method,
            "path": entry.path,
            "model": entry.field("model"),
            "size": entry.field("size"),
            "contract": entry.contract.id if entry.contract else None,
            "fault": entry.fault,
            "status": entry.status,
        }
        filters = {name: getattr(self, name) for name in received}
        no_effect_reason = {n: v for n, v in filters.items() if v is not None and received[n] != v}
        found = {
            n: f"expected {quote(v)}, received {quote(received[n])}"
            for n, v in no_effect_reason.items()
        }
        prompt = str(entry.field("prompt") or "")
        if self.prompt is not None and self.prompt not in prompt:
            found["prompt"] = (
                f"expected a prompt with {quote(self.prompt)}, received {quote(prompt)}"
            )
        return found

    def holds(self, entry: Entry) -> bool:
        """Tell whether an entry is meant."""
        return not self.misses(entry)


EVERY = Query()
"""Means every entry."""


class Journal:
    """The latest requests, in the order of their answers.

    :param most: how many are kept.
    """

    def __init__(self, most: int) -> None:
        self._entries: deque[Entry] = deque(maxlen=most)
        self._changed = Condition()

    def note(self, context: RequestContext, method: str, path: str, status: int) -> None:
        """Write a finished call down, but no key."""
        redactor = context.redactor
        entry = Entry(
            id=context.id,
            at=time.time() - context.duration / 1000,
            tenant=context.tenant,
            method=method,
            path=redactor.known(path),
            status=status,
            duration=context.duration,
            fields=_cut(context.fields, redactor),
            contract=context.contract,
            fault=context.fault.name if context.fault else "",
            variation=context.variation,
            recording=context.recording,
            message=redactor.known(context.message),
            images=tuple(context.images),
            wrong=tuple(context.findings),
        )
        with self._changed:
            self._entries.append(entry)
            self._changed.notify_all()

    def entries(self, query: Query = EVERY) -> list[Entry]:
        """List the entries that a query means, the oldest first."""
        with self._changed:
            entries = list(self._entries)
        return [entry for entry in entries if query.holds(entry)]

    def get(self, entry_id: str) -> Entry | None:
        """Give one entry by its request's UUID."""
        return next((entry for entry in self.entries() if entry.id == entry_id), None)

    def wait(self, query: Query, count: int, timeout: float) -> list[Entry]:
        """Wait until so many entries are there that a query means, or the time is over.

        :param timeout: in seconds.
        """
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                found = [entry for entry in self._entries if query.holds(entry)]
                left = deadline - time.monotonic()
                if len(found) >= count or left <= 0:
                    return found
                self._changed.wait(left)

    def clear(self, tenant: str | None = None) -> int:
        """Forget one tenant's entries, or all; tell how many that were."""
        with self._changed:
            kept = [e for e in self._entries if tenant is not None and e.tenant != tenant]
            removed = len(self._entries) - len(kept)
            self._entries.clear()
            self._entries.extend(kept)
        return removed

    def nearest(self, query: Query) -> list[tuple[Entry, dict[str, str]]]:
        """Give the entries that miss a query by the least, and in what they miss it."""
        misses = [(entry, query.misses(entry)) for entry in self.entries()]
        return sorted(((e, m) for e, m in misses if m), key=lambda miss: len(miss[1]))[:_NEAREST]


def _cut(value: JSON, redactor: Redactor, depth: int = 0) -> JSON:
    """Keep what a person wants to read of a field: no key, and no megabytes."""
    if isinstance(value, str):
        return _cut_text(value, redactor, _LONGEST_TEXT)
    if depth >= _DEEPEST and isinstance(value, list | dict):
        return ELLIPSIS
    if isinstance(value, list):
        return [_cut(item, redactor, depth + 1) for item in value[:_MOST_MEMBERS]]
    if isinstance(value, dict):
        return {
            _cut_text(name, redactor, _LONGEST_NAME): _cut(member, redactor, depth + 1)
            for name, member in list(value.items())[:_MOST_MEMBERS]
        }
    return value


def _cut_text(text: str, redactor: Redactor, longest: int) -> str:
    text = redactor.known(text)
    return text if len(text) <= longest else text[:longest] + ELLIPSIS

"""The journal: the latest requests and their responses, and what selects some of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from heapq import nsmallest

from mockserver.app.context import RequestContext
from mockserver.app.journal_entry import Entry
from mockserver.app.store import Log, Page
from mockserver.clock import monotonic
from mockserver.contracts.finding import quote

_NEAREST_COUNT = 3
_LOOK_SECONDS = 0.25


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
        found = {}
        for name, expected in asdict(self).items():
            if expected is None:
                continue
            received = entry.filtered(name)
            if name == "prompt":
                if expected not in received:
                    words = f"a prompt with {quote(expected)}"
                    found[name] = f"expected {words}, received {quote(received)}"
            elif expected != received:
                found[name] = f"expected {quote(expected)}, received {quote(received)}"
        return found

    def matches(self, entry: Entry) -> bool:
        """Return whether an entry matches."""
        return not self.misses(entry)


EVERYTHING = JournalFilter()


class Journal:
    """The latest requests, in the order of their responses.

    :param log: keeps them.
    """

    def __init__(self, log: Log[Entry]) -> None:
        self._log = log

    def note(
        self, context: RequestContext, status: int, headers: Iterable[tuple[str, str]]
    ) -> Entry:
        """Add a finished request, without its key, and return its entry.

        :param headers: those of the response.
        """
        entry = Entry.of(context, status, headers)
        self._log.append(context.tenant, entry)
        return entry

    def entries(self, journal_filter: JournalFilter = EVERYTHING) -> list[Entry]:
        """Return the entries that match, the oldest first."""
        return [entry for entry in self._log.items() if journal_filter.matches(entry)]

    def page(self, after: str, limit: int) -> Page[Entry]:
        """Return the oldest entries after a cursor.

        :param after: the cursor of another page; empty for the first one.
        :param limit: how many entries at most.
        """
        return self._log.page(after, limit)

    def get(self, entry_id: str) -> Entry | None:
        """Return one entry by its request's UUID."""
        return next((entry for entry in self._log.items() if entry.id == entry_id), None)

    def wait(
        self,
        journal_filter: JournalFilter,
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
            mark = self._log.mark()
            found = self.entries(journal_filter)
            changed = len(found) >= count
            while not changed and (left := deadline - monotonic()) > 0:
                check()
                changed = self._log.wait(mark, min(left, _LOOK_SECONDS))
            if len(found) >= count or not changed:
                return found

    def clear(self, tenant: str | None = None) -> int:
        """Remove one tenant's entries, or all, and return how many that were."""
        return self._log.clear(tenant)

    def nearest(self, journal_filter: JournalFilter) -> list[tuple[Entry, dict[str, str]]]:
        """Return the entries that match all but the fewest filters, and what they do not match."""
        misses = ((entry, journal_filter.misses(entry)) for entry in self.entries())
        return nsmallest(_NEAREST_COUNT, (m for m in misses if m[1]), key=lambda m: len(m[1]))

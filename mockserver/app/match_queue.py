"""Queues of what happens to matching requests: faults and rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import count
from random import Random
from threading import Lock
from typing import Generic, Protocol, TypeVar

from mockserver.strict_json import JSON

__all__ = ["ALWAYS", "Item", "MatchQueue", "Matching", "Queued"]

ALWAYS = "always"
"""The value of ``times`` for what happens to every matching request."""

_numbers = count(1)


class Matching(Protocol):
    """What happens to matching requests, as data."""

    @property
    def times(self) -> int | str:
        """How many requests it happens to, or ``always``."""

    @property
    def after(self) -> int:
        """How many matching requests pass before."""

    @property
    def probability(self) -> float:
        """How likely it happens to a matching request."""

    @property
    def seed(self) -> int:
        """The seed of the probability."""

    def matches(self, fields: Mapping[str, JSON], tenant: str) -> bool:
        """Return whether it can happen to a tenant's request with these fields."""

    def to_json(self) -> dict[str, JSON]:
        """Return it as JSON."""


Item = TypeVar("Item", bound=Matching)
"""The type of the items in a queue."""


class Queued(Generic[Item]):
    """An item in a queue, and how many requests it matched and happened to."""

    def __init__(self, item: Item) -> None:
        self.number = next(_numbers)
        self.item = item
        self.seen = 0
        self.used = 0
        self._random = Random(item.seed)

    def try_match(self, fields: Mapping[str, JSON], tenant: str) -> bool:
        """Count a request, and return whether the item happens to it."""
        spent = isinstance(self.item.times, int) and self.used >= self.item.times
        if spent or not self.item.matches(fields, tenant):
            return False
        self.seen += 1
        if self.seen <= self.item.after or self._random.random() >= self.item.probability:
            return False
        self.used += 1
        return True

    def drawn(self) -> Item:
        """Return the item for one request, with what its seed draws."""
        return self.item

    def to_json(self) -> dict[str, JSON]:
        """Return the item and its counts as JSON."""
        return {"id": self.number, **self.item.to_json(), "seen": self.seen, "used": self.used}


class MatchQueue(Generic[Item]):
    """Items in the order in which they were set; the first that matches happens."""

    queued_type: type[Queued[Item]] = Queued

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self._lock = Lock()
        self._queued = [self.queued_type(item) for item in items]

    def __len__(self) -> int:
        return len(self._queued)

    def add(self, item: Item) -> Queued[Item]:
        """Append an item.

        :raises SettingsError: when it cannot happen.
        """
        queued = self.queued_type(item)
        with self._lock:
            self._queued.append(queued)
        return queued

    def replace(self, items: Iterable[Item]) -> MatchQueue[Item]:
        """Replace all items.

        :raises SettingsError: when one cannot happen; nothing is replaced then.
        """
        queued = [self.queued_type(item) for item in items]
        with self._lock:
            self._queued = queued
        return self

    def pop_matching(self, fields: Mapping[str, JSON], tenant: str) -> Item | None:
        """Return the item that happens to a tenant's request with these fields, if one does."""
        if not self._queued:
            return None
        with self._lock:
            matching = (queued for queued in self._queued if queued.try_match(fields, tenant))
            first = next(matching, None)
            return first.drawn() if first else None

    def clear(self, number: int | None = None) -> int:
        """Remove one item by its number, or all, and return how many that were."""
        with self._lock:
            kept = [w for w in self._queued if number is not None and w.number != number]
            removed, self._queued = len(self._queued) - len(kept), kept
        return removed

    def to_json(self) -> list[dict[str, JSON]]:
        """Return the items with their counts as JSON."""
        with self._lock:
            return [queued.to_json() for queued in self._queued]

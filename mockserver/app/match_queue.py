"""Queues of what happens to matching requests, such as faults, in the store."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from types import MappingProxyType
from typing import Generic, TypeVar

from mockserver.app.matching import Matching
from mockserver.app.store import EVERYBODY, Counter, Store
from mockserver.contracts.error_catalog import api_error
from mockserver.errors import MockserverError, SettingsError
from mockserver.strict_json import JSON

_MAX_ITEMS = 1000
"""How many items a queue holds."""

_ATTEMPTS = 100
"""How often a change is tried while others change the same queue."""

_log = logging.getLogger("mockserver")


Item = TypeVar("Item", bound=Matching)
"""The type of the items in a queue."""


@dataclass(slots=True)
class _Queued(Generic[Item]):
    """An item in a queue.

    :ivar number: identifies it; the store counts how many requests it matched and happened to.
    :ivar is_spent: whether it is known to have happened as often as it should.
    """

    kind: str
    number: int
    item: Item
    is_spent: bool = False

    @property
    def seen(self) -> Counter:
        return Counter(f"{self.kind} {self.number} seen")

    @property
    def used(self) -> Counter:
        times = self.item.times
        most = times if isinstance(times, int) else None
        return Counter(f"{self.kind} {self.number} used", most)


class MatchQueue(Generic[Item]):
    """Items in the order in which they were set; the first that matches happens.

    :param owner: the scope of the store that has them, and counts for them.
    :param name: the field of the scope.
    :param read: returns the item of what ``to_stored`` has returned.
    :param fields: of the scope, as they are now.
    :param defaults: the items until others are set.
    :param before: the same queue before a change; what stays is not read again.
    """

    def __init__(
        self,
        store: Store,
        owner: str,
        name: str,
        read: Callable[[JSON], Item],
        fields: Mapping[str, JSON] = MappingProxyType({}),
        defaults: Iterable[Item] = (),
        before: MatchQueue[Item] | None = None,
    ) -> None:
        self._store, self._owner, self._name = store, owner, name
        self._read_item = read
        self._defaults = [_Queued(name, number, item) for number, item in enumerate(defaults, 1)]
        self.queued: Sequence[_Queued[Item]] = before.queued if before else ()
        self.queued = self._read(fields)

    def __len__(self) -> int:
        return len(self.queued)

    def _read(self, fields: Mapping[str, JSON]) -> Sequence[_Queued[Item]]:
        if self._name not in fields:
            return self._defaults
        known = {queued.number: queued for queued in self.queued}
        numbered = fields[self._name]
        found = (known.get(number) or self._queue(number, stored) for number, stored in numbered)
        return [queued for queued in found if queued]

    def _queue(self, number: int, stored: JSON) -> _Queued[Item] | None:
        """Return an item that another process has set; None where this one cannot read it."""
        try:
            return _Queued(self._name, number, self._read_item(stored))
        except MockserverError as error:
            _log.warning("left out of the %s: %s", self._name, ascii(str(error))[1:-1])
            return None

    def add(self, item: Item) -> dict[str, JSON]:
        """Append an item, and return it as JSON.

        :raises SettingsError: when there are too many.
        """
        new = self._numbered([item])
        self._change(lambda queued: [*queued, *new])
        return self._show(new[0])

    def add_once(self, name: str, items: Iterable[Item]) -> None:
        """Append items, unless those of the same name have been."""
        new = self._numbered(items)
        self._change(lambda queued: [*queued, *new], name)

    def replace(self, items: Iterable[Item]) -> MatchQueue[Item]:
        """Replace all items.

        :raises SettingsError: when there are too many.
        """
        new = self._numbered(items)
        self._change(lambda _: new)
        return self

    def clear(self, number: int | None = None) -> int:
        """Remove one item by its number, or all, and return how many that were."""
        return self._change(
            lambda queued: [each for each in queued if number not in (None, each.number)]
        )

    def _numbered(self, items: Iterable[Item]) -> list[_Queued[Item]]:
        """Return items with numbers that no other item in the store has."""
        count = len(self._defaults)
        numbered = ((self._store.add(EVERYBODY, Counter("number")).value, item) for item in items)
        return [_Queued(self._name, count + number, item) for number, item in numbered]

    def _change(
        self,
        change: Callable[[Sequence[_Queued[Item]]], Sequence[_Queued[Item]]],
        once: str = "",
    ) -> int:
        """Change the queue as no other process does meanwhile, and return how many are removed.

        :param once: the name of a change that is made only once.
        """
        for _ in range(_ATTEMPTS):
            snapshot = self._store.read(self._owner)
            assert snapshot
            before = self.queued = self._read(snapshot.own)
            if once in snapshot.own:
                return 0
            after = change(before)
            if len(after) > _MAX_ITEMS:
                raise SettingsError(f"expected at most {_MAX_ITEMS} {self._name} in a queue")
            kept = {each.number for each in after}
            removed = [each for each in before if each.number not in kept]
            fields: dict[str, JSON] = {
                self._name: [[each.number, each.item.to_stored()] for each in after],
                **({once: True} if once else {}),
            }
            counters = [counter.name for each in removed for counter in (each.seen, each.used)]
            if self._store.write(self._owner, fields, counters, snapshot.stamp[1]):
                self.queued = after
                return len(removed)
        raise api_error("unavailable", "Too many change the same queue at once; try again.")

    def pop_matching(self, fields: Mapping[str, JSON], tenant: str) -> Item | None:
        """Return the item that happens to a tenant's request with these fields, if one does."""
        for queued in self.queued:
            is_possible = not queued.is_spent and queued.item.matches(fields, tenant)
            if is_possible and (count := self._use(queued)):
                return queued.item.drawn(count)
        return None

    def _use(self, queued: _Queued[Item]) -> int:
        """Count a request that matches, and return how often the item has happened now.

        :returns: 0 where it does not happen to this request.
        """
        item = queued.item
        seen = self._store.add(self._owner, queued.seen).value
        if seen <= item.after:
            return 0
        if item.probability < 1 and Random(f"{item.seed} {seen}").random() >= item.probability:
            return 0
        granted, used, _ = self._store.add(self._owner, queued.used)
        queued.is_spent = used == item.times
        if not granted:  # it was spent before, so it did not see this request
            self._store.add(self._owner, queued.seen, -1)
        return used if granted else 0

    def to_json(self) -> list[dict[str, JSON]]:
        """Return the items with their counts as JSON."""
        return [self._show(queued) for queued in self.queued]

    def _show(self, queued: _Queued[Item]) -> dict[str, JSON]:
        seen, used = (
            self._store.add(self._owner, each, 0).value for each in (queued.seen, queued.used)
        )
        return {"id": queued.number, **queued.item.to_json(), "seen": seen, "used": used}

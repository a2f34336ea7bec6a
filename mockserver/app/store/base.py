"""The store of one process: dictionaries and a lock."""

# ruff: noqa: D102 - base.py has the docstrings of the operations

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass, field
from itertools import count, islice
from threading import Condition, Lock
from typing import Generic, TypeVar
from uuid import uuid4

from mockserver.app.store.base import EVERYBODY, MAX_TENANTS, Count, Counter, Page, Snapshot
from mockserver.clock import monotonic
from mockserver.strict_json import JSON

T = TypeVar("T")


@dataclass(slots=True)
class _Scope:
    """The state of one tenant, or of everybody.

    :ivar counters: their value, the end of their period, and their epoch.
    :ivar leases: when each ends.
    """

    stamp: int = 0
    life: int = 0
    fields: dict[str, JSON] = field(default_factory=dict)
    counters: dict[str, tuple[int, float, int]] = field(default_factory=dict)
    leases: dict[str, float] = field(default_factory=dict)


class MemoryStore:
    """The store of one process; of many tenants, the least recently used ones are dropped."""

    def __init__(self) -> None:
        self._everybody = _Scope()
        self._tenants: OrderedDict[str, _Scope] = OrderedDict()
        self._serial = count(1)
        self._lock = Lock()

    def is_degraded(self) -> bool:
        """Return False: it has no server."""
        return False

    def read(self, tenant: str, known: tuple[Hashable, Hashable] | None = None) -> Snapshot | None:
        with self._lock:
            everybody, own = self._everybody, self._scope(tenant)
            if own is not everybody:
                self._tenants.move_to_end(tenant)
            stamp = (everybody.stamp, own.stamp)
            if stamp == known:
                return None
            life = (everybody.life, own.life)
            return Snapshot(stamp, life, dict(everybody.fields), dict(own.fields))

    def tenants(self, limit: int) -> tuple[int, list[str]]:
        with self._lock:
            return len(self._tenants), [*islice(reversed(self._tenants), limit)]

    def write(
        self,
        tenant: str,
        fields: Mapping[str, JSON],
        dropped: Collection[str] = (),
        expected: Hashable = None,
    ) -> bool:
        with self._lock:
            scope = self._scope(tenant)
            if expected not in (None, scope.stamp):
                return False
            scope.fields.update(fields)
            for name in [name for name, value in fields.items() if value is None]:
                del scope.fields[name]
            for name in dropped:
                scope.counters.pop(name, None)
            scope.stamp = next(self._serial)
        return True

    def reset(self, tenant: str) -> None:
        with self._lock:
            number = next(self._serial)
            if tenant == EVERYBODY:
                self._tenants.clear()
                self._everybody = _Scope(stamp=number, life=number)
            else:
                self._tenants[tenant] = _Scope(stamp=number, life=number)

    def add(self, tenant: str, counter: Counter, amount: int = 1) -> Count:
        name, most, seconds, epoch = counter
        now = monotonic()
        with self._lock:
            counters = self._scope(tenant).counters
            value, end, kept = counters.get(name, (0, 0.0, epoch))
            if amount < 0 and kept != epoch:
                return Count(False, value)
            if kept != epoch or 0 < end <= now:
                value, end = 0, 0.0
            granted = amount <= 0 or most is None or value + amount <= most
            if granted and amount:
                value = max(0, value + amount)
                end = end or (now + seconds if seconds else 0.0)
                counters[name] = value, end, epoch
        return Count(granted, value, end - now if end else 0.0)

    def put(self, tenant: str, counter: Counter, count: Count) -> None:
        """Set a counter to what another store has counted."""
        end = monotonic() + count.seconds if count.seconds else 0.0
        with self._lock:
            counters = self._scope(tenant).counters
            counters[counter.name] = count.value, end, counter.epoch

    def enter(self, tenant: str, lease: str, most: int, seconds: float) -> Count:
        now = monotonic()
        with self._lock:
            leases = self._scope(tenant).leases
            if len(leases) >= most:
                for name in [name for name, end in leases.items() if end <= now]:
                    del leases[name]
            granted = lease in leases or len(leases) < most
            if granted:
                leases[lease] = now + seconds
            return Count(granted, len(leases))

    def leave(self, tenant: str, lease: str) -> None:
        with self._lock:
            self._scope(tenant).leases.pop(lease, None)

    def log(
        self, length: int, _encode: Callable[[T], str], _decode: Callable[[str], T]
    ) -> MemoryLog[T]:
        """Return a log, which keeps the items themselves."""
        return MemoryLog(length)

    def _scope(self, tenant: str) -> _Scope:
        """Return the scope of a tenant, which is made where there is none."""
        if tenant == EVERYBODY:
            return self._everybody
        scope = self._tenants.get(tenant)
        if scope is None:
            scope = self._tenants[tenant] = _Scope()
            if len(self._tenants) > MAX_TENANTS:
                self._tenants.popitem(last=False)
        return scope


class MemoryLog(Generic[T]):
    """The latest items of one process.

    :param length: how many are kept.
    """

    def __init__(self, length: int) -> None:
        self._items: deque[tuple[str, T]] = deque(maxlen=length)
        self._begin()
        self._changed = Condition()

    def _begin(self) -> None:
        """Void all cursors: a log has another name after a restart and after a removal."""
        self._name = uuid4().hex[:12]
        self._added = len(self._items)

    def append(self, tenant: str, item: T) -> None:
        with self._changed:
            self._items.append((tenant, item))
            self._added += 1
            self._changed.notify_all()

    def items(self) -> list[T]:
        with self._changed:
            return [item for _, item in self._items]

    def page(self, after: str, limit: int) -> Page[T]:
        with self._changed:
            dropped = self._added - len(self._items)
            name, _, number = after.partition("-")
            read = int(number) if name == self._name and number.isdecimal() else -1
            is_new = not dropped <= read <= self._added
            first = 0 if is_new else read - dropped
            items = [item for _, item in islice(self._items, first, first + limit)]
            return Page(items, f"{self._name}-{dropped + first + len(items)}", is_new)

    def clear(self, tenant: str | None) -> int:
        with self._changed:
            kept = [each for each in self._items if tenant not in (None, each[0])]
            removed = len(self._items) - len(kept)
            self._items.clear()
            self._items.extend(kept)
            self._begin()
        return removed

    def mark(self) -> Hashable:
        return self._name, self._added

    def wait(self, mark: Hashable, seconds: float) -> bool:
        with self._changed:
            return self.mark() != mark or self._changed.wait(seconds)

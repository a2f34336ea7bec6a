"""What a store can do. Faults, limits, credits and the journal are written once, on top of it.

The state of a tenant is one scope: fields, counters and leases. The scope of everybody, whose name
is empty, has what is set for all of them. This store keeps them in this process.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass, field
from itertools import count, islice
from threading import Condition, Lock
from typing import Generic, NamedTuple, TypeVar
from uuid import uuid4

from mockserver.clock import monotonic
from mockserver.strict_json import JSON

EVERYBODY = ""
"""The name of the scope that all tenants share."""

MAX_TENANTS = 10_000
"""How many tenants a process keeps; the least recently used one is dropped first."""

T = TypeVar("T")


class Snapshot(NamedTuple):
    """What is set for everybody and for one tenant.

    :ivar stamp: changes whenever a field does; the second part is that of the tenant.
    :ivar life: changes only when the state is reset.
    """

    stamp: tuple[Hashable, Hashable]
    life: Hashable
    everybody: Mapping[str, JSON]
    own: Mapping[str, JSON]


class Counter(NamedTuple):
    """A number of a scope that begins at 0.

    :ivar most: it never gets larger than this; None is no limit.
    :ivar seconds: how long after the first addition it begins at 0 again; 0 is never.
    :ivar epoch: another number begins at 0, too.
    """

    name: str
    most: int | None = None
    seconds: float = 0
    epoch: int = 0


class Count(NamedTuple):
    """A counter, or a number of leases, after an operation.

    :ivar granted: whether the operation had room.
    :ivar seconds: what is left of the counter's period.
    """

    granted: bool
    value: int
    seconds: float = 0


class Page(NamedTuple, Generic[T]):
    """Items of a log after a cursor.

    :ivar cursor: the position after the last of them.
    :ivar is_new: whether the log began anew since the given cursor, or has dropped items after
        it, so that what was read before is void.
    """

    items: list[T]
    cursor: str
    is_new: bool


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


class Store:
    """The state of all tenants in one process; every operation is atomic.

    Of many tenants, the least recently used ones are dropped. A subclass shares the state. What a
    request needs (``read``, ``add``, ``enter``, ``leave`` and ``Log.append``) never fails: without
    its server such a store goes on with what this process knows. Other operations raise
    :class:`APIError`, 503, then.
    """

    def __init__(self) -> None:
        self._everybody = _Scope()
        self._tenants: OrderedDict[str, _Scope] = OrderedDict()
        self._serial = count(1)
        self._lock = Lock()

    def is_degraded(self) -> bool:
        """Return whether the server of the store does not respond."""
        return False

    def read(self, tenant: str, known: tuple[Hashable, Hashable] | None = None) -> Snapshot | None:
        """Return what is set; None while the stamp is the known one."""
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
        """Return how many tenants are known, and those that were used last, the latest first."""
        with self._lock:
            return len(self._tenants), [*islice(reversed(self._tenants), limit)]

    def write(
        self,
        tenant: str,
        fields: Mapping[str, JSON],
        dropped: Collection[str] = (),
        expected: Hashable = None,
    ) -> bool:
        """Set fields of a scope, and return whether they were set.

        :param fields: a value of None removes the field.
        :param dropped: the names of counters to remove.
        :param expected: the tenant's stamp; where another one has come, nothing is set.
        """
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
        """Drop the scope of a tenant; that of everybody with those of all tenants."""
        with self._lock:
            number = next(self._serial)
            if tenant == EVERYBODY:
                self._tenants.clear()
                self._everybody = _Scope(stamp=number, life=number)
            else:
                self._tenants[tenant] = _Scope(stamp=number, life=number)

    def add(self, tenant: str, counter: Counter, amount: int = 1) -> Count:
        """Add to a counter, unless it gets too large.

        An amount of 0 only shows the counter. An amount below 0 is taken from the same epoch only.
        """
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

    def _put(self, tenant: str, counter: Counter, count: Count) -> None:
        """Set a counter to what another store has counted."""
        end = monotonic() + count.seconds if count.seconds else 0.0
        with self._lock:
            counters = self._scope(tenant).counters
            counters[counter.name] = count.value, end, counter.epoch

    def enter(self, tenant: str, lease: str, most: int, seconds: float) -> Count:
        """Take or renew a lease, unless there are too many; it ends by itself after seconds.

        With ``most`` 0 it only renews, and shows how many there are.
        """
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
        """Return a lease."""
        with self._lock:
            self._scope(tenant).leases.pop(lease, None)

    def log(
        self,
        length: int,
        encode: Callable[[T], str],  # noqa: ARG002
        decode: Callable[[str], T],  # noqa: ARG002
    ) -> Log[T]:
        """Return the log.

        :param length: how many items it keeps.
        :param encode: returns an item as text, for a subclass that keeps texts.
        """
        return Log(length)

    def _scope(self, tenant: str) -> _Scope:
        if tenant == EVERYBODY:
            return self._everybody
        scope = self._tenants.get(tenant)
        if scope is None:
            scope = self._tenants[tenant] = _Scope()
            if len(self._tenants) > MAX_TENANTS:
                self._tenants.popitem(last=False)
        return scope


class Log(Generic[T]):
    """The latest items that were added, in their order.

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
        """Add an item of a tenant; the oldest one makes room."""
        with self._changed:
            self._items.append((tenant, item))
            self._added += 1
            self._changed.notify_all()

    def items(self) -> list[T]:
        """Return the items, the oldest first."""
        with self._changed:
            return [item for _, item in self._items]

    def page(self, after: str, limit: int) -> Page[T]:
        """Return the oldest items after a cursor.

        :param after: the cursor of another page; empty for the first one.
        :param limit: how many items at most.
        """
        with self._changed:
            dropped = self._added - len(self._items)
            name, _, number = after.partition("-")
            read = int(number) if name == self._name and number.isdecimal() else -1
            is_new = not dropped <= read <= self._added
            first = 0 if is_new else read - dropped
            items = [item for _, item in islice(self._items, first, first + limit)]
            return Page(items, f"{self._name}-{dropped + first + len(items)}", is_new)

    def clear(self, tenant: str | None) -> int:
        """Remove the items of a tenant, or all, and return how many that were."""
        with self._changed:
            kept = [each for each in self._items if tenant not in (None, each[0])]
            removed = len(self._items) - len(kept)
            self._items.clear()
            self._items.extend(kept)
            self._begin()
        return removed

    def mark(self) -> Hashable:
        """Return what identifies the present end of the log."""
        return self._name, self._added

    def wait(self, mark: Hashable, seconds: float) -> bool:
        """Wait until an item is added after a mark, and return whether one was."""
        with self._changed:
            return self.mark() != mark or self._changed.wait(seconds)

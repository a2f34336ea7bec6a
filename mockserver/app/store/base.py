"""What a store can do. Faults, limits, credits and the journal are written once, on top of it.

The state of a tenant is one scope: fields, counters and leases. The scope of everybody, whose name
is empty, has what is set for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping
from typing import Generic, NamedTuple, Protocol, TypeVar

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


class Log(Protocol[T]):
    """The latest items that all processes have added, in their order."""

    def append(self, tenant: str, item: T) -> None:
        """Add an item of a tenant; the oldest one makes room."""

    def items(self) -> list[T]:
        """Return the items, the oldest first."""

    def page(self, after: str, limit: int) -> Page[T]:
        """Return the oldest items after a cursor.

        :param after: the cursor of another page; empty for the first one.
        :param limit: how many items at most.
        """

    def clear(self, tenant: str | None) -> int:
        """Remove the items of a tenant, or all, and return how many that were."""

    def mark(self) -> Hashable:
        """Return what identifies the present end of the log."""

    def wait(self, mark: Hashable, seconds: float) -> bool:
        """Wait until an item is added after a mark, and return whether one was."""


class Store(Protocol):
    """The state of all tenants; every operation is atomic.

    What a request needs (``read``, ``add``, ``enter``, ``leave`` and ``Log.append``) never fails:
    without its server a store goes on with what this process knows. Other operations raise
    :class:`APIError`, 503, then.
    """

    def is_degraded(self) -> bool:
        """Return whether the server of the store does not respond."""

    def read(self, tenant: str, known: tuple[Hashable, Hashable] | None = None) -> Snapshot | None:
        """Return what is set; None while the stamp is the known one."""

    def tenants(self, limit: int) -> tuple[int, list[str]]:
        """Return how many tenants are known, and those that were used last, the latest first."""

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

    def reset(self, tenant: str) -> None:
        """Drop the scope of a tenant; that of everybody with those of all tenants."""

    def add(self, tenant: str, counter: Counter, amount: int = 1) -> Count:
        """Add to a counter, unless it gets too large.

        An amount of 0 only shows the counter. A negative amount is taken from the same epoch only.
        """

    def enter(self, tenant: str, lease: str, most: int, seconds: float) -> Count:
        """Take or renew a lease, unless there are too many; it ends by itself after seconds.

        With ``most`` 0 it only renews, and shows how many there are.
        """

    def leave(self, tenant: str, lease: str) -> None:
        """Return a lease."""

    def log(self, length: int, encode: Callable[[T], str], decode: Callable[[str], T]) -> Log[T]:
        """Return the log.

        :param length: how many items it keeps.
        :param encode: returns an item as text, for a store that keeps texts.
        """

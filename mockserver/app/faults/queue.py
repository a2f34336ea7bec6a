"""Queues of faults that wait for matching requests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from random import Random
from types import MappingProxyType

from mockserver.app.faults.catalog import check_fault
from mockserver.app.faults.fault import Fault
from mockserver.app.latency import parse_duration
from mockserver.app.store import EVERYBODY, Counter, Store
from mockserver.contracts.error_catalog import api_error
from mockserver.errors import SettingsError
from mockserver.strict_json import JSON

__all__ = ["FaultQueue", "QueuedFault"]

_FAULTS = "faults"
"""The field of a scope that has its faults, each with its number."""

_MAX_FAULTS = 1000
"""How many faults a queue holds."""

_ATTEMPTS = 100
"""How often a change is tried while others change the same queue."""


@dataclass(slots=True)
class QueuedFault:
    """A fault in a queue.

    :ivar number: identifies it; the store counts how many requests it matched and happened to.
    :ivar is_spent: whether it is known to have happened as often as it should.
    """

    number: int
    fault: Fault
    is_spent: bool = False

    @property
    def seen(self) -> Counter:
        """The counter of the requests that it matched."""
        return Counter(f"seen:{self.number}")

    @property
    def used(self) -> Counter:
        """The counter of the requests that it happened to."""
        times = self.fault.times
        return Counter(f"used:{self.number}", times if isinstance(times, int) else None)

    def draw(self, what: str, count: int) -> Random:
        """Return what draws for one request; the same seed and count draw the same."""
        return Random(f"{what} {self.fault.seed} {count}")

    def at_use(self, count: int) -> Fault:
        """Return the fault for one request; its own seed draws how long it takes.

        :param count: how many requests it has happened to.
        """
        if not isinstance(text := self.fault.options.get("seconds"), str):
            return self.fault
        seconds = parse_duration(text)(self.draw("seconds", count))
        return replace(self.fault, options={**self.fault.options, "seconds": seconds})


class FaultQueue:
    """Faults in the order in which they were set; the first that matches happens.

    :param owner: the scope of the store that has them, and counts for them.
    :param fields: those of the scope.
    :param defaults: the faults until others are set.
    """

    def __init__(
        self,
        store: Store,
        owner: str,
        fields: Mapping[str, JSON] = MappingProxyType({}),
        defaults: Iterable[Fault] = (),
    ) -> None:
        self._store = store
        self._owner = owner
        self._defaults = [QueuedFault(number, fault) for number, fault in enumerate(defaults, 1)]
        self._queued = self._read(fields)

    def __len__(self) -> int:
        return len(self._queued)

    def _read(self, fields: Mapping[str, JSON]) -> list[QueuedFault]:
        if _FAULTS not in fields:
            return self._defaults
        return [QueuedFault(number, Fault.of_valid(data)) for number, data in fields[_FAULTS]]

    def add(self, fault: Fault) -> dict[str, JSON]:
        """Append a fault, and return it as JSON.

        :raises SettingsError: when the fault is unknown, or there are too many.
        """
        new = self._numbered([fault])
        self._change(lambda queued: [*queued, *new])
        return self._entry(new[0])

    def add_once(self, name: str, faults: Iterable[Fault]) -> None:
        """Append faults, unless those of the same name have been."""
        new = self._numbered(faults)
        self._change(lambda queued: [*queued, *new], name)

    def replace(self, faults: Iterable[Fault]) -> FaultQueue:
        """Replace all faults.

        :raises SettingsError: when a fault is unknown; nothing is replaced then.
        """
        new = self._numbered(faults)
        self._change(lambda _: new)
        return self

    def clear(self, number: int | None = None) -> int:
        """Remove one fault by its number, or all, and return how many that were."""
        return self._change(
            lambda queued: [each for each in queued if number not in (None, each.number)]
        )

    def _numbered(self, faults: Iterable[Fault]) -> list[QueuedFault]:
        faults = list(faults)
        for fault in faults:
            check_fault(fault)
        return [QueuedFault(self._next_number(), fault) for fault in faults]

    def _next_number(self) -> int:
        return len(self._defaults) + self._store.add(EVERYBODY, Counter("number")).value

    def _change(
        self, change: Callable[[list[QueuedFault]], list[QueuedFault]], once: str = ""
    ) -> int:
        """Change the queue as no other process does meanwhile, and return how many are removed.

        :param once: the name of a change that is made only once.
        """
        for _ in range(_ATTEMPTS):
            snapshot = self._store.read(self._owner)
            assert snapshot
            before = self._queued = self._read(snapshot.own)
            if once in snapshot.own:
                return 0
            after = change(before)
            if len(after) > _MAX_FAULTS:
                raise SettingsError(f"expected at most {_MAX_FAULTS} faults in a queue")
            kept = {each.number for each in after}
            removed = [each for each in before if each.number not in kept]
            fields: dict[str, JSON] = {
                _FAULTS: [[each.number, each.fault.to_json()] for each in after],
                **({once: True} if once else {}),
            }
            counters = [counter.name for each in removed for counter in (each.seen, each.used)]
            if self._store.write(self._owner, fields, counters, snapshot.stamp[1]):
                self._queued = after
                return len(removed)
        raise api_error("unavailable", "Too many change the faults at once; try again.")

    def pop_matching(self, fields: Mapping[str, JSON], tenant: str) -> Fault | None:
        """Return the fault that happens to a tenant's request with these fields, if one does."""
        for queued in self._queued:
            fault = queued.fault
            matches = fault.tenant in (None, tenant) and fault.match.holds(fields)
            if matches and not queued.is_spent and (count := self._use(queued)):
                return queued.at_use(count)
        return None

    def _use(self, queued: QueuedFault) -> int:
        """Count a request that matches, and return how often the fault has happened now.

        :returns: 0 where it does not happen to this request.
        """
        fault = queued.fault
        seen = self._store.add(self._owner, queued.seen).value
        if seen <= fault.after:
            return 0
        if fault.probability < 1 and queued.draw("happens", seen).random() >= fault.probability:
            return 0
        granted, used, _ = self._store.add(self._owner, queued.used)
        queued.is_spent = used == fault.times
        if not granted:  # it was spent before, so it did not see this request
            self._store.add(self._owner, queued.seen, -1)
        return used if granted else 0

    def to_json(self) -> list[dict[str, JSON]]:
        """Return the faults with their counts as JSON."""
        return [self._entry(queued) for queued in self._queued]

    def _entry(self, queued: QueuedFault) -> dict[str, JSON]:
        seen, used = (
            self._store.add(self._owner, each, 0).value for each in (queued.seen, queued.used)
        )
        return {"id": queued.number, **queued.fault.to_json(), "seen": seen, "used": used}

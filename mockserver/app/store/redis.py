"""The store that many processes share, in Redis."""

# ruff: noqa: D102 - base.py has the docstrings of the operations

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Hashable, Mapping
from typing import Any, TypeVar
from uuid import uuid4

from mockserver.app.store import scripts
from mockserver.app.store.base import (
    EVERYBODY,
    MAX_TENANTS,
    Count,
    Counter,
    Log,
    Page,
    Snapshot,
    Store,
)
from mockserver.app.store.connection import RedisConnection
from mockserver.strict_json import JSON

_PREFIX = "mockserver:"
_JOURNAL = f"{_PREFIX}journal"
_NAME = f"{_PREFIX}journal-name"
"""The key of the name that the journal has until items are removed."""

_ID = re.compile(r"\d{1,20}-\d{1,20}", re.ASCII)
"""The id of an item in a stream."""

_BEGINNING = "0-0"
"""Comes before every id."""

_EXPIRY_SECONDS = 86_400
"""What nobody has used for so long is dropped."""

_BATCH = 1000
"""How many items of the journal are sent or removed at once."""

_ANY = "any"
"""Stands for every stamp."""

_UNKNOWN = ("", "")
"""The stamp of what was made while Redis does not respond; Redis has no such."""

T = TypeVar("T")


class RedisStore(Store):
    """The store that many processes share.

    While Redis does not respond, requests go on with the base class, the store of this
    process, which knows the latest counts that this process has seen.

    :param on_error: called whenever Redis fails.
    :raises SettingsError: when Redis does not respond at the start.
    """

    def __init__(self, url: str, on_error: Callable[[], None] | None) -> None:
        super().__init__()
        self._connection = RedisConnection(url, on_error)
        self._shared: Mapping[str, JSON] = {}  # what is set for everybody, when it was last read
        register = self._connection.client.register_script
        self._scripts = {text: register(scripts.BEGIN + text) for text in scripts.ALL}

    def is_degraded(self) -> bool:
        """Return whether Redis does not respond."""
        return self._connection.call(self._connection.client.ping) is None

    def read(self, tenant: str, known: tuple[Hashable, Hashable] | None = None) -> Snapshot | None:
        reply = self._run(scripts.READ, tenant, *(known or _UNKNOWN), MAX_TENANTS)
        if reply is None and known is None:
            return Snapshot(_UNKNOWN, "", self._shared, {})
        if not reply:
            return None
        *stamp, life, everybody, own = reply
        self._shared, own = _fields(everybody), _fields(own)
        return Snapshot((stamp[0], stamp[1]), (life, own.pop("life", "")), self._shared, own)

    def tenants(self, limit: int) -> tuple[int, list[str]]:
        count, names = self._run(scripts.TENANTS, EVERYBODY, limit, required=True)
        return count, names

    def write(
        self,
        tenant: str,
        fields: Mapping[str, JSON],
        dropped: Collection[str] = (),
        expected: Hashable = None,
    ) -> bool:
        pairs = {name: "" if value is None else json.dumps(value) for name, value in fields.items()}
        pairs |= dict.fromkeys((f"#{name}" for name in dropped), "")
        flat = [text for pair in pairs.items() for text in pair]
        stamps = (_ANY if expected is None else expected, _new_stamp())
        return bool(self._run(scripts.WRITE, tenant, *stamps, *flat, required=True))

    def reset(self, tenant: str) -> None:
        self._run(scripts.RESET, tenant, _new_stamp(), required=True)

    def add(self, tenant: str, counter: Counter, amount: int = 1) -> Count:
        most = "" if counter.most is None else counter.most
        arguments = (counter.name, amount, most, counter.seconds, counter.epoch)
        reply = self._run(scripts.ADD, tenant, *arguments)
        if reply is None:
            return super().add(tenant, counter, amount)
        count = Count(bool(reply[0]), int(reply[1]), float(reply[2]))
        self._put(tenant, counter, count)
        return count

    def enter(self, tenant: str, lease: str, most: int, seconds: float) -> Count:
        reply = self._run(scripts.ENTER, tenant, lease, most, seconds)
        if reply is None:
            return super().enter(tenant, lease, most, seconds)
        return Count(bool(reply[0]), reply[1])

    def leave(self, tenant: str, lease: str) -> None:
        self._run(scripts.LEAVE, tenant, lease)
        super().leave(tenant, lease)

    def log(
        self, length: int, encode: Callable[[T], str], decode: Callable[[str], T]
    ) -> RedisLog[T]:
        """Return the log, a stream of texts."""
        return RedisLog(self._connection, length, encode, decode)

    def _run(self, script: str, *arguments: Any, required: bool = False) -> Any:  # noqa: ANN401
        call = self._connection.required if required else self._connection.call
        return call(self._scripts[script], keys=(_PREFIX, _EXPIRY_SECONDS), args=arguments)


class RedisLog(Log[T]):
    """The latest items of all processes.

    What is added while Redis does not respond follows when it does again.
    """

    def __init__(
        self,
        connection: RedisConnection,
        length: int,
        encode: Callable[[T], str],
        decode: Callable[[str], T],
    ) -> None:
        super().__init__(length)
        self._connection = connection
        self._client = connection.client
        self._encode = encode
        self._decode = decode
        connection.on_recovery = self._catch_up

    def append(self, tenant: str, item: T) -> None:
        self._add([(tenant, item)])

    def _add(self, added: list[tuple[str, T]]) -> None:
        pipeline = self._client.pipeline(transaction=False)
        for tenant, item in added:
            entry = {"tenant": tenant, "item": self._encode(item)}
            pipeline.xadd(_JOURNAL, entry, maxlen=self._items.maxlen, approximate=False)
        pipeline.expire(_JOURNAL, _EXPIRY_SECONDS)
        if self._connection.call(pipeline.execute) is None:
            for tenant, item in added:
                super().append(tenant, item)

    def _catch_up(self) -> None:
        missed = [self._items.popleft() for _ in range(len(self._items))]
        for i in range(0, len(missed), _BATCH):
            self._add(missed[i : i + _BATCH])

    def items(self) -> list[T]:
        return [self._decode(item["item"]) for _, item in self._all()]

    def page(self, after: str, limit: int) -> Page[T]:
        name, _, read = after.partition(":")
        pipeline = self._client.pipeline()
        pipeline.set(_NAME, _new_stamp(), nx=True, ex=_EXPIRY_SECONDS)
        pipeline.get(_NAME)
        pipeline.xrange(_JOURNAL, count=1)
        pipeline.xrange(_JOURNAL, f"({read}" if _ID.fullmatch(read) else "-", count=limit)
        _, present, oldest, entries = self._connection.required(pipeline.execute)
        is_void = (
            name != present
            or not _ID.fullmatch(read)
            or (read != _BEGINNING and bool(oldest) and _order(oldest[0][0]) > _order(read))
        )
        if is_void and after:
            return self.page("", limit)
        cursor = entries[-1][0] if entries else read or _BEGINNING
        items = [self._decode(item["item"]) for _, item in entries]
        return Page(items, f"{present}:{cursor}", is_void)

    def clear(self, tenant: str | None) -> int:
        found = [number for number, item in self._all() if tenant in (None, item["tenant"])]
        self._connection.required(self._client.set, _NAME, _new_stamp(), ex=_EXPIRY_SECONDS)
        parts = (found[i : i + _BATCH] for i in range(0, len(found), _BATCH))
        return sum(self._connection.required(self._client.xdel, _JOURNAL, *part) for part in parts)

    def mark(self) -> str:
        latest = self._connection.required(self._client.xrevrange, _JOURNAL, count=1)
        return latest[0][0] if latest else "0"

    def wait(self, mark: Hashable, seconds: float) -> bool:
        after, milliseconds = {_JOURNAL: mark}, max(1, round(seconds * 1000))
        read = self._client.xread
        return bool(self._connection.required(read, after, count=1, block=milliseconds))

    def _all(self) -> list[tuple[str, dict[str, str]]]:
        entries: list[tuple[str, dict[str, str]]]
        entries = self._connection.required(self._client.xrange, _JOURNAL)
        return entries


def _fields(flat: list[str]) -> dict[str, JSON]:
    pairs = zip(flat[::2], flat[1::2], strict=True)
    return {n: json.loads(text) for n, text in pairs if n != "stamp" and not n.startswith("#")}


def _order(item_id: str) -> list[int]:
    return [int(number) for number in item_id.split("-")]


def _new_stamp() -> str:
    return uuid4().hex[:16]

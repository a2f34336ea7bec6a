"""Where the state of the mock is kept: in this process, or in a Redis that many share."""

from __future__ import annotations

from mockserver.app.store.base import EVERYBODY, MAX_TENANTS, Count, Counter, Log, Snapshot, Store
from mockserver.app.store.memory import MemoryStore

__all__ = [
    "EVERYBODY",
    "MAX_TENANTS",
    "Count",
    "Counter",
    "Log",
    "MemoryStore",
    "Snapshot",
    "Store",
    "open_store",
]


def open_store(url: str | None) -> Store:
    """Return the store of a mock.

    :param url: of a Redis; None keeps everything in this process.
    :raises SettingsError: when Redis does not respond.
    :raises MockserverError: when its client is not installed.
    """
    if url is None:
        return MemoryStore()
    # Its client is an extra.
    from mockserver.app.store.redis import RedisStore

    return RedisStore(url)

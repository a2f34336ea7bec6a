"""Where the state of the mock is kept: in this process, or in a Redis that many share."""

from __future__ import annotations

from collections.abc import Callable

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

__all__ = [
    "EVERYBODY",
    "MAX_TENANTS",
    "Count",
    "Counter",
    "Log",
    "Page",
    "Snapshot",
    "Store",
    "open_store",
]


def open_store(url: str | None, on_error: Callable[[], None] | None = None) -> Store:
    """Return the store of a mock.

    :param url: of a Redis; None keeps everything in this process.
    :param on_error: called whenever Redis fails.
    :raises SettingsError: when Redis does not respond.
    :raises MockserverError: when its client is not installed.
    """
    if url is None:
        return Store()
    # Its client is an extra.
    from mockserver.app.store.redis import RedisStore

    return RedisStore(url, on_error)

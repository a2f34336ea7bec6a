"""Limits like the provider's: the notation of a rate, the error 429, and concurrent requests.

A :class:`~mockserver.app.tenants.Tenant` counts its requests in a period, and its credits.

The provider documents the errors (429 and 403) and no headers. ``Retry-After`` is RFC 9110's;
``retry-after-ms``, which SDKs read, and ``X-RateLimit-*`` are project-defined.
"""

from __future__ import annotations

import math
import re

from mockserver.app.store import Store
from mockserver.clock import monotonic
from mockserver.contracts.error_catalog import api_error
from mockserver.errors import APIError, SettingsError

_RATE = re.compile(
    r"\s*(\d{1,9})\s*(?:/|per)\s*(\d{0,9})\s*(second|minute|hour|day|month|year)s?\s*",
    re.ASCII | re.IGNORECASE,
)
_SECONDS = {
    "second": 1,
    "minute": 60,
    "hour": 3600,
    "day": 86_400,
    "month": 30 * 86_400,
    "year": 360 * 86_400,
}

_LEASE_SECONDS = 15.0
"""After this long without a sign of its process a request counts as ended; a wait renews it."""

_NO_LIMIT = 2**31


def parse_rate(text: str) -> tuple[int, int]:
    """Return the number of requests and of seconds of a text such as ``10/minute``.

    :raises SettingsError: when it is no rate, or a number of it is 0.
    """
    found = _RATE.fullmatch(text)
    amount, units = (int(found[1]), int(found[2] or 1)) if found else (0, 0)
    if not found or not amount or not units:
        raise SettingsError(f"expected a rate such as 10/minute, received {text!r}")
    return amount, units * _SECONDS[found[3].lower()]


def rate_limited(wait: float, headers: dict[str, str]) -> APIError:
    """Return the documented 429, with the headers that say when to retry.

    :param wait: seconds until then.
    """
    error = api_error("rate-limited")
    error.headers.update(headers)
    error.headers["Retry-After"] = str(math.ceil(wait))
    error.headers["retry-after-ms"] = str(math.ceil(wait * 1000))
    return error


class Running:
    """A context manager that counts a request as long as it runs.

    Entering it raises :class:`APIError`, 429, when too many run. Without a limit only requests
    that wait are counted, since no other runs long enough to be seen.

    :param most: how many requests of the tenant may run at once; None is no limit.
    """

    __slots__ = ("_has_ended", "_id", "_is_counted", "_most", "_renewal", "_store", "_tenant")

    def __init__(self, store: Store, tenant: str, most: int | None, request_id: str) -> None:
        self._store = store
        self._tenant = tenant
        self._most = most
        self._id = request_id
        self._is_counted = False
        self._has_ended = False
        self._renewal = 0.0

    def __enter__(self) -> Running:
        if self._most is not None:
            self._enter(self._most)
        return self

    def __exit__(self, *_: object) -> None:
        self._has_ended = True
        if self._is_counted:
            self._store.leave(self._tenant, self._id)

    def renew(self) -> None:
        """Go on counting a request that waits."""
        if not self._has_ended and monotonic() >= self._renewal:
            self._enter(_NO_LIMIT)
            self._renewal = monotonic() + _LEASE_SECONDS / 3

    def _enter(self, most: int) -> None:
        if not self._store.enter(self._tenant, self._id, most, _LEASE_SECONDS).granted:
            raise rate_limited(1, {})
        self._is_counted = True

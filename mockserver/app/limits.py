"""Limits like the provider's: requests in a period, concurrent requests, and credits.

The provider documents the errors (429 and 403) and no headers. ``Retry-After`` is RFC 9110's;
``retry-after-ms``, which SDKs read, and ``X-RateLimit-*`` are project-defined.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from mockserver.clock import monotonic
from mockserver.contracts import ErrorCatalog
from mockserver.contracts.error_catalog import api_error
from mockserver.errors import APIError, SettingsError

__all__ = ["ConcurrencyLimit", "Credits", "RateLimit"]

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


class RateLimit:
    """The requests of a tenant in a fixed window, which begins with the first of them.

    :param rate: such as ``10/minute`` or ``2 per second``.
    :raises SettingsError: when it is no rate, or a number of it is 0.
    """

    def __init__(self, rate: str) -> None:
        found = _RATE.fullmatch(rate)
        self._amount, units = (int(found[1]), int(found[2] or 1)) if found else (0, 0)
        if not found or not self._amount or not units:
            raise SettingsError(f"expected a rate such as 10/minute, received {rate!r}")
        self.rate = rate
        self._seconds = units * _SECONDS[found[3].lower()]
        self._used = 0
        self._end = 0.0
        self._lock = Lock()

    def hit(self) -> dict[str, str]:
        """Count a request, and return the headers that say how many are left.

        :raises APIError: 429, when none are left.
        """
        now = monotonic()
        with self._lock:
            if now >= self._end:
                self._used, self._end = 0, now + self._seconds
            self._used += 1
            left, wait = self._amount - self._used, self._end - now
        headers = {
            "X-RateLimit-Limit": str(self._amount),
            "X-RateLimit-Remaining": str(max(0, left)),
            "X-RateLimit-Reset": str(math.ceil(wait)),
        }
        if left < 0:
            raise rate_limited(wait, headers)
        return headers

    def to_json(self) -> dict[str, Any]:
        """Return the rate, how many requests are left, and for how many seconds."""
        with self._lock:
            wait = max(0.0, self._end - monotonic())
            left = max(0, self._amount - self._used) if wait else self._amount
        return {"rate": self.rate, "left": left, "seconds": wait}


def rate_limited(wait: float, headers: dict[str, str]) -> APIError:
    """Return the documented 429, with the headers that say when to retry.

    :param wait: seconds until then.
    """
    error = api_error("rate-limited")
    error.headers.update(headers)
    error.headers["Retry-After"] = str(math.ceil(wait))
    error.headers["retry-after-ms"] = str(math.ceil(wait * 1000))
    return error


class ConcurrencyLimit:
    """A context manager that limits how many requests run at once.

    Entering it raises :class:`APIError`, 429, when too many run.

    :param most: how many; None is no limit.
    """

    def __init__(self, most: int | None) -> None:
        self.most = most
        self.inside = 0
        self._lock = Lock()

    def __enter__(self) -> None:
        with self._lock:
            if self.most is not None and self.inside >= self.most:
                raise rate_limited(1, {})
            self.inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self.inside -= 1


class Credits:
    """The balance of a tenant.

    :param balance: in the units of ``meta.usage``; None is unlimited.
    """

    def __init__(self, balance: int | None) -> None:
        self.balance = balance
        self._lock = Lock()

    @contextmanager
    def charged(self, cost: int, errors: ErrorCatalog) -> Iterator[None]:
        """Subtract a cost; add it again when the request fails, since such are never charged.

        :param errors: those of the contract of the response.
        :raises APIError: the documented 403, when the balance is too small.
        """
        with self._lock:
            if self.balance is not None and self.balance < cost:
                raise api_error("out-of-credits", errors=errors)
            self._add(-cost)
        try:
            yield
        except BaseException:
            with self._lock:
                self._add(cost)
            raise

    def _add(self, cost: int) -> None:
        if self.balance is not None:
            self.balance += cost

"""Limits that behave like the provider's: requests in a while, requests at once, and credits.

The provider documents the refusals (429 and 403) and no header that announces them. ``Retry-After``
is RFC 9110's; ``retry-after-ms``, which SDKs read, and ``X-RateLimit-*`` are ours.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

from mockserver.contracts.error_catalog import api_error
from mockserver.errors import APIError, SettingsError

if TYPE_CHECKING:
    from limits import RateLimitItem

__all__ = ["ConcurrencyLimit", "Credits", "RateLimit"]


class RateLimit:
    """So many requests in a while, by the library ``limits``.

    :param rate: such as ``10/minute`` or ``2 per second``.
    :raises SettingsError: when the library cannot read it, or a number of it is 0.
    """

    def __init__(self, rate: str) -> None:
        # Only those who limit pay for the library.
        from limits import parse_many
        from limits.storage import MemoryStorage
        from limits.strategies import FixedWindowRateLimiter

        try:
            self._item: RateLimitItem
            (self._item,) = parse_many(rate)
        except ValueError:
            raise _no_rate(rate) from None
        # The library takes 0/minute for a window that is always over, and 10/0minute for 10/minute.
        if not all(map(int, re.findall(r"\d+", rate))):
            raise _no_rate(rate)
        self.rate = rate
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def hit(self) -> dict[str, str]:
        """Count a request, and give the headers that tell how many are left.

        :raises Refusal: 429, when there are none left.
        """
        allowed = self._limiter.hit(self._item)
        reset, left = self._limiter.get_window_stats(self._item)
        wait = max(0.0, reset - time.time())
        headers = {
            "X-RateLimit-Limit": str(self._item.amount),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset": str(math.ceil(wait)),
        }
        if not allowed:
            raise rate_limited(wait, headers)
        return headers

    def to_json(self) -> dict[str, Any]:
        """Write down the rate, how many requests are left, and for how many seconds."""
        reset, left = self._limiter.get_window_stats(self._item)
        return {"rate": self.rate, "left": left, "seconds": max(0.0, reset - time.time())}


def _no_rate(rate: str) -> SettingsError:
    return SettingsError(f"expected a rate such as 10/minute, received {rate!r}")


def rate_limited(wait: float, headers: dict[str, str]) -> APIError:
    """Make the documented 429, with the headers that say when to come again.

    :param wait: seconds until then.
    """
    made = api_error("rate-limited")
    made.headers.update(headers)
    made.headers["Retry-After"] = str(math.ceil(wait))
    made.headers["retry-after-ms"] = str(math.ceil(wait * 1000))
    return made


class ConcurrencyLimit:
    """So many requests at once.

    :param most: how many; None does not count.
    """

    def __init__(self, most: int | None) -> None:
        self.most = most
        self.inside = 0
        self._lock = Lock()

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Hold a place for as long as a request takes.

        :raises Refusal: 429, when every place is taken.
        """
        with self._lock:
            if self.most is not None and self.inside >= self.most:
                raise rate_limited(1, {})
            self.inside += 1
        try:
            yield
        finally:
            with self._lock:
                self.inside -= 1


class Credits:
    """A balance that images are paid from.

    :param balance: in the units of ``meta.usage``; None is without end.
    """

    def __init__(self, balance: int | None) -> None:
        self.balance = balance
        self._lock = Lock()

    def spend(self, cost: int) -> None:
        """Pay.

        :raises Refusal: the documented 403, when the balance is too small.
        """
        with self._lock:
            if self.balance is None:
                return
            if self.balance < cost:
                raise api_error("out-of-credits")
            self.balance -= cost

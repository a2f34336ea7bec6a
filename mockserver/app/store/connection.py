"""The connection to Redis, and what happens while there is none."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Lock
from typing import Any

from mockserver.clock import monotonic
from mockserver.contracts.error_catalog import api_error
from mockserver.errors import SettingsError
from mockserver.optional_deps import extra
from mockserver.recording.redact import Redactor

_CONNECT_SECONDS = 0.5
_TIMEOUT_SECONDS = 1.0
_RETRY_SECONDS = 1.0
"""How long nothing is sent to a Redis that has failed."""

_MAX_CONNECTIONS = 10_000
"""More than there are threads: each uses one at a time."""

_log = logging.getLogger("mockserver")


class RedisConnection:
    """A client of Redis that is not used while Redis does not respond.

    :param on_error: called whenever it fails.
    :ivar on_recovery: called when it responds again.
    :raises SettingsError: when it does not respond at the start.
    """

    def __init__(self, url: str, on_error: Callable[[], None] | None) -> None:
        redis = extra("redis", "redis", "--store")
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        self._on_error = on_error
        self.on_recovery: Callable[[], None] = lambda: None
        self._name = Redactor().url(url)
        self._error = redis.RedisError
        self._is_degraded = False
        self._retry_at = 0.0
        self._lock = Lock()
        # A connection that was idle may be closed, so each command is tried on a second one.
        retry = Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,))
        try:
            self.client: Any = redis.Redis.from_url(
                url,
                decode_responses=True,
                max_connections=_MAX_CONNECTIONS,
                retry=retry,
                socket_connect_timeout=_CONNECT_SECONDS,
                socket_timeout=_TIMEOUT_SECONDS,
            )
            self.client.ping()
        except (redis.RedisError, ValueError, TypeError) as error:
            raise SettingsError(f"the store {self._name} does not respond: {error}") from None

    def call(self, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        """Return the result of a function of the client, or None where Redis does not respond."""
        if self._is_waiting():
            return None
        try:
            result = function(*arguments, **options)
        except self._error as error:
            self._failed(error)
            return None
        if self._is_degraded:
            self._recovered()
        return result

    def required(self, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        """Return the result of a function of the client.

        :raises APIError: 503, when Redis does not respond.
        """
        result = self.call(function, *arguments, **options)
        if result is None:
            raise api_error("unavailable", "The store of the mock does not respond.")
        return result

    def _is_waiting(self) -> bool:
        if not self._is_degraded:
            return False
        with self._lock:
            is_waiting = monotonic() < self._retry_at
            if not is_waiting:
                # This thread tries; the others go on without Redis meanwhile.
                self._retry_at = monotonic() + _RETRY_SECONDS + _TIMEOUT_SECONDS
            return is_waiting

    def _failed(self, error: Exception) -> None:
        with self._lock:
            is_first, self._is_degraded = not self._is_degraded, True
            self._retry_at = monotonic() + _RETRY_SECONDS
        if self._on_error:
            self._on_error()
        if is_first:
            line = "the store %s does not respond, so each process keeps its own state: %s"
            _log.warning(line, self._name, error)

    def _recovered(self) -> None:
        with self._lock:
            is_first, self._is_degraded = self._is_degraded, False
        if is_first:
            _log.warning("the store %s responds again", self._name)
            self.on_recovery()

"""Hold the live exchanges of an HTTP client to their contracts, in the background."""

from __future__ import annotations

import atexit
import logging
import random
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Condition, Thread
from typing import Any
from urllib.parse import urlsplit

from mockserver.contracts import Contract, ContractCatalog, Exchange, Finding, default_catalog
from mockserver.errors import SettingsError
from mockserver.recording.loading import ENDPOINTS
from mockserver.recording.redact import Redactor, key_in_use
from mockserver.strict_json import parse_or_none
from mockserver.testing.captured import Captured, capture_httpx, capture_requests

_MAX_ITEMS = 100
_MAX_BYTES = 1 << 27
_CLOSE_SECONDS = 5.0
_EXIT_SECONDS = 2.0
"""How long the end of the process waits for what is still to check."""
_PAUSE_SECONDS = 0.02
"""How long an exchange waits where no other is before it, so that the user is not slowed down."""
_EVENT_STREAM = "text/event-stream"
_log = logging.getLogger("mockserver.watch")


@dataclass(frozen=True, slots=True)
class Observation:
    """What is wrong with one exchange, without secrets.

    :ivar contract: the contract that it breaks, such as ``dall-e-2@2026-01-16``.
    """

    contract: str
    method: str
    url: str
    status: int
    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        head = f"{self.method} {self.url} {self.status} does not keep {self.contract}: "
        return head + "; ".join(map(str, self.findings))


Report = Callable[[Observation], object] | logging.Logger


def watch(
    client: Any,  # noqa: ANN401 - a client of one of four libraries
    report: Report | None = None,
    *,
    contract: str | None = None,
    schemas: Iterable[str | Path] = (),
    sample: float = 1.0,
) -> Watcher:
    """Check what a client sends to the image endpoint and what it receives, in the background.

    Nothing is altered, and nothing is raised. A response is checked once the user's code has read
    it to its end; a stream that is not read is not checked. Links are not followed.

    :param client: of httpx or the OpenAI SDK (sync or async), or a session of requests.
    :param report: is called with what is wrong with an exchange, on a thread of its own, or a
        logger for warnings; by default the logger ``mockserver.watch``.
    :param contract: the contract of all exchanges; by default that of each request's model.
    :param schemas: folders with further contracts.
    :param sample: the share of exchanges that are checked, from 0 to 1.
    :raises TypeError: when the client or the report is of an unknown kind.
    :raises ValueError: when the sample is no share.
    :raises SettingsError: when the contract is unknown.
    """
    if not 0 <= sample <= 1:
        raise ValueError(f"expected a sample from 0 to 1, received {sample!r}")
    if not (report is None or callable(report) or isinstance(report, logging.Logger)):
        raise TypeError(f"expected a function or a logger as report, received {report!r}")
    catalog = default_catalog(*map(Path, schemas))
    held_to = catalog.load(contract) if contract else None
    checker = _Checker(catalog, held_to, _log if report is None else report)
    endpoints = (*ENDPOINTS, *(held_to.paths if held_to else ()))
    return Watcher(client, checker, endpoints, sample)


class Watcher(AbstractContextManager["Watcher"]):
    """Watches one client until it is closed; see :func:`watch`."""

    def __init__(
        self,
        client: Any,  # noqa: ANN401
        checker: _Checker,
        endpoints: tuple[str, ...],
        sample: float,
    ) -> None:
        self._checker = checker
        inner = getattr(client, "_client", client)  # the client of httpx inside that of an SDK
        hooks, capture = _hooks(inner)
        chance = random.Random()

        def on_response(response: Any, *_: object, **__: object) -> None:  # noqa: ANN401
            try:
                if _is_watched(response, endpoints) and chance.random() < sample:
                    capture(response, checker.submit)
            except Exception:  # noqa: BLE001 - the user's request must not fail
                _log.debug("an exchange cannot be captured", exc_info=True)

        async def on_async_response(response: Any) -> None:  # noqa: ANN401
            on_response(response)

        hook = on_async_response if hasattr(inner, "aclose") else on_response
        hooks.insert(0, hook)
        self._remove = partial(hooks.remove, hook)

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def counts(self) -> Mapping[str, int]:
        """How many exchanges were checked, had findings, were dropped or skipped.

        One is dropped where too many wait, and skipped where its contract is unknown.
        """
        return dict(self._checker.counts)

    def wait(self, timeout: float = _CLOSE_SECONDS) -> bool:
        """Wait some seconds until all that was captured is checked; return whether it is."""
        return self._checker.wait(timeout)

    def close(self, timeout: float = _CLOSE_SECONDS) -> None:
        """Stop watching, and wait some seconds until all that was captured is checked."""
        with suppress(ValueError):  # the user has removed the hook
            self._remove()
        self._checker.close(timeout)


def _hooks(client: Any) -> tuple[list[Any], Callable[[Any, Any], None]]:  # noqa: ANN401
    """Return the hooks for responses of a client, and how to capture an exchange there."""
    if hasattr(client, "event_hooks"):
        return client.event_hooks["response"], capture_httpx
    if isinstance(getattr(client, "hooks", None), dict):  # requests itself has a module there
        return client.hooks["response"], capture_requests
    kinds = "a client of httpx or the OpenAI SDK, or a session of requests"
    raise TypeError(f"expected {kinds}, received {type(client).__name__}")


def _is_watched(response: Any, endpoints: tuple[str, ...]) -> bool:  # noqa: ANN401
    """Return whether a response is one to a request for images, and no stream of events."""
    if response.request.method != "POST":
        return False
    path = urlsplit(str(response.request.url)).path.rstrip("/")
    media_type = response.headers.get("content-type", "")
    return path.endswith(endpoints) and not media_type.startswith(_EVENT_STREAM)


class _Checker:
    """Checks captured exchanges on one daemon thread, in their order, and reports what is wrong.

    :param held_to: the contract of all exchanges; None where each has that of its model.
    """

    def __init__(self, catalog: ContractCatalog, held_to: Contract | None, report: Report) -> None:
        self._catalog = catalog
        self._held_to = held_to
        self._report: Callable[[Observation], object] = (
            partial(report.warning, "%s") if isinstance(report, logging.Logger) else report
        )
        self.counts = Counter(checked=0, with_findings=0, dropped=0, skipped=0)
        self._waiting: deque[Captured] = deque()
        self._bytes = 0
        self._changed = Condition()
        self._thread: Thread | None = None
        self._is_closed = False
        atexit.register(self.close, _EXIT_SECONDS)

    def submit(self, captured: Captured) -> None:
        """Check an exchange later; it is dropped where too much waits."""
        try:
            with self._changed:
                size = self._bytes + captured.size
                if self._is_closed or len(self._waiting) >= _MAX_ITEMS or size > _MAX_BYTES:
                    self.counts["dropped"] += 1
                    return
                if self._thread is None or not self._thread.is_alive():  # it ends in a fork
                    self._thread = Thread(target=self._run, name="mockserver-watch", daemon=True)
                    self._thread.start()
                self._waiting.append(captured)
                self._bytes = size
                self._changed.notify_all()
        except Exception:  # noqa: BLE001 - the user's code reads the response just now
            _log.debug("an exchange cannot be checked", exc_info=True)

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._waiting:
                    self._changed.wait_for(lambda: self._waiting or self._is_closed)
                    self._changed.wait_for(lambda: self._is_closed, _PAUSE_SECONDS)
                if not self._waiting:
                    return
            self._check(self._waiting[0])
            with self._changed:
                self._bytes -= self._waiting.popleft().size
                self._changed.notify_all()

    def wait(self, timeout: float) -> bool:
        """Wait some seconds until nothing is left to check, and return whether that is so."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting, timeout)

    def close(self, timeout: float) -> None:
        """Accept nothing more, and wait some seconds until nothing is left to check."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        self.wait(timeout)
        atexit.unregister(self.close)

    def _check(self, captured: Captured) -> None:
        try:
            exchange = captured.exchange()
            contract = self._contract(exchange) if exchange else None
            if exchange is None or contract is None:
                self._count("skipped")
                return
            self._count("checked")
            if findings := contract.findings(exchange):
                self._count("with_findings")
                self._report(_observation(contract, exchange, findings))
        except BaseException:  # noqa: BLE001 - pytest.fail and sys.exit raise no Exception
            _log.exception("an exchange cannot be checked or reported")

    def _count(self, what: str) -> None:
        with self._changed:
            self.counts[what] += 1

    def _contract(self, exchange: Exchange) -> Contract | None:
        fields = parse_or_none(exchange.request.body)
        model = fields.get("model") if isinstance(fields, dict) else None
        with suppress(SettingsError):
            named = model if isinstance(model, str) else self._catalog.pinned
            return self._held_to or self._catalog.load(named)
        return None


def _observation(contract: Contract, exchange: Exchange, findings: list[Finding]) -> Observation:
    request = exchange.request
    redactor = Redactor(key_in_use(request.headers.get("authorization", "")))
    redacted = [
        replace(
            finding,
            pointer=redactor.text(finding.pointer),
            expected=redactor.text(finding.expected),
            received=redactor.text(finding.received),
        )
        for finding in findings
    ]
    url, status = redactor.url(request.url), exchange.response.status
    return Observation(contract.id, request.method, url, status, tuple(redacted))

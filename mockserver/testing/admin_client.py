"""Tell a mock what to do, and ask it what was asked of it; over HTTP or in process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypedDict, Unpack
from urllib.parse import quote, urlencode

from mockserver.app.faults import read_scenario
from mockserver.app.signed_urls import PREFIX
from mockserver.app.tenants import tenant_id
from mockserver.errors import MockserverError
from mockserver.strict_json import JSON
from mockserver.testing.journal_entry import JournalEntry

__all__ = ["AdminClient", "AdminTransport", "FaultOptions", "RequestFilter"]

AdminTransport: TypeAlias = Callable[[str, str, JSON], tuple[int, JSON]]
"""Calls the admin API: method, path with query, body as JSON or None; gives status and JSON."""


class RequestFilter(TypedDict, total=False):
    """Which requests are meant: all that is given must hold; ``prompt`` is a part of the prompt."""

    prompt: str
    model: str
    size: str
    contract: str
    fault: str
    status: int
    method: str
    path: str


class FaultOptions(TypedDict, total=False):
    """When a fault happens and what it takes, as ``schemas/fault.schema.json`` tells.

    ``prompt`` (a part of it), ``model`` and ``size`` are members of ``match``, by themselves.
    """

    times: int | Literal["always"] | None
    after: int | None
    probability: float | None
    seed: int | None
    match: Mapping[str, str] | None
    prompt: str | None
    model: str | None
    size: str | None
    headers: Mapping[str, str] | None
    seconds: float | str | None
    pointer: str | None
    contract: str | None


_MATCHED = {"prompt", "model", "size"}


class AdminClient:
    """One mock, for the owner of one key or for everybody.

    Every method raises :class:`MockserverError` with the mock's own words when it refuses.

    :param send: calls the admin API.
    :param key: whose; it is never sent, only its digest. None means everybody.
    """

    def __init__(self, send: AdminTransport, key: str | None = None) -> None:
        self._send = send
        self._tenant = {"tenant": tenant_id(key)} if key is not None else {}

    def fail(self, what: int | str, **when: Unpack[FaultOptions]) -> Mapping[str, JSON]:
        """Let requests to come fail; ``mockserver faults`` lists what can go wrong.

        :param what: the status of a documented error, or a fault's name.
        :param when: see :class:`FaultOptions`.
        :return: the fault as it waits, with its ``id``.
        """
        named = {"status": what} if isinstance(what, int) else {"fault": what}
        given: dict[str, JSON] = _given(**when)
        match = {name: given.pop(name) for name in _MATCHED & given.keys()}
        matched = {"match": {**given.pop("match", {}), **match}} if match else {}
        return self._object("POST", "/faults", {**named, **given, **matched, **self._tenant})

    def scenario(self, name_or_file: str | Path) -> list[Mapping[str, JSON]]:
        """Put a scenario's faults in the place of all that wait.

        :param name_or_file: a scenario that is shipped, or a file of TOML or JSON.
        """
        meant: dict[str, JSON] = {"name": str(name_or_file)}
        if Path(name_or_file).is_file():
            read = read_scenario(str(name_or_file))
            meant = {"faults": [fault.to_json() for fault in read.faults]}
        return list(self._object("PUT", "/scenario", {**meant, **self._tenant})["faults"])

    @property
    def faults(self) -> list[Mapping[str, JSON]]:
        """The faults that wait, with how often each was met and used."""
        return list(self._object("GET", self._path("/faults", self._tenant))["faults"])

    def clear_faults(self, number: int | None = None) -> int:
        """Take out one fault by its ``id``, or all that wait; tell how many that were."""
        which = {"id": number} if number is not None else {}
        path = self._path("/faults", {**which, **self._tenant})
        return int(self._object("DELETE", path)["removed"])

    def use_contract(self, contract: str) -> None:
        """Let another contract answer the key's requests, such as ``dall-e-2@2026-01-16``."""
        self._object("PUT", "/contracts", {"contract": contract, **self._one("a contract")})

    def set_clock(self, time: datetime | str | None) -> None:
        """Stop the key's clock.

        :param time: where, with a time zone, as a value or in ISO 8601; None lets it go again.
        """
        text = time.isoformat() if isinstance(time, datetime) else time
        self._object("PUT", "/clock", {"time": text, **self._one("a clock")})

    def limit(self, rate: str | None = None, concurrency: int | None = None) -> None:
        """Limit the requests in a while, such as ``10/minute``, and at once; None: any number."""
        body = {"rate": rate, "concurrency": concurrency, **self._tenant}
        self._object("PUT", "/limits", body)

    @property
    def limits(self) -> Mapping[str, JSON]:
        """The limits, and what is left of them."""
        return self._object("GET", self._path("/limits", self._tenant))

    def credits(self, balance: int | None) -> None:
        """Set what images are paid from, in the units of ``meta.usage``; None never ends."""
        self._object("PUT", "/credits", {"balance": balance, **self._tenant})

    @property
    def balance(self) -> int | None:
        """What is left to pay images from; None never ends."""
        left: int | None = self._object("GET", self._path("/credits", self._tenant))["balance"]
        return left

    @property
    def settings(self) -> Mapping[str, JSON]:
        """What the mock was started with."""
        return self._object("GET", "/settings")

    @property
    def requests(self) -> list[JournalEntry]:
        """The requests for images that were answered, the oldest first."""
        return self.find(method="POST")

    @property
    def downloads(self) -> list[JournalEntry]:
        """The downloads of images by their links, the oldest first."""
        return [found for found in self.find(method="GET") if found.path.startswith(PREFIX)]

    def find(self, **filters: Unpack[RequestFilter]) -> list[JournalEntry]:
        """List the requests that are meant, downloads of images among them."""
        path = self._path("/requests", {**filters, **self._tenant})
        return _journal_entries(self._object("GET", path))

    def request(self, request_id: str) -> JournalEntry:
        """Give one request by the ``requestId`` of its answer, or its ``X-Request-Id``."""
        return JournalEntry.of(self._object("GET", f"/requests/{quote(request_id, safe='')}"))

    def clear_journal(self) -> int:
        """Forget the requests, and nothing else; tell how many that were."""
        return int(self._object("DELETE", self._path("/requests", self._tenant))["removed"])

    def count(self, **filters: Unpack[RequestFilter]) -> int:
        """Count the requests for images that are meant."""
        path = self._path("/requests/count", {**self._images(filters), **self._tenant})
        return int(self._object("GET", path)["count"])

    def wait(
        self, count: int = 1, timeout: float = 5, **filters: Unpack[RequestFilter]
    ) -> list[JournalEntry]:
        """Wait until so many requests for images were answered.

        :param timeout: in seconds, 60 at the most.
        :raises AssertionError: when the time is over before.
        """
        body = {**self._images(filters), **self._tenant, "count": count, "timeout": timeout}
        response = self._object("POST", "/requests/wait", body)
        came = _journal_entries(response)
        if not response["arrived"]:
            line = f"requests{_which(filters)} within {timeout:g} s: expected {count}"
            raise AssertionError(_listed(f"{line}, received {len(came)}", came))
        return came

    def assert_requested(
        self,
        *,
        times: int | None = None,
        at_least: int | None = None,
        at_most: int | None = None,
        **filters: Unpack[RequestFilter],
    ) -> None:
        """Hold the number of requests for images against what is expected: at least one.

        :param times: neither more nor fewer.
        :raises AssertionError: naming the requests that came nearest.
        """
        expected = _given(exactly=times, at_least=at_least, at_most=at_most)
        body = {**self._images(filters), **expected, **self._tenant}
        response = self._object("POST", "/requests/verify", body)
        if not response["verified"]:
            bounds = " and ".join(f"{name.replace('_', ' ')} {n}" for name, n in expected.items())
            line = f"requests{_which(filters)}: expected {bounds or 'at least 1'}"
            raise AssertionError(
                _listed(f"{line}, received {response['count']}", self._instead(response, filters))
            )

    def reset(self) -> None:
        """Forget all that was set and kept for the key, or for everybody; whoever hangs goes on."""
        self._object("POST", "/reset", self._tenant)

    def _instead(self, response: Mapping[str, Any], filters: RequestFilter) -> list[object]:
        """Name what came instead: too many as they are, else the nearest, else any."""
        if response["count"]:
            return [*self.find(**self._images(filters))]
        # Of another key's requests nobody may hear; and a download is no near miss.
        near = [m for m in response["nearest"] if not {"tenant", "method"} & m["misses"].keys()]
        return [_miss(**miss) for miss in near] or [*self.requests]

    @staticmethod
    def _images(filters: RequestFilter) -> RequestFilter:
        """Mean requests for images, unless told; the journal holds the downloads as well."""
        return {"method": "POST", **filters}

    def _one(self, what: str) -> Mapping[str, str]:
        if not self._tenant:
            raise MockserverError(f"{what} is set for one key: name it (key=…, or --key)")
        return self._tenant

    @staticmethod
    def _path(path: str, query: Mapping[str, object]) -> str:
        return f"{path}?{urlencode(query)}" if query else path

    def _object(self, method: str, path: str, body: JSON = None) -> Mapping[str, Any]:
        status, response = self._send(method, f"/__admin{path}", body)
        if not isinstance(response, dict):
            raise MockserverError(f"expected the answer of a mock, received {status}: {response!r}")
        if status >= 400:
            raise MockserverError(str(response.get("message", response)))
        return response


def _given(**values: JSON) -> dict[str, JSON]:
    return {name: value for name, value in values.items() if value is not None}


def _journal_entries(response: Mapping[str, Any]) -> list[JournalEntry]:
    return [JournalEntry.of(entry) for entry in response["requests"]]


def _which(filters: RequestFilter) -> str:
    told = ", ".join(f"{name} {value!r}" for name, value in filters.items())
    return f" with {told}" if told else ""


def _miss(request: Mapping[str, Any], misses: Mapping[str, str]) -> str:
    told = (f"{name}: {words}" for name, words in misses.items())
    return _listed(str(JournalEntry.of(request)), told)


def _listed(line: str, came: Iterable[object]) -> str:
    return "\n".join([line, *_indented(came)])


def _indented(lines: Iterable[object]) -> Iterator[str]:
    yield from (f"  {line}".replace("\n", "\n  ") for line in lines)

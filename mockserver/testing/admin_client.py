"""A client of the mock's admin API, over HTTP or in process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from datetime import datetime
from pathlib import Path
from typing import Any, Unpack, cast
from urllib.parse import quote, urlencode

from mockserver.app.data_file import read_data_file
from mockserver.app.faults import read_scenario
from mockserver.app.latency import parse_duration
from mockserver.app.rules import with_image
from mockserver.app.signed_urls import PREFIX
from mockserver.app.tenants import tenant_id
from mockserver.errors import MockserverError
from mockserver.strict_json import JSON
from mockserver.testing.admin_options import FaultOptions, RequestFilter, RuleOptions
from mockserver.testing.admin_transport import AdminTransport
from mockserver.testing.journal_entry import JournalEntry

_FAULT_MATCH = {"prompt", "model", "size"}
_RULE_MATCH = {"prompt", "pattern", "model", "fields"}


class AdminClient:
    """Controls a mock, for one API key or for all of them.

    Every method raises :class:`MockserverError` with the mock's message when the mock refuses.

    :param key: the API key; only its digest is sent. None means all keys.
    """

    def __init__(self, send: AdminTransport, key: str | None = None) -> None:
        self._send = send
        self._tenant = {"tenant": tenant_id(key)} if key is not None else {}

    def fail(self, what: int | str, **when: Unpack[FaultOptions]) -> Mapping[str, JSON]:
        """Add a fault for future requests; ``mockserver faults`` lists all faults.

        :param what: a status from 400 to 599, or the name of a fault.
        :param when: see :class:`FaultOptions`.
        :return: the queued fault, with its ``id``.
        """
        __tracebackhide__ = True
        named = {"status": what} if isinstance(what, int) else {"fault": what}
        given = _with_match(_FAULT_MATCH, **when)
        if "seconds" in given:
            parse_duration(given["seconds"])
        return self._object("POST", "/faults", {**named, **given, **self._tenant})

    def scenario(self, name_or_file: str | Path) -> list[Mapping[str, JSON]]:
        """Replace all queued faults by those of a shipped scenario, or of a TOML or JSON file."""
        new = [fault.to_json() for fault in read_scenario(str(name_or_file)).faults]
        return list(self._object("PUT", "/scenario", {"faults": new, **self._tenant})["faults"])

    @property
    def faults(self) -> list[Mapping[str, JSON]]:
        """The queued faults, with how often each matched and was used."""
        return list(self._object("GET", self._path("/faults"))["faults"])

    @property
    def faults_of_keys(self) -> list[Mapping[str, JSON]]:
        """The faults that are queued for single keys, each with the digest as ``tenant``."""
        return [
            {**fault, "tenant": each["tenant"]}
            for each in self._object("GET", "/tenants")["tenants"]
            for fault in each["faults"]
        ]

    def clear_faults(self, number: int | None = None) -> int:
        """Remove one fault by its ``id``, or all; return how many were removed."""
        return self._removed("/faults", number)

    def add_rule(self, **options: Unpack[RuleOptions]) -> Mapping[str, JSON]:
        """Add a rule for future requests: an own image or an own response.

        :param options: see :class:`RuleOptions`.
        :return: the rule, with its ``id`` and what it breaks in the contract as ``warnings``.
        """
        __tracebackhide__ = True
        rule = with_image(_with_match(_RULE_MATCH, **options), Path())
        return self._object("POST", "/rules", {**rule, **self._tenant})

    def set_rules(self, rules: str | Path | Iterable[Mapping[str, JSON]]) -> list[JSON]:
        """Replace all rules by those of a file, or by rules as in ``rule.schema.json``."""
        if isinstance(rules, str | Path):
            folder = Path(rules).parent
            rules = [*read_data_file(Path(rules), "rules.schema.json")["rules"]]
        else:
            folder = Path()
        body = {"rules": [with_image(rule, folder) for rule in rules], **self._tenant}
        return list(self._object("PUT", "/rules", body)["rules"])

    @property
    def rules(self) -> list[Mapping[str, JSON]]:
        """The rules, with how often each matched and was used."""
        return list(self._object("GET", self._path("/rules"))["rules"])

    def clear_rules(self, number: int | None = None) -> int:
        """Remove one rule by its ``id``, or all; return how many were removed."""
        return self._removed("/rules", number)

    def use_contract(self, contract: str) -> None:
        """Respond to the key's requests by another contract, such as ``dall-e-2@2026-01-16``."""
        self._object("PUT", "/contracts", {"contract": contract, **self._one("a contract")})

    def set_clock(self, time: datetime | str | None) -> None:
        """Stop the key's clock.

        :param time: with a time zone, as a value or in ISO 8601; None sets the real time.
        """
        text = time.isoformat() if isinstance(time, datetime) else time
        self._object("PUT", "/clock", {"time": text, **self._one("a clock")})

    def limit(self, rate: str | None = None, concurrency: int | None = None) -> None:
        """Limit the requests in a period, such as ``10/minute``, and at once; None: unlimited."""
        body = {"rate": rate, "concurrency": concurrency, **self._tenant}
        self._object("PUT", "/limits", body)

    @property
    def limits(self) -> Mapping[str, JSON]:
        """The limits, and what remains of them."""
        return self._object("GET", self._path("/limits"))

    def credits(self, balance: int | None) -> None:
        """Set the balance, in the units of ``meta.usage``; None: unlimited."""
        self._object("PUT", "/credits", {"balance": balance, **self._tenant})

    @property
    def balance(self) -> int | None:
        """The balance, in the units of ``meta.usage``; None: unlimited."""
        return cast("int | None", self._object("GET", self._path("/credits"))["balance"])

    @property
    def settings(self) -> Mapping[str, JSON]:
        """The settings that the mock was started with."""
        return self._object("GET", "/settings")

    @property
    def requests(self) -> list[JournalEntry]:
        """The requests for images that were answered, oldest first."""
        return self.find(method="POST")

    @property
    def downloads(self) -> list[JournalEntry]:
        """The downloads of images by their links, oldest first."""
        return [found for found in self.find(method="GET") if found.path.startswith(PREFIX)]

    def find(self, **filters: Unpack[RequestFilter]) -> list[JournalEntry]:
        """Return the selected requests, including downloads of images."""
        return _journal_entries(self._object("GET", self._path("/requests", **filters)))

    def request(self, request_id: str) -> JournalEntry:
        """Return one request by the ``requestId`` or ``X-Request-Id`` of its response."""
        return JournalEntry.of(self._object("GET", f"/requests/{quote(request_id, safe='')}"))

    def clear_journal(self) -> int:
        """Clear the journal and nothing else; return how many requests were removed."""
        return int(self._object("DELETE", self._path("/requests"))["removed"])

    def count(self, **filters: Unpack[RequestFilter]) -> int:
        """Count the selected requests for images."""
        path = self._path("/requests/count", **self._images(filters))
        return int(self._object("GET", path)["count"])

    def wait(
        self, count: int = 1, timeout: float = 5, **filters: Unpack[RequestFilter]
    ) -> list[JournalEntry]:
        """Wait until the given number of requests for images were answered.

        :param timeout: in seconds, at most 60.
        :raises AssertionError: when the time is up first.
        """
        __tracebackhide__ = True
        body = {**self._images(filters), **self._tenant, "count": count, "timeout": timeout}
        response = self._object("POST", "/requests/wait", body)
        came = _journal_entries(response)
        if not response["arrived"]:
            line = f"requests{_which(filters)} within {timeout:g} s: expected {count}"
            shown: Iterable[object] = came or self._with_other_keys(filters)
            raise AssertionError(_listed(f"{line}, received {len(came)}", shown))
        return came

    def assert_requested(
        self,
        *,
        times: int | None = None,
        at_least: int | None = None,
        at_most: int | None = None,
        **filters: Unpack[RequestFilter],
    ) -> None:
        """Assert the number of requests for images: by default at least one.

        :param times: the exact number.
        :raises AssertionError: naming the requests that match most nearly.
        """
        __tracebackhide__ = True
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
        """Reset all state of the key, or of all keys. Hanging requests resume."""
        self._object("POST", "/reset", self._tenant)

    def _instead(self, response: Mapping[str, Any], filters: RequestFilter) -> list[object]:
        """Return what to show instead: the requests, if too many; else the nearest; else any."""
        if response["count"]:
            return [*self.find(**self._images(filters))]
        # Requests of other keys are private, and downloads are no near misses.
        near = [m for m in response["nearest"] if not {"tenant", "method"} & m["misses"].keys()]
        shown: Iterable[object] = [_miss(**miss) for miss in near] or self.requests
        return [*shown, *self._with_other_keys(filters)]

    def _with_other_keys(self, filters: RequestFilter) -> list[str]:
        """Return a line on the selected requests of other keys, where this key has none.

        Clients often send another key. Their number reveals nothing.
        """
        others = AdminClient(self._send).count(**filters) if self._tenant else 0
        came = f"{others} {'request' if others == 1 else 'requests'} came with another key"
        return [f"{came}: send image_api.key, or use image_api_env"] if others else []

    @staticmethod
    def _images(filters: RequestFilter) -> RequestFilter:
        """Select requests for images by default: the journal has the downloads as well."""
        return cast("RequestFilter", {"method": "POST", **_given(**filters)})

    def _one(self, what: str) -> Mapping[str, str]:
        if not self._tenant:
            raise MockserverError(f"{what} is set for one key: name it (key=…, or --key)")
        return self._tenant

    def _removed(self, path: str, number: int | None) -> int:
        return int(self._object("DELETE", self._path(path, id=number))["removed"])

    def _path(self, path: str, /, **query: object) -> str:
        return f"{path}?{urlencode({**_given(**query), **self._tenant})}"

    def _object(self, method: str, path: str, body: JSON = None) -> Mapping[str, Any]:
        __tracebackhide__ = True
        status, response = self._send(method, f"/__admin{path}", body)
        if not isinstance(response, dict):
            reason = f"expected the response of a mock, received {status}: {response!r}"
            raise MockserverError(reason)
        if status >= 400:
            title, _, details = str(response.get("message", response)).partition("\n")
            raise MockserverError(details or title)
        return response


def _given(**values: JSON) -> dict[str, JSON]:
    return {name: value for name, value in values.items() if value is not None}


def _with_match(names: Set[str], **options: JSON) -> dict[str, JSON]:
    """Return the given options, those with these names as members of ``match``."""
    given = _given(**options)
    match = {name: given.pop(name) for name in names & given.keys()}
    return {"match": {**given.pop("match", {}), **match}, **given} if match else given


def _journal_entries(response: Mapping[str, Any]) -> list[JournalEntry]:
    return [JournalEntry.of(entry) for entry in response["requests"]]


def _which(filters: RequestFilter) -> str:
    text = ", ".join(f"{name} {value!r}" for name, value in _given(**filters).items())
    return f" with {text}" if text else ""


def _miss(request: Mapping[str, Any], misses: Mapping[str, str]) -> str:
    reasons = (f"{name}: {reason}" for name, reason in misses.items())
    return _listed(str(JournalEntry.of(request)), reasons)


def _listed(line: str, items: Iterable[object]) -> str:
    return "\n".join([line, *(f"  {item}".replace("\n", "\n  ") for item in items)])

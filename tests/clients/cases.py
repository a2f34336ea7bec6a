"""Every fault once, with the options that it needs, and what a client made of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from mockserver.app.faults import fault_kinds
from mockserver.app.tenants import tenant_id
from mockserver.strict_json import JSON
from tests.http import PINNED

PATIENCE = 2.0
"""How long each client waits for bytes, in seconds."""

_OPTIONS: dict[str, dict[str, JSON]] = {
    "error": {"status": 529},
    "delay": {"seconds": 0.5},
    "slow-drip": {"seconds": 3},
    "slow-link": {"seconds": 30},
    "drop-field": {"pointer": "/data"},
    "null-field": {"pointer": "/data/0/url"},
    "retype-field": {"pointer": "/data"},
    "migrate": {"contract": PINNED},
}


@dataclass(frozen=True)
class Case:
    """A fault that happens to every request of a client."""

    fault: str
    options: Mapping[str, JSON] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The fault and its options, as in a scenario."""
        given = [f"{name}={value}" for name, value in self.options.items() if name != "headers"]
        headers = self.options.get("headers", {})
        return " ".join([self.fault, *given, *(f"{n}: {v}" for n, v in headers.items())])

    def key(self, client: str) -> str:
        """A key for one client and case alone."""
        return f"mock-client-{tenant_id(self.title)}-{client}"

    def to_json(self, client: str) -> dict[str, JSON]:
        """The fault as the admin API takes it."""
        tenant = tenant_id(self.key(client))
        return {"fault": self.fault, "times": "always", "tenant": tenant, **self.options}


def _cases() -> list[Case]:
    cases = [Case(name, _OPTIONS.get(name, {})) for name in fault_kinds()]
    told = Case("rate-limited", {"headers": {"retry-after-ms": "50"}})
    at = [case.fault for case in cases].index("rate-limited") + 1
    return [*cases[:at], told, *cases[at:]]


CASES = _cases()


@dataclass(frozen=True)
class Outcome:
    """What a client made of a fault.

    :ivar error: the class of what it raised; nothing when it noticed nothing.
    :ivar retries: how often it asked again by itself, as the journal counts it.
    :ivar waited: seconds.
    """

    error: str
    retries: int
    waited: float

    def __str__(self) -> str:
        what = f"`{self.error}`" if self.error else "no error"
        tries = f", {self.retries} retries" if self.retries else ""
        waited = round(self.waited * 2) / 2
        return f"{what}{tries}{f', {waited:g} s' if waited else ''}"

    @classmethod
    def of(cls, cell: str) -> Outcome:
        """Read a cell of the table."""
        found = re.fullmatch(r"(?:`(\w+)`|no error)(?:, (\d+) retries)?(?:, ([\d.]+) s)?", cell)
        assert found, f"no cell of the table: {cell!r}"
        return cls(found[1] or "", int(found[2] or 0), float(found[3] or 0))

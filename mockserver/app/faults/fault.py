"""A fault as data: what goes wrong, when, and for whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from random import Random
from typing import Any

from mockserver.app.latency import parse_duration
from mockserver.app.match_queue import ALWAYS
from mockserver.contracts import error_catalog
from mockserver.contracts.finding import Level
from mockserver.contracts.json_schema import validator
from mockserver.contracts.messages import findings_from_errors
from mockserver.contracts.schema_loader import read_schema
from mockserver.errors import SettingsError
from mockserver.paths import SCHEMAS
from mockserver.strict_json import JSON

__all__ = ["ANY_STATUS", "WHEN", "Fault", "Match"]

ANY_STATUS = "error"
"""The fault that responds with the status of its options."""

WHEN = {"times", "after", "probability", "seed", "match", "tenant"}
"""The fields that say when a fault happens, and for whom."""


@dataclass(frozen=True, slots=True)
class Match:
    """Which requests a fault can happen to; None matches anything."""

    model: str | None = None
    prompt: str | None = None
    size: str | None = None

    def holds(self, fields: Mapping[str, JSON]) -> bool:
        """Return whether the fields of a request, with defaults applied, match."""
        return (
            self.model in (None, fields.get("model"))
            and self.size in (None, fields.get("size"))
            and (self.prompt is None or self.prompt in str(fields.get("prompt", "")))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault, as ``schemas/fault.schema.json`` defines it.

    :ivar name: its name in the fault catalog.
    :ivar times: how many requests it happens to, or ``always``.
    :ivar after: how many matching requests pass before.
    :ivar probability: how likely it happens to a matching request.
    :ivar options: the options of this kind of fault: headers, seconds, message, body, status,
        pointer, contract.
    """

    name: str
    times: int | str = 1
    after: int = 0
    probability: float = 1
    seed: int = 0
    match: Match = Match()
    tenant: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, data: JSON) -> Fault:
        """Return the fault of a JSON value.

        :raises SettingsError: when it breaks the schema; the message names each error.
        """
        if found := findings_from_errors(_validator().iter_errors(data), Level.DOCUMENTED, ""):
            raise SettingsError("; ".join(f"{f.pointer or 'a fault'}: {f.words}" for f in found))
        return cls.of_valid(data)

    @classmethod
    def of_valid(cls, data: JSON) -> Fault:
        """Return the fault of a JSON value that keeps the schema."""
        when = {name: data[name] for name in WHEN & data.keys()}
        if "match" in when:
            when["match"] = Match(**when["match"])
        if when.get("times", ALWAYS) != ALWAYS:
            when["times"] = int(when["times"])
        options = {name: data[name] for name in data.keys() - WHEN - {"fault"}}
        name = data.get("fault") or _name_of(data["status"])
        if "status" in options:
            options["status"] = int(options["status"])
        if "fault" not in data and name != ANY_STATUS:
            del options["status"]
        return cls(name=name, options=options, **when)

    def matches(self, fields: Mapping[str, JSON], tenant: str) -> bool:
        """Return whether it can happen to a tenant's request with these fields."""
        return self.tenant in (None, tenant) and self.match.holds(fields)

    def drawn(self, count: int) -> Fault:
        """Return the fault for one request; its own seed draws how long it takes.

        :param count: how many requests it has happened to; the same one draws the same.
        """
        if not isinstance(text := self.options.get("seconds"), str):
            return self
        seconds = parse_duration(text)(Random(f"seconds {self.seed} {count}"))
        return replace(self, options={**self.options, "seconds": seconds})

    def to_stored(self) -> JSON:
        """Return the fault as JSON that another process can read."""
        return self.to_json()

    def to_json(self) -> dict[str, JSON]:
        """Return the fault as JSON."""
        match = {name: text for name, text in asdict(self.match).items() if text}
        return {
            "fault": self.name,
            "times": self.times,
            "after": self.after,
            "probability": self.probability,
            "seed": self.seed,
            **({"match": match} if match else {}),
            **({"tenant": self.tenant} if self.tenant else {}),
            **self.options,
        }


@cache
def _validator() -> Any:  # noqa: ANN401
    return validator(read_schema(SCHEMAS / "fault.schema.json"))


def _name_of(status: int) -> str:
    """Return the name of the first documented error of a status, else that of any status."""
    errors = [error for error in error_catalog().errors.values() if not error.project_defined]
    names = {error.status: error.name for error in reversed(errors)}
    return names.get(status, ANY_STATUS)

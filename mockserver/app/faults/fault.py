"""A fault as data: what goes wrong, when, and for whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from random import Random
from typing import Any

from mockserver.app.latency import parse_duration
from mockserver.app.matching import CONDITIONS, Matching, conditions, whole_numbers
from mockserver.contracts import error_catalog
from mockserver.strict_json import JSON

ANY_STATUS = "error"
"""The fault that responds with the status of its options."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault(Matching):
    """A fault, as ``schemas/fault.schema.json`` defines it.

    :ivar name: its name in the fault catalog.
    :ivar options: the options of this kind of fault: headers, seconds, message, body, status,
        pointer, contract.
    """

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, data: JSON) -> Fault:
        """Return the fault of a JSON value that keeps the schema."""
        data = whole_numbers(data)
        name = data.get("fault") or _name_of(data["status"])
        options = {n: value for n, value in data.items() if n not in {"fault", *CONDITIONS}}
        if "fault" not in data and name != ANY_STATUS:
            del options["status"]
        return cls(name=name, options=options, **conditions(data))

    def drawn(self, count: int) -> Fault:
        """Return the fault for one request; its own seed draws how long it takes.

        :param count: how many requests it has happened to; the same one draws the same.
        """
        if not isinstance(text := self.options.get("seconds"), str):
            return self
        seconds = parse_duration(text)(Random(f"seconds {self.seed} {count}"))
        return replace(self, options={**self.options, "seconds": seconds})

    def to_json(self) -> dict[str, JSON]:
        """Return the fault as JSON."""
        match = {name: text for name, text in asdict(self.match).items() if text}
        return {
            "fault": self.name,
            **Matching.to_json(self),  # super() does not know a class with slots
            **({"match": match} if match else {}),
            **({"tenant": self.tenant} if self.tenant else {}),
            **self.options,
        }


def _name_of(status: int) -> str:
    """Return the name of the first documented error of a status, else that of any status."""
    errors = [error for error in error_catalog().errors.values() if not error.project_defined]
    names = {error.status: error.name for error in reversed(errors)}
    return names.get(status, ANY_STATUS)

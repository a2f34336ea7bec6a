"""A fault as data: what goes wrong, when, and for whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
        if "fault" not in data:
            data["fault"] = _name_of(data["status"])
            if data["fault"] != ANY_STATUS:
                del data["status"]
        options = {n: value for n, value in data.items() if n not in {"fault", *CONDITIONS}}
        return cls(name=data["fault"], options=options, **conditions(data))

    def drawn(self, count: int) -> Fault:
        """Return the fault for one request; its own seed draws how long it takes.

        :param count: how many requests it has happened to; the same one draws the same.
        """
        if not isinstance(text := self.options.get("seconds"), str):
            return self
        seconds = parse_duration(text)(Random(f"seconds {self.seed} {count}"))
        return replace(self, options={**self.options, "seconds": seconds})


def _name_of(status: int) -> str:
    """Return the name of the first documented error of a status, else that of any status."""
    errors = [error for error in error_catalog().errors.values() if not error.project_defined]
    names = {error.status: error.name for error in reversed(errors)}
    return names.get(status, ANY_STATUS)

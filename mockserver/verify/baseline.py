"""Drift that is known: it does not fail a run until it expires."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Self

from mockserver.contracts import Finding
from mockserver.contracts.schema_loader import read_checked
from mockserver.errors import SettingsError
from mockserver.paths import SCHEMAS
from mockserver.strict_json import JSON
from mockserver.verify.results import place

__all__ = ["Baseline", "BaselineEntry", "DriftKey"]

_SCHEMA = SCHEMAS / "baseline.schema.json"
_DAYS = 30
_STATUS = "status"


@dataclass(frozen=True, slots=True)
class DriftKey:
    """What drifts. Of a status it matters which came for which: all are at the same place."""

    contract: str
    level: str
    pointer: str
    rule: str
    expected: str | None = None
    received: str | None = None

    @classmethod
    def of(cls, contract: str, finding: Finding) -> Self:
        """Name what a finding is about."""
        known = contract, str(finding.level), place(finding), finding.rule
        if finding.rule != _STATUS:
            return cls(*known)
        return cls(*known, finding.expected, finding.received.partition(" ")[0])

    @property
    def data(self) -> dict[str, str]:
        """The same as plain data."""
        pairs = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in pairs.items() if value is not None}


@dataclass(frozen=True, slots=True)
class BaselineEntry:
    """One entry.

    :ivar reason: why it is let pass.
    :ivar expires: the last day on which it is.
    """

    what: DriftKey
    reason: str
    expires: date

    def holds(self, today: date) -> bool:
        """Tell whether it has not expired."""
        return today <= self.expires

    @property
    def data(self) -> dict[str, str]:
        """The entry as it is written down."""
        return {**self.what.data, "reason": self.reason, "expires": self.expires.isoformat()}


@dataclass(frozen=True)
class Baseline:
    """The drift that is known.

    :ivar entries: by what drifts.
    """

    entries: Mapping[DriftKey, BaselineEntry]

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read a file.

        :raises ContractError: with file and pointer, when it does not keep its schema.
        :raises SettingsError: when it names the same drift twice.
        """
        listed = [_entry(data) for data in read_checked(file, _SCHEMA)["drift"]]
        entries = {known.what: known for known in listed}
        if len(entries) < len(listed):
            raise SettingsError(f"{file}: expected each drift once, received one of them twice")
        return cls(entries)

    def find(self, contract: str, finding: Finding) -> BaselineEntry | None:
        """Give the entry that a finding is known by, expired or not."""
        return self.entries.get(DriftKey.of(contract, finding))

    def updated(
        self, found: Iterable[tuple[str, Finding]], checked: Iterable[str], today: date
    ) -> Baseline:
        """Give the baseline of what was found today; what is known keeps its reason.

        :param checked: the contracts that were checked: what was not found of them is dropped.
        """
        until = today + timedelta(days=_DAYS)
        words = f"accepted on {today}; say here why, and when it has to be gone"
        seen = {DriftKey.of(contract, finding) for contract, finding in found}
        fresh = {what: BaselineEntry(what, words, until) for what in seen}
        kept = {
            what: known if known.holds(today) else BaselineEntry(what, known.reason, until)
            for what, known in self.entries.items()
            if what in seen or what.contract not in set(checked)
        }
        return Baseline({**fresh, **kept})

    @property
    def text(self) -> str:
        """What is written down, in an order of its own."""
        ordered = sorted((known.data for known in self.entries.values()), key=_order)
        return json.dumps({"drift": ordered}, indent=2, ensure_ascii=False) + "\n"


def _order(entry: dict[str, str]) -> list[str]:
    return [entry[name] for name in ("contract", "pointer", "level", "rule")] + [str(entry)]


def _entry(data: dict[str, JSON]) -> BaselineEntry:
    rest = {name: value for name, value in data.items() if name not in {"reason", "expires"}}
    return BaselineEntry(DriftKey(**rest), data["reason"], date.fromisoformat(data["expires"]))

"""Known differences: they do not fail a run until they expire."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Self

from mockserver.contracts import Finding
from mockserver.contracts.finding import without_indices
from mockserver.contracts.schema_loader import read_checked
from mockserver.errors import SettingsError
from mockserver.paths import SCHEMAS
from mockserver.strict_json import JSON

_SCHEMA = SCHEMAS / "baseline.schema.json"
_DAYS = 30
_STATUS = "status"


@dataclass(frozen=True, slots=True)
class DriftKey:
    """Identity of a difference. Status differences also carry expected and received."""

    contract: str
    level: str
    pointer: str
    rule: str
    expected: str | None = None
    received: str | None = None

    @classmethod
    def of(cls, contract: str, finding: Finding) -> Self:
        """Return the identity of a finding."""
        key = contract, str(finding.level), without_indices(finding.pointer), finding.rule
        if finding.rule != _STATUS:
            return cls(*key)
        return cls(*key, finding.expected, finding.received.partition(" ")[0])


@dataclass(frozen=True, slots=True)
class BaselineEntry:
    """One entry.

    :ivar reason: why it is accepted.
    :ivar expires: the last day on which it is.
    """

    key: DriftKey
    reason: str
    expires: date

    def holds(self, today: date) -> bool:
        """Return whether it has not expired."""
        return today <= self.expires

    @property
    def data(self) -> dict[str, str]:
        """The entry as plain data."""
        key = {name: value for name, value in asdict(self.key).items() if value is not None}
        return {**key, "reason": self.reason, "expires": self.expires.isoformat()}


@dataclass(frozen=True)
class Baseline:
    """The known differences.

    :ivar schema: the ``$schema`` of the file, for editors; it stays where the file is updated.
    """

    entries: Mapping[DriftKey, BaselineEntry]
    schema: str | None = None

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read a file.

        :raises ContractError: with file and pointer, when it does not keep its schema.
        :raises SettingsError: when it names the same drift twice.
        """
        content = read_checked(file, _SCHEMA)
        listed = [_entry(data) for data in content["drift"]]
        entries = {entry.key: entry for entry in listed}
        if len(entries) < len(listed):
            raise SettingsError(f"{file}: expected each drift once, received one of them twice")
        return cls(entries, content.get("$schema"))

    def find(self, contract: str, finding: Finding) -> BaselineEntry | None:
        """Return the entry of a finding, expired or not."""
        return self.entries.get(DriftKey.of(contract, finding))

    def updated(
        self, found: Iterable[tuple[str, Finding]], checked: Iterable[str], today: date
    ) -> Baseline:
        """Return the baseline of what was found today; known entries keep their reason.

        :param checked: the contracts that were checked: what was not found of them is dropped.
        """
        expires, contracts = today + timedelta(days=_DAYS), set(checked)
        reason = f"accepted on {today}; say here why, and when it has to be gone"
        seen = {DriftKey.of(contract, finding) for contract, finding in found}
        new = {key: BaselineEntry(key, reason, expires) for key in seen}
        kept = {
            key: entry if entry.holds(today) else replace(entry, expires=expires)
            for key, entry in self.entries.items()
            if key in seen or key.contract not in contracts
        }
        return replace(self, entries={**new, **kept})

    @property
    def text(self) -> str:
        """The baseline as it is written to a file, sorted."""
        entries = [entry.data for entry in self.entries.values()]
        entries.sort(key=lambda entry: (entry["contract"], entry["pointer"], str(entry)))
        schema = {"$schema": self.schema} if self.schema else {}
        return json.dumps({**schema, "drift": entries}, indent=2, ensure_ascii=False) + "\n"


def _entry(data: dict[str, JSON]) -> BaselineEntry:
    rest = {name: value for name, value in data.items() if name not in {"reason", "expires"}}
    return BaselineEntry(DriftKey(**rest), data["reason"], date.fromisoformat(data["expires"]))

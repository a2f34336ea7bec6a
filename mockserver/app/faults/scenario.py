"""Scenarios: faults that belong together, in a file of TOML or JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from mockserver.app.data_file import naming_place, read_data_file
from mockserver.app.faults.catalog import read_fault
from mockserver.app.faults.fault import Fault
from mockserver.errors import SettingsError
from mockserver.paths import FIXTURES

_KEY = "mock-"


class Scenario(NamedTuple):
    """Faults that belong together, and a summary of what a client sees."""

    name: str
    summary: str
    faults: tuple[Fault, ...]


def read_scenario(name_or_file: str) -> Scenario:
    """Read a scenario: a shipped one by its name, or a file of TOML or JSON.

    :raises SettingsError: when there is none, or the file is invalid.
    """
    if name_or_file in scenarios():
        return scenarios()[name_or_file]
    file = Path(name_or_file)
    if not file.is_file():
        known = ", ".join(scenarios())
        raise SettingsError(f"no scenario {name_or_file!r}; expected a file, or one of {known}")
    return _read(file)


@cache
def scenarios() -> Mapping[str, Scenario]:
    """Return every scenario that the package ships, by name."""
    return {file.stem: _read(file) for file in _files()}


@cache
def _files() -> Sequence[Path]:
    return sorted((FIXTURES / "scenarios").glob("*.toml"))


def scenario_of_key(key: str) -> Scenario | None:
    """Return the scenario that a key names: ``mock-flaky`` and ``mock-flaky-…`` name ``flaky``."""
    if not key.startswith(_KEY):
        return None
    rest = key.removeprefix(_KEY)
    names = (file.stem for file in _files())
    matching = (name for name in names if f"{rest}-".startswith(f"{name}-"))
    name = next(matching, None)
    return scenarios()[name] if name else None


def _read(file: Path) -> Scenario:
    data = read_data_file(file, "scenario.schema.json")
    faults: list[Fault] = []
    for i, fault in enumerate(data["faults"]):
        with naming_place(f"{file}#/faults/{i}: "):
            faults.append(read_fault(fault))
    return Scenario(file.stem, data["summary"], tuple(faults))

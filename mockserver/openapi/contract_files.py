"""The files of imported contracts, and where they are written."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from mockserver.contracts.catalog import CONTRACT_FILE, is_imported, load_contract
from mockserver.contracts.contract import Contract
from mockserver.contracts.refs import read_object
from mockserver.errors import ContractError, SettingsError
from mockserver.paths import SCHEMAS
from mockserver.settings import HeaderMode
from mockserver.strict_json import JSON

SHARED = "data.overlay.schema.json"
_KINDS = ("request", "response", "headers", "overlay")
_FILES = (*(f"{kind}.schema.json" for kind in _KINDS), CONTRACT_FILE)
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


class Outcome(StrEnum):
    """What a plan does to a folder."""

    WRITTEN = "wrote"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"


def folder_of(model: str, revision: str) -> Path:
    """Return the folder of a contract below a root; a slash in the model starts another folder."""
    steps = [_UNSAFE.sub("_", step) for step in model.split("/")]
    return Path(*(step.strip(".") or "_" for step in steps), revision)


def shared_name(kind: str, schema: JSON) -> str:
    """Return the place of a schema that several contracts may share, below a root."""
    digest = sha256(json.dumps(schema, sort_keys=True).encode()).hexdigest()
    return f"shared/{kind}-{digest[:8]}.schema.json"


@dataclass(frozen=True)
class ContractFiles:
    """A contract as files.

    :ivar id: its id, such as ``dall-e-2@2025-08-19``.
    :ivar folder: its place below a root.
    :ivar files: their content, by name.
    :ivar shared: the content of the files that it shares with others, by their places below a root.
    """

    id: str
    folder: Path
    files: dict[str, JSON]
    shared: dict[str, JSON] = field(default_factory=dict)

    def load(self, headers: HeaderMode = "as-documented") -> Contract:
        """Return the contract, loaded from a temporary folder as a server loads it.

        :raises ContractError: when it cannot be served.
        """
        with TemporaryDirectory() as place:
            self.write(Path(place))
            return load_contract(Path(place) / self.folder, headers)

    def plan(self, root: Path, *, dated: bool, force: bool) -> Plan:
        """Return what is to be done with it below a root.

        :param dated: whether the user named the revision; else a contract that differs from the
            latest one in its date only is not written again.
        :param force: whether a different one that is there is replaced.
        :raises SettingsError: when a different one is there and ``force`` is false.
        """
        place = root / self.folder
        if self.shared and self._is_by_hand(place):
            return Plan(self, place, Outcome.UNCHANGED, " (written by hand)")
        if since := None if dated else self._same_since(place.parent):
            note = f" (says the same as {self.id})"
            return Plan(self, place.parent / since, Outcome.UNCHANGED, note)
        return Plan(self, place, self._outcome(root, force))

    def _outcome(self, root: Path, force: bool) -> Outcome:
        place = root / self.folder
        there = {name: _read(place / name) for name in _FILES if (place / name).exists()}
        if not there:
            return Outcome.WRITTEN
        shared = {name: _read(root / name) for name in self.shared}
        if (there, shared) == (self.files, self.shared):
            return Outcome.UNCHANGED
        if not force:
            names = ", ".join(n for n in _FILES if there.get(n) != self.files.get(n))
            raise SettingsError(f"{place} differs in {names}; --force replaces it")
        return Outcome.REPLACED

    def _same_since(self, parent: Path) -> str | None:
        """Return the latest revision in a model's folder, if it differs in its date only."""
        revision = self.folder.name
        dates = sorted(file.parent.name for file in parent.glob(f"*/{CONTRACT_FILE}"))
        if not dates or revision in dates:
            return None
        latest = {name: _read(parent / dates[-1] / name) for name in self.files}
        before, after = (
            json.dumps(files, sort_keys=True).replace(date, "")
            for files, date in ((latest, dates[-1]), (self.files, revision))
        )
        return dates[-1] if before == after else None

    def _is_by_hand(self, place: Path) -> bool:
        about = _read(place / CONTRACT_FILE)
        return about is not None and not is_imported(about)

    def write(self, root: Path) -> None:
        """Write it below a root, with the overlay that it shares unless that is there."""
        shared = root / SHARED
        root.mkdir(parents=True, exist_ok=True)
        if not shared.exists():
            shutil.copy(SCHEMAS / SHARED, shared)
        for name, schema in self.shared.items():
            (root / name).parent.mkdir(exist_ok=True)
            _write(root / name, schema)
        place = root / self.folder
        place.mkdir(parents=True, exist_ok=True)
        for name in (n for n in _FILES if n not in self.files):
            (place / name).unlink(missing_ok=True)
        # contract.json comes last: a contract is found by it, so none is found half written.
        for name in (n for n in _FILES if n in self.files):
            _write(place / name, self.files[name])


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done with a contract.

    :ivar place: the folder that holds it afterwards.
    :ivar note: why that is another folder than its own.
    """

    contract_files: ContractFiles
    place: Path
    outcome: Outcome
    note: str = ""

    def carry_out(self, root: Path) -> None:
        """Write the contract below a root, if that is needed."""
        if self.outcome is not Outcome.UNCHANGED:
            self.contract_files.write(root)

    def __str__(self) -> str:
        return f"{self.outcome:9}  {self.place}{self.note}"


def plans(imported: Iterable[ContractFiles], root: Path, *, dated: bool, force: bool) -> list[Plan]:
    """Return what is to be done with contracts below a root, before any file is written.

    The options are those of :meth:`ContractFiles.plan`.

    :raises SettingsError: as it does, or when two contracts of one id differ.
    """
    by_folder: dict[Path, ContractFiles] = {}
    for contract in imported:
        if by_folder.setdefault(contract.folder, contract).files != contract.files:
            raise SettingsError(f"two documents describe {contract.id} differently")
    return [contract.plan(root, dated=dated, force=force) for contract in by_folder.values()]


def _write(file: Path, value: JSON) -> None:
    new = file.with_name(f".{file.name}.new")
    new.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    new.replace(file)


def _read(file: Path) -> JSON:
    try:
        return read_object(file)
    except ContractError:
        return None

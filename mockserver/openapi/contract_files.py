"""The files of an imported contract, put where the shelf finds them."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

from mockserver.contracts.catalog import CONTRACT_FILE, load_contract
from mockserver.contracts.contract import Contract
from mockserver.contracts.refs import read_object
from mockserver.errors import ContractError, SettingsError
from mockserver.paths import SCHEMAS
from mockserver.strict_json import JSON

__all__ = ["SHARED", "ContractFiles", "Outcome", "folder_of"]

SHARED = "data.overlay.schema.json"
_FILES = ("request.schema.json", "response.schema.json", "overlay.schema.json", CONTRACT_FILE)
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


class Outcome(StrEnum):
    """What became of a folder."""

    WRITTEN = "wrote"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"


def folder_of(model: str, revision: str) -> Path:
    """Name the folder of a contract below a root; a model's slashes make folders of their own."""
    steps = [_UNSAFE.sub("_", step) for step in model.split("/")]
    return Path(*(step.strip(".") or "_" for step in steps), revision)


@dataclass(frozen=True)
class ContractFiles:
    """A contract as files.

    :ivar id: how it is called.
    :ivar folder: its place below a root.
    :ivar files: by name, their content.
    """

    id: str
    folder: Path
    files: dict[str, JSON]

    def load(self) -> Contract:
        """Load it from a place of its own, as a server will.

        :raises ContractError: when it cannot be served.
        """
        with TemporaryDirectory() as place:
            shutil.copy(SCHEMAS / SHARED, place)
            self._put(Path(place) / self.folder)
            return load_contract(Path(place) / self.folder)

    def outcome(self, root: Path, *, force: bool) -> Outcome:
        """Say what writing it below a root would do.

        :raises SettingsError: when another one is there, and ``force`` is false.
        """
        place = root / self.folder
        there = {name: _read(place / name) for name in _FILES if (place / name).exists()}
        if not there:
            return Outcome.WRITTEN
        if there == self.files:
            return Outcome.UNCHANGED
        if not force:
            differing = [n for n in _FILES if there.get(n) != self.files.get(n)]
            names = ", ".join(differing)
            raise SettingsError(f"{place} differs in {names}; --force replaces it")
        return Outcome.REPLACED

    def same_since(self, root: Path) -> str | None:
        """Find the latest revision below a root, if it says the same but for its date."""
        *_, revision = self.folder.parts
        dates = sorted(
            file.parent.name for file in (root / self.folder.parent).glob("*/contract.json")
        )
        if not dates or revision in dates:
            return None
        latest = {n: _read(root / self.folder.parent / dates[-1] / n) for n in self.files}
        before, after = (
            json.dumps(files, sort_keys=True).replace(date, "")
            for files, date in ((latest, dates[-1]), (self.files, revision))
        )
        return dates[-1] if before == after else None

    def write(self, root: Path) -> None:
        """Write it below a root, and the overlay that it shares unless it is there."""
        shared = root / SHARED
        root.mkdir(parents=True, exist_ok=True)
        if not shared.exists():
            shutil.copy(SCHEMAS / SHARED, shared)
        self._put(root / self.folder)

    def _put(self, place: Path) -> None:
        place.mkdir(parents=True, exist_ok=True)
        for name in (n for n in _FILES if n not in self.files):
            (place / name).unlink(missing_ok=True)
        # The file by which a contract is found comes last, so that none is found half written.
        for name in (n for n in _FILES if n in self.files):
            new = place / f".{name}.new"
            new.write_text(json.dumps(self.files[name], indent=2, ensure_ascii=False) + "\n")
            new.replace(place / name)


def _read(file: Path) -> JSON:
    try:
        return read_object(file)
    except ContractError:
        return None

"""The files of imported contracts, and where they are written."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
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

    def outcome(self, root: Path, *, force: bool) -> str:
        """Return what its import does below a root: ``wrote``, ``replaced`` or ``unchanged``.

        A contract that was written by hand stays, where the import is to share files.

        :param force: whether a different one that is there is replaced.
        :raises SettingsError: when a different one is there and ``force`` is false.
        """
        place = root / self.folder
        there = {name: _read(place / name) for name in _FILES if (place / name).exists()}
        if not there:
            return "wrote"
        about = there.get(CONTRACT_FILE)
        is_by_hand = about is not None and not is_imported(about)
        shared = {name: _read(root / name) for name in self.shared}
        if (there, shared) == (self.files, self.shared) or (self.shared and is_by_hand):
            return "unchanged"
        if not force:
            names = ", ".join(n for n in _FILES if there.get(n) != self.files.get(n))
            raise SettingsError(f"{place} differs in {names}; --force replaces it")
        return "replaced"

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


def distinct(imported: Iterable[ContractFiles]) -> list[ContractFiles]:
    """Return contracts without repetitions.

    :raises SettingsError: when two contracts of one id differ.
    """
    by_folder: dict[Path, ContractFiles] = {}
    for contract in imported:
        if by_folder.setdefault(contract.folder, contract).files != contract.files:
            raise SettingsError(f"two documents describe {contract.id} differently")
    return list(by_folder.values())


def _write(file: Path, value: JSON) -> None:
    new = file.with_name(f".{file.name}.new")
    new.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    new.replace(file)


def _read(file: Path) -> JSON:
    try:
        return read_object(file)
    except ContractError:
        return None

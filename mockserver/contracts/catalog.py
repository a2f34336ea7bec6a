"""Find the contracts below some folders, load them, and choose which to serve."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from mockserver.contracts.contract import Contract
from mockserver.contracts.error_catalog import error_catalog
from mockserver.contracts.finding import child, quote
from mockserver.contracts.json_schema import ANNOTATION, Schema, parts
from mockserver.contracts.response_headers import HEADER_PLACEHOLDERS, check_names, header_schema
from mockserver.contracts.response_shape import PLACEHOLDERS
from mockserver.contracts.schema_loader import read_checked, read_schema
from mockserver.errors import ContractError, SettingsError, naming_setting
from mockserver.paths import SCHEMAS, is_shipped
from mockserver.settings import HeaderMode

CONTRACT_FILE = "contract.json"
_SCHEMA = SCHEMAS / "contract.schema.json"
IMPORT_NOTE = "Imported from a document of OpenAPI "
"""How the source's note of an imported contract begins; a version follows."""

_MAX_NAMED = 6
"""How many models the error for an unknown one names."""

_MAX_COMPARED = 100
"""How many characters of an unknown name are compared; the time grows with their square."""


def load_contract(folder: Path, headers: HeaderMode = "as-documented") -> Contract:
    """Load the contract in a folder, after checking every file of it.

    :raises ContractError: with file and pointer, when a file is not what it must be.
    """
    about = _read_about(folder)
    request, published = read_schema(folder / about["request"]), about["response"]
    echoes = (f"request.{name}" for name in request.get("properties", {}))
    placeholders = [*sorted(PLACEHOLDERS), *echoes]
    return Contract(
        about=about,
        request_schema=request,
        response_schema=_read_annotated(folder / published, placeholders) if published else None,
        overlay=_read_annotated(folder / about["overlay"], placeholders),
        errors=error_catalog(date=about["revision"]),
        header_schema=header_schema(about["revision"], _read_headers(folder, about), headers),
    )


def _read_headers(folder: Path, about: Mapping[str, Any]) -> Schema:
    """Return the schema of the response headers that a contract documents; empty without any."""
    if "headers" not in about:
        return {}
    schema = _read_annotated(folder / about["headers"], sorted(HEADER_PLACEHOLDERS))
    check_names(schema, folder / about["headers"])
    return schema


class _UnreadContract(Contract):
    """A contract whose schemas are read when they are first used."""

    def __init__(self, about: Mapping[str, Any], folder: Path, headers: HeaderMode) -> None:
        # The class is frozen, as any contract.
        self.__dict__.update(about=about, _unread=(folder, headers))

    def __getattr__(self, name: str) -> object:
        if name not in {"request_schema", "response_schema", "overlay", "errors", "header_schema"}:
            raise AttributeError(name)
        self.__dict__.update(vars(load_contract(*self.__dict__["_unread"])))
        return self.__dict__[name]


def _read_annotated(file: Path, placeholders: list[str]) -> Schema:
    """Read a schema in which every ``x-mock`` must be one of the placeholders."""
    schema = read_schema(file)
    for at, part in () if is_shipped(file) else parts(schema):
        if part.get(ANNOTATION, placeholders[0]) not in placeholders:
            expected, received = ", ".join(placeholders), quote(part[ANNOTATION])
            reason = f"expected one of {expected}, received {received}"
            raise ContractError(file, child(at, ANNOTATION), reason)
    return schema


def is_imported(about: Mapping[str, Any]) -> bool:
    """Return whether a contract was imported; others were written by hand."""
    return str(about["source"].get("note", "")).startswith(IMPORT_NOTE)


def _read_about(folder: Path) -> dict[str, Any]:
    return read_checked(folder / CONTRACT_FILE, _SCHEMA)


def _folders(root: Path) -> Iterator[tuple[str, str]]:
    """Yield the real path of each folder with a contract, and the path below the root as given."""
    given, real = str(root), os.path.realpath(root)
    for folder, _, files in os.walk(given):
        if CONTRACT_FILE in files:
            yield real + folder.removeprefix(given), folder


class ContractCatalog:
    """The contracts below some folders, each loaded on first use.

    :param roots: the folders.
    :ivar more: all of them but the first, which holds the shipped contracts.
    :raises ContractError: when two of them are the same model and revision, or both are pinned.
    """

    def __init__(self, *roots: Path, headers: HeaderMode = "as-documented") -> None:
        self.more = roots[1:]
        self.headers = headers
        self._folders: dict[str, Path] = {}
        self._about: dict[str, dict[str, Any]] = {}
        self._loaded: dict[str, Contract] = {}
        folders = {real: folder for root in roots for real, folder in _folders(root)}
        for folder in sorted(folders.values()):
            self._add(Path(folder))

    def _add(self, folder: Path) -> None:
        about = _read_about(folder)
        name = f"{about['model']}@{about['revision']}"
        if name in self._folders:
            reason = f"{name} is already in {self._folders[name]}"
            raise ContractError(folder / CONTRACT_FILE, "", reason)
        if about.get("pinned") and self._pinned:
            reason = f"{self._pinned[0]} is pinned already"
            raise ContractError(folder / CONTRACT_FILE, "/pinned", reason)
        self._folders[name] = folder
        self._about[name] = about

    def with_headers(self, headers: HeaderMode) -> ContractCatalog:
        """Return the same contracts for another value of the setting ``headers``."""
        return default_catalog(*self.more, headers=headers)

    @property
    def ids(self) -> list[str]:
        """The ids of all contracts, sorted by model, then by revision."""
        return sorted(self._folders)

    @property
    def sample(self) -> list[str]:
        """The ids of all contracts but the shipped ones that were imported.

        They are few, and have every documented shape of a response.
        """
        return [name for name in self.ids if not self._is_read_late(name)]

    def _is_read_late(self, name: str) -> bool:
        """Return whether a contract is an imported one that is shipped, which tests have read."""
        return is_shipped(self._folders[name]) and is_imported(self._about[name])

    @property
    def _pinned(self) -> list[str]:
        return [name for name, about in self._about.items() if about.get("pinned")]

    @property
    def pinned(self) -> str:
        """The id of the default contract: the pinned one, else the latest.

        :raises SettingsError: when there is no contract at all.
        """
        if not self._about:
            raise SettingsError("no contracts found; expected folders with a contract.json")
        return max(self._pinned or self._about, key=lambda name: str(self._about[name]["revision"]))

    def load(self, contract_id: str) -> Contract:
        """Return a contract.

        :param contract_id: such as ``dall-e-2@2025-08-19``; a model alone means its default.
        :raises SettingsError: when there is none of that id.
        """
        name = contract_id if "@" in contract_id else self._defaults().get(contract_id, contract_id)
        if name not in self._folders:
            raise SettingsError(f"no contract {contract_id!r}; {self._hint(contract_id)}")
        if name not in self._loaded:
            folder, about = self._folders[name], self._about[name]
            is_late = self._is_read_late(name)
            self._loaded[name] = (
                _UnreadContract(about, folder, self.headers)
                if is_late
                else load_contract(folder, self.headers)
            )
        return self._loaded[name]

    def _hint(self, unknown: str) -> str:
        model = unknown.partition("@")[0][:_MAX_COMPARED]
        revisions = [name for name in self.ids if name.startswith(f"{model}@")]
        models = sorted({name.partition("@")[0] for name in self.ids})
        named = revisions or get_close_matches(model.lower(), models, _MAX_NAMED)
        if not named:
            return "`mockserver contracts` lists all"
        which = "its revisions" if revisions else "the nearest"
        return f"{which} are {', '.join(named)} (`mockserver contracts` lists all)"

    def revisions(self, model: str) -> list[Contract]:
        """Return every contract of a model, the oldest first."""
        return [self.load(name) for name in self.ids if name.partition("@")[0] == model]

    @naming_setting("contracts")
    def select(self, chosen: Iterable[str] = ()) -> Mapping[str, Contract]:
        """Return the contract to serve for each model, the default contract's model first.

        :param chosen: contracts instead of the defaults, which are the pinned one and the latest.
        :raises SettingsError: when a contract is unknown, or a model is chosen twice.
        """
        picked: dict[str, Contract] = {}
        for contract in map(self.load, chosen):
            if contract.model in picked:
                raise SettingsError(
                    f"two revisions chosen for {contract.model}; a model has one at a time"
                )
            picked[contract.model] = contract
        for model, name in self._defaults().items():
            if model not in picked:
                picked[model] = self.load(name)
        return picked

    def _defaults(self) -> dict[str, str]:
        pinned = self.pinned
        ordered = sorted(self.ids, key=lambda name: name == pinned)
        by_model = {str(self._about[name]["model"]): name for name in ordered}
        first = self._about[pinned]["model"]
        return {first: by_model[first], **by_model}


def default_catalog(*folders: Path, headers: HeaderMode = "as-documented") -> ContractCatalog:
    """Return the shipped contracts, and those below further folders; each is read once.

    :raises ContractError: when two of them are the same model and revision, or both are pinned.
    """
    return _catalog(folders, headers)


@cache
def _catalog(folders: tuple[Path, ...], headers: HeaderMode) -> ContractCatalog:
    return ContractCatalog(SCHEMAS, *folders, headers=headers)

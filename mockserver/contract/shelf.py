"""The contracts below ``schemas/``: find them, load them, choose what to serve."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from mockserver.contract.contract import Contract
from mockserver.contract.errors import error_catalogue
from mockserver.contract.schema import read_checked, read_schema
from mockserver.errors import ContractError, SettingsError
from mockserver.paths import SCHEMAS

__all__ = ["Shelf", "load_contract", "shelf"]

CONTRACT_FILE = "contract.json"


def load_contract(folder: Path) -> Contract:
    """Load the contract in a folder, having checked every file of it.

    :raises ContractError: with file and pointer, when a file is not what it must be.
    """
    about = _read_about(folder)
    published = about["response"]
    contract = Contract(
        about=about,
        request_schema=read_schema(folder / about["request"]),
        response_schema=read_schema(folder / published) if published else None,
        expected_schema=read_schema(folder / about["expected"]),
        errors=error_catalogue(),
    )
    try:
        contract.shape  # noqa: B018 - compiled now, so that a wrong x-mock is refused at load
    except ValueError as error:
        raise ContractError(folder / about["expected"], "", str(error)) from None
    return contract


def _read_about(folder: Path) -> dict[str, Any]:
    return read_checked(folder / CONTRACT_FILE, SCHEMAS / "contract.schema.json")


class Shelf:
    """Every contract at hand, loaded when it is asked for.

    :param roots: the folders below which contracts lie.
    :raises ContractError: when two of them are the same model and revision.
    """

    def __init__(self, *roots: Path) -> None:
        self._folders: dict[str, Path] = {}
        self._about: dict[str, dict[str, Any]] = {}
        for file in sorted(file for root in roots for file in root.rglob(CONTRACT_FILE)):
            self._add(file.parent)

    def _add(self, folder: Path) -> None:
        about = _read_about(folder)
        name = f"{about['model']}@{about['revision']}"
        if name in self._folders:
            raise ContractError(
                folder / CONTRACT_FILE, "", f"{name} is already in {self._folders[name]}"
            )
        self._folders[name] = folder
        self._about[name] = about

    @property
    def ids(self) -> list[str]:
        """Name every contract: by model, then by revision."""
        return sorted(self._folders)

    @property
    def pinned(self) -> str:
        """Name the contract that is the default."""
        return next(name for name, about in self._about.items() if about.get("pinned"))

    def load(self, contract_id: str) -> Contract:
        """Load one contract.

        :param contract_id: such as ``dall-e-2@2025-08-19``; a model alone means its default.
        :raises SettingsError: when there is none of that name.
        """
        name = contract_id if "@" in contract_id else self._defaults().get(contract_id, contract_id)
        if name not in self._folders:
            known = ", ".join(self.ids)
            raise SettingsError(f"no contract {contract_id!r}; expected one of {known}")
        return load_contract(self._folders[name])

    def select(self, chosen: Iterable[str] = ()) -> Mapping[str, Contract]:
        """Load the contract that each model answers with, the default one's model first.

        :param chosen: contracts instead of the defaults, which are the pinned one and the latest.
        :raises SettingsError: when a contract is unknown, or a model is chosen twice.
        """
        picked: dict[str, Contract] = {}
        for contract in map(self.load, chosen):
            if contract.model in picked:
                raise SettingsError(
                    f"two revisions chosen for {contract.model}; a model answers with one"
                )
            picked[contract.model] = contract
        for model, name in self._defaults().items():
            if model not in picked:
                picked[model] = self.load(name)
        return picked

    def _defaults(self) -> dict[str, str]:
        ordered = sorted(self.ids, key=lambda name: name == self.pinned)
        by_model = {str(self._about[name]["model"]): name for name in ordered}
        first = self._about[self.pinned]["model"]
        return {first: by_model[first], **by_model}


@cache
def shelf() -> Shelf:
    """Find the contracts that the package ships."""
    return Shelf(SCHEMAS)

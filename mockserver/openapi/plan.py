"""What is to become of the contracts of an import: settled before any file is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mockserver.errors import SettingsError
from mockserver.openapi.contract_files import ContractFiles, Outcome

__all__ = ["Plan", "plans"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to become of a contract.

    :ivar place: the folder in which it lies then.
    :ivar note: why it lies in another one than its own.
    """

    contract_files: ContractFiles
    place: Path
    outcome: Outcome
    note: str = ""

    def carry_out(self, root: Path) -> None:
        """Write it below a root, where that is needed."""
        if self.outcome is not Outcome.UNCHANGED:
            self.contract_files.write(root)

    def __str__(self) -> str:
        return f"{self.outcome:9}  {self.place}{self.note}"


def plans(imported: Iterable[ContractFiles], root: Path, *, dated: bool, force: bool) -> list[Plan]:
    """Settle what becomes of contracts below a root.

    :param dated: whether their revision was asked for; else one that differs in nothing but its
        date is not written again.
    :param force: whether contracts that are there and differ are replaced.
    :raises SettingsError: when they would be without ``force``, or when two of one name differ.
    """
    by_folder: dict[Path, ContractFiles] = {}
    for contract_files in imported:
        if (
            by_folder.setdefault(contract_files.folder, contract_files).files
            != contract_files.files
        ):
            raise SettingsError(f"two documents tell {contract_files.id} differently")
    return [_plan(contract_files, root, dated, force) for contract_files in by_folder.values()]


def _plan(contract_files: ContractFiles, root: Path, dated: bool, force: bool) -> Plan:
    since = None if dated else contract_files.same_since(root)
    if since:
        place = root / contract_files.folder.parent / since
        return Plan(
            contract_files, place, Outcome.UNCHANGED, f" (says the same as {contract_files.id})"
        )
    return Plan(
        contract_files, root / contract_files.folder, contract_files.outcome(root, force=force)
    )

"""What is to become of the contracts of an import: settled before any file is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mockserver.errors import SettingsError
from mockserver.openapi.contract_files import Bundle, Outcome

__all__ = ["Plan", "plans"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to become of a contract.

    :ivar place: the folder in which it lies then.
    :ivar note: why it lies in another one than its own.
    """

    bundle: Bundle
    place: Path
    outcome: Outcome
    note: str = ""

    def carry_out(self, root: Path) -> None:
        """Write it below a root, where that is needed."""
        if self.outcome is not Outcome.UNCHANGED:
            self.bundle.write(root)

    def __str__(self) -> str:
        return f"{self.outcome:9}  {self.place}{self.note}"


def plans(bundles: Iterable[Bundle], root: Path, *, dated: bool, force: bool) -> list[Plan]:
    """Settle what becomes of contracts below a root.

    :param dated: whether their revision was asked for; else one that differs in nothing but its
        date is not written again.
    :param force: whether contracts that are there and differ are replaced.
    :raises SettingsError: when they would be without ``force``, or when two of one name differ.
    """
    by_folder: dict[Path, Bundle] = {}
    for bundle in bundles:
        if by_folder.setdefault(bundle.folder, bundle).files != bundle.files:
            raise SettingsError(f"two documents tell {bundle.id} differently")
    return [_plan(bundle, root, dated, force) for bundle in by_folder.values()]


def _plan(bundle: Bundle, root: Path, dated: bool, force: bool) -> Plan:
    since = None if dated else bundle.same_since(root)
    if since:
        place = root / bundle.folder.parent / since
        return Plan(bundle, place, Outcome.UNCHANGED, f" (says the same as {bundle.id})")
    return Plan(bundle, root / bundle.folder, bundle.outcome(root, force=force))

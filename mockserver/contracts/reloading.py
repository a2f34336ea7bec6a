"""The contracts that a mock serves: read from their folders, and again when a file changes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from threading import Lock
from typing import TypeAlias

from mockserver.contracts import Contract, ContractCatalog, default_catalog
from mockserver.errors import MockserverError
from mockserver.paths import SCHEMAS

__all__ = ["ReloadingCatalog"]

_EVERY = 1.0
"""How long files are left alone before they are looked at again, in seconds."""

_Fingerprints: TypeAlias = dict[Path, tuple[int, int]]
"""By file, when it was changed and how long it is."""

_log = logging.getLogger("mockserver")


class ReloadingCatalog:
    """The shipped contracts, and those of other folders.

    :param roots: the other folders.
    :param chosen: contracts that replace their models' defaults.
    :param clock: gives seconds, by which changed files are looked for; None never looks.
    :raises SettingsError: when a contract is not there.
    :raises ContractError: when a file is not what it must be.
    """

    def __init__(
        self, roots: Iterable[str], chosen: Iterable[str], clock: Callable[[], float] | None = None
    ) -> None:
        self._roots = (SCHEMAS, *map(Path, roots))
        self._chosen = tuple(chosen)
        self._clock = clock
        self._lock = Lock()
        self._looked = clock() if clock else 0
        self._file_fingerprints = _file_fingerprints(self._roots) if clock else {}
        self._shelf = (
            ContractCatalog(*self._roots) if len(self._roots) > 1 or clock else default_catalog()
        )
        self._contracts = self._shelf.select(self._chosen)

    @property
    def contracts(self) -> Mapping[str, Contract]:
        """The contract that each model answers with; the default one's model first."""
        return self._contracts

    def load(self, contract_id: str) -> Contract:
        """Give any contract at hand.

        :raises SettingsError: when there is none of that name.
        :raises ContractError: when a file of it is not what it must be.
        """
        return self._shelf.load(contract_id)

    def refresh(self) -> bool:
        """Read the contracts again if a file has changed, and say whether they are new.

        Where one is broken, all stay as they were, and the log says why, once for each change.
        """
        if self._clock is None or not self._lock.acquire(blocking=False):
            return False
        try:
            return self._has_changed(self._clock()) and self._read_again()
        finally:
            self._lock.release()

    def _has_changed(self, now: float) -> bool:
        if abs(now - self._looked) < _EVERY:
            return False
        before, self._looked, self._file_fingerprints = (
            self._file_fingerprints,
            now,
            _file_fingerprints(self._roots),
        )
        return self._file_fingerprints != before

    def _read_again(self) -> bool:
        try:
            fresh = ContractCatalog(*self._roots)
            contracts = fresh.select(self._chosen)
        except MockserverError as error:
            _log.warning("a contract changed and is broken, so all stay as they were: %s", error)
            return False
        self._shelf, self._contracts = fresh, contracts
        _log.info("contracts read again: %s", ", ".join(c.id for c in contracts.values()))
        return True


def _file_fingerprints(roots: Iterable[Path]) -> _Fingerprints:
    found: _Fingerprints = {}
    for file in (file for root in roots for file in root.rglob("*.json")):
        try:
            about = file.stat()
        except OSError:
            continue
        found[file] = about.st_mtime_ns, about.st_size
    return found

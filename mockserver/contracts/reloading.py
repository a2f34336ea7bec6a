"""The contracts that a mock serves: read from their folders, and again when a file changes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from threading import Lock
from typing import TypeAlias

from mockserver.contracts.catalog import ContractCatalog, default_catalog
from mockserver.contracts.contract import Contract
from mockserver.errors import MockserverError
from mockserver.paths import SCHEMAS
from mockserver.settings import HeaderMode

_INTERVAL = 1.0
"""The time between two looks at the files, in seconds."""

_Fingerprints: TypeAlias = dict[Path, tuple[int, int]]
"""The modification time and the length of each file."""

_log = logging.getLogger("mockserver")


class ReloadingCatalog:
    """The shipped contracts, and those of other folders.

    :param roots: the other folders.
    :param chosen: contracts that replace their models' defaults.
    :param clock: returns seconds; None where changed files are not read again.
    :raises SettingsError: when a contract does not exist.
    :raises ContractError: when a file is not what it must be.
    """

    def __init__(
        self,
        roots: Iterable[str],
        chosen: Iterable[str],
        clock: Callable[[], float] | None = None,
        headers: HeaderMode = "as-documented",
    ) -> None:
        self._roots = (SCHEMAS, *map(Path, roots))
        self._chosen = tuple(chosen)
        self._clock = clock
        self._headers = headers
        self._lock = Lock()
        self._last_look = clock() if clock else 0
        self._fingerprints = _file_fingerprints(self._roots) if clock else {}
        is_default = len(self._roots) == 1 and clock is None
        self._catalog = default_catalog(headers=headers) if is_default else self._read()
        self._contracts = self._catalog.select(self._chosen)

    @property
    def contracts(self) -> Mapping[str, Contract]:
        """The contract of each model, the default contract's model first."""
        return self._contracts

    @property
    def ids(self) -> list[str]:
        """The ids of all known contracts, sorted by model, then by revision."""
        return self._catalog.ids

    def load(self, contract_id: str) -> Contract:
        """Return any known contract.

        :raises SettingsError: when there is none of that id.
        :raises ContractError: when a file of it is not what it must be.
        """
        return self._catalog.load(contract_id)

    def refresh(self) -> bool:
        """Read the contracts again if a file has changed; return whether they are new.

        Where one is invalid, all stay as they were, and the log says why, once for each change.
        """
        if self._clock is None or not self._lock.acquire(blocking=False):
            return False
        try:
            return self._has_changed(self._clock()) and self._reload()
        finally:
            self._lock.release()

    def _read(self) -> ContractCatalog:
        return ContractCatalog(*self._roots, headers=self._headers)

    def _has_changed(self, now: float) -> bool:
        if abs(now - self._last_look) < _INTERVAL:
            return False
        before, self._last_look = self._fingerprints, now
        self._fingerprints = _file_fingerprints(self._roots)
        return self._fingerprints != before

    def _reload(self) -> bool:
        try:
            catalog = self._read()
            contracts = catalog.select(self._chosen)
        except MockserverError as error:
            _log.warning("a contract changed and is broken, so all stay as they were: %s", error)
            return False
        self._catalog, self._contracts = catalog, contracts
        _log.info("%d contracts read again", len(contracts))
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

"""``mockserver import --check``: compare the provider's documents of today with the contracts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from pathlib import Path

from mockserver.compare import compare
from mockserver.compare.report import as_text
from mockserver.contracts import Contract, ContractCatalog, Level, default_catalog
from mockserver.errors import DocumentError, ExitCode, SettingsError, UnreachableError
from mockserver.openapi import (
    ContractFiles,
    Listing,
    document_urls,
    import_document,
    read_listings,
)
from mockserver.recording.target import LIVE, check_target
from mockserver.settings import PROVIDER

__all__ = ["Checked", "Outcome", "check_documents", "exit_code", "summary"]


class Outcome(StrEnum):
    """What a check finds."""

    SAME = "same"
    CHANGED = "changed"
    NEW = "new"
    WITHDRAWN = "withdrawn"
    UNREACHABLE = "not reachable"


@dataclass(frozen=True)
class Checked:
    """The result for one model.

    :ivar words: what is found, in lines for a terminal; empty where it is the same.
    :ivar contract_files: the contract of its document, where that is to be written.
    """

    outcome: Outcome
    words: str = ""
    contract_files: ContractFiles | None = None


def check_documents(
    sources: Sequence[str],
    into: Path,
    origin: str,
    revision: str | None,
    today: date,
    path: str | None,
) -> Iterator[Checked]:
    """Yield what has become of the documents of models.

    :param sources: models, files, URLs and folders; without any, every model that is not withdrawn.
    :param into: a folder with further contracts than the shipped ones.
    :param origin: ``live``, or the base URL of the service whose list of models leads to the
        documents.
    :raises DocumentError: when a file cannot be imported.
    """
    known = _newest_contracts(into)
    check = _Check(known, revision, today, path)
    models = [name for name in sources if name in known or not _is_document(name)]
    for source in (name for name in sources if name not in models):
        is_folder = Path(source).is_dir()
        for listing in read_listings(Path(source)) if is_folder else [Listing(source)]:
            yield from check.document(listing)
    if models or not sources:
        offered = [name for name, contract in known.items() if not contract.withdrawn]
        yield from _check_models(models or offered, check, origin)


def _newest_contracts(into: Path) -> dict[str, Contract]:
    """Return the newest contract of each model, shipped or below a folder.

    All have the headers of the transport, which a document may repeat and need not.
    """
    newest: dict[str, Contract] = {}
    for catalog in (default_catalog(headers="on"), ContractCatalog(into, headers="on")):
        for contract in map(catalog.load, catalog.ids):
            known = newest.get(contract.model, contract)
            if contract.about["revision"] >= known.about["revision"]:
                newest[contract.model] = contract
    return newest


def _is_document(source: str) -> bool:
    return "://" in source or Path(source).exists()


def _check_models(models: Sequence[str], check: _Check, origin: str) -> Iterator[Checked]:
    """Yield what has become of the documents that the provider's list of models leads to."""
    origin = check_target(origin, option="--from")
    try:
        urls = document_urls(PROVIDER if origin == LIVE else origin)
    except UnreachableError as error:
        yield Checked(Outcome.UNREACHABLE, str(error))
        return
    for model in models:
        if model in urls:
            yield check.fetched(model, urls[model])
        elif model in check.known:
            words = f"{check.known[model].id}: {model} is not in the list of models at {origin}"
            yield Checked(Outcome.WITHDRAWN, words)
        else:
            raise SettingsError(f"no file {model!r}, and no model of that id at {origin}")


@dataclass(frozen=True)
class _Check:
    """Compares documents with the newest contracts of their models."""

    known: dict[str, Contract]
    revision: str | None
    today: date
    path: str | None

    def fetched(self, model: str, url: str) -> Checked:
        """Return what has become of a model, by the document at a URL."""
        try:
            found = self._read(Listing(url))
        except UnreachableError as error:
            return Checked(Outcome.UNREACHABLE, str(error))
        except DocumentError as error:
            return Checked(Outcome.CHANGED, f"{model}: its document cannot be imported: {error}")
        own = next((each for each in found if each.id.startswith(f"{model}@")), found[0])
        return self._compared(model, own)

    def document(self, listing: Listing) -> Iterator[Checked]:
        """Yield what has become of each model of a document."""
        for contract_files in self._read(listing):
            yield self._compared(contract_files.id.partition("@")[0], contract_files)

    def _read(self, listing: Listing) -> Sequence[ContractFiles]:
        name, revision = listing.name, self.revision
        imported = import_document(name, revision, self.today, path=self.path, listing=listing)
        return imported.contracts

    def _compared(self, model: str, contract_files: ContractFiles) -> Checked:
        """Return the changes from the newest contract; a date alone changes nothing."""
        new, old = contract_files.load("on"), self.known.get(model)
        if old is None:
            return Checked(Outcome.NEW, f"{new.id}: no contract of it is known", contract_files)
        about = {**new.about, "revision": old.about["revision"]}
        files = {**contract_files.files, "contract.json": about}
        undated = replace(contract_files, files=files).load("on")
        if not any(it.level is Level.DOCUMENTED for it in compare(old, undated).changes):
            return Checked(Outcome.SAME)
        return Checked(Outcome.CHANGED, "\n".join(as_text(compare(old, new))), contract_files)


def summary(checked: Sequence[Checked]) -> str:
    """Return the number of models of each outcome, in a line."""
    counts = Counter(each.outcome for each in checked)
    return ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome if counts[outcome])


def exit_code(checked: Sequence[Checked]) -> ExitCode:
    """Return how the command ends: a change goes before a document that could not be read."""
    found = {each.outcome for each in checked} - {Outcome.SAME}
    if found - {Outcome.UNREACHABLE}:
        return ExitCode.FINDINGS
    return ExitCode.NOTHING_VERIFIED if found else ExitCode.OK

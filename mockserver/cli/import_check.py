"""``mockserver import --check``: compare the provider's documents of today with the contracts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mockserver.compare import compare
from mockserver.compare.report import as_text
from mockserver.contracts import Contract, ContractCatalog, Level, default_catalog
from mockserver.contracts.model_list import ListedModel
from mockserver.errors import DocumentError, ExitCode, SettingsError, UnreachableError
from mockserver.openapi import (
    ContractFiles,
    Imported,
    Listing,
    document_url,
    image_models,
    listings,
)
from mockserver.openapi.document import DocumentWarning
from mockserver.recording.target import base_url, check_target

Reader = Callable[[Listing], Imported]
"""Imports a document."""


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
    :ivar warnings: what that does not say as the document does.
    """

    outcome: Outcome
    words: str = ""
    contract_files: ContractFiles | None = None
    warnings: tuple[DocumentWarning, ...] = ()


def check_documents(
    sources: Sequence[str], into: Path, origin: str, read: Reader
) -> Iterator[Checked]:
    """Yield what has become of the documents of models.

    :param sources: models, files, URLs and folders; without any, every model that is not withdrawn.
    :param into: a folder with further contracts than the shipped ones.
    :param origin: ``live``, or the base URL of the service whose list of models leads to the
        documents.
    :raises DocumentError: when a file cannot be imported.
    """
    known = _newest_contracts(into)
    models = [name for name in sources if name in known or not _is_document(name)]
    for listing in listings((name for name in sources if name not in models), own_words=True):
        imported = read(listing)
        for files in imported.contracts:
            yield _compared(known.get(files.id.partition("@")[0]), files, imported.warnings)
    if models or not sources:
        offered = [name for name, contract in known.items() if not contract.withdrawn]
        yield from _check_models(models or offered, known, origin, read)


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


def _check_models(
    models: Sequence[str], known: Mapping[str, Contract], origin: str, read: Reader
) -> Iterator[Checked]:
    """Yield what has become of the documents that the provider's list of models leads to."""
    base = base_url(check_target(origin, option="--from"))
    try:
        listed = image_models(base)
    except UnreachableError as error:
        yield Checked(Outcome.UNREACHABLE, str(error))
        return
    for model in models:
        if model in listed:
            yield _fetched(model, base, listed[model], known.get(model), read)
        elif model in known:
            words = f"{known[model].id}: {model} is not in the list of models at {base}"
            yield Checked(Outcome.WITHDRAWN, words)
        else:
            raise SettingsError(f"no file {model!r}, and no model of that id at {base}")


def _fetched(
    model: str, base: str, listed: ListedModel, old: Contract | None, read: Reader
) -> Checked:
    try:
        imported = read(Listing(document_url(base, listed), own_words=True))
    except UnreachableError as error:
        return Checked(Outcome.UNREACHABLE, str(error))
    except DocumentError as error:
        return Checked(Outcome.CHANGED, f"{model}: its document cannot be imported: {error}")
    found = imported.contracts
    own = next((each for each in found if each.id.startswith(f"{model}@")), found[0])
    return _compared(old, own, imported.warnings)


def _compared(
    old: Contract | None, files: ContractFiles, warnings: tuple[DocumentWarning, ...]
) -> Checked:
    new = files.load("on")
    if old is None:
        return Checked(Outcome.NEW, f"{new.id}: no contract of it is known", files, warnings)
    comparison = compare(old, new)
    if not any(it.level is Level.DOCUMENTED for it in comparison.changes):
        return Checked(Outcome.SAME)
    return Checked(Outcome.CHANGED, "\n".join(as_text(comparison)), files, warnings)


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

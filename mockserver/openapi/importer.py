"""Import one document: the contracts of its models."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import PurePath
from typing import Any
from urllib.parse import unquote, urlsplit

from mockserver.contracts.catalog import IMPORT_NOTE
from mockserver.contracts.finding import pointer, quote
from mockserver.contracts.json_schema import DIALECT, Schema
from mockserver.errors import ContractError
from mockserver.openapi.contract_files import SHARED, ContractFiles, folder_of, shared_name
from mockserver.openapi.document import Document, DocumentWarning, read_document
from mockserver.openapi.listing import Listing, in_own_words
from mockserver.openapi.models import requests_by_model, unknown_values
from mockserver.openapi.operations import NO_KEY, Operation, operations
from mockserver.openapi.overlay import has_image, overlay
from mockserver.strict_json import JSON

_SHARED_OVERLAY = "What a client needs of several models"
_SHARED_HEADERS = "The response headers of several models"
_SHARED_RESPONSE = "The response of several models"


@dataclass(frozen=True, slots=True)
class Imported:
    """The result of an import.

    :ivar contracts: the contracts of the document.
    :ivar warnings: what they do not say as the document does.
    """

    contracts: tuple[ContractFiles, ...]
    warnings: tuple[DocumentWarning, ...]


def import_document(
    listing: Listing, revision: str | None, today: date, *, path: str | None = None
) -> Imported:
    """Return the contracts of an OpenAPI document, having checked that they can be served.

    :param listing: the document.
    :param revision: the date of the document; by default today.
    :param path: the path of the operation to import, where a model has several.
    :raises DocumentError: with its place, when something in it cannot be imported.
    """
    document = read_document(listing.name)
    dated = listing.source.get("date") or revision or today.isoformat()
    found: dict[str, tuple[Operation, Schema]] = {}
    for operation in _preferred(document, operations(document), path):
        for model, request in requests_by_model(document, operation).items():
            if model in found:
                words = f"{quote(model)} is in another operation, too; --path chooses this one"
                document.warn(operation.at, words)
                continue
            found[model] = operation, request
            for name, words in unknown_values(request):
                document.warn(operation.request_at + pointer("properties", name), words)
            if not has_image(operation.response):
                words = "the response has no place for an image; none is returned"
                document.warn(operation.at, words)
    maker = _Maker(document, dated, listing, list(found))
    imported = [maker.contract_files(model, *found[model]) for model in found]
    for model, contract_files in zip(found, imported, strict=True):
        _check_loading(document, contract_files, found[model][0].at)
    return Imported(tuple(imported), tuple(document.warnings))


def _preferred(document: Document, found: list[Operation], path: str | None) -> list[Operation]:
    """Return the operations at a path, or all: first those that make images from nothing."""
    if path is None:
        return sorted(found, key=lambda operation: not operation.path.endswith("/generations"))
    chosen = [operation for operation in found if path in (operation.path, *operation.path_aliases)]
    if not chosen:
        raise document.error("/paths", f"expected a POST operation at {path}")
    return chosen


def _check_loading(document: Document, contract_files: ContractFiles, at: str) -> None:
    """Check that a contract can be served, before anything is written."""
    try:
        contract_files.load()
    except ContractError as error:
        reason = f"its contract cannot be served: {error.file.name}#{error.pointer}: {error.reason}"
        raise document.error(at, reason) from None


@dataclass(frozen=True)
class _Maker:
    """Makes the contracts of one document, at one revision."""

    document: Document
    revision: str
    listing: Listing
    models: list[str]

    def contract_files(self, model: str, operation: Operation, request: Schema) -> ContractFiles:
        folder, contract_id = folder_of(model, self.revision), f"{model}@{self.revision}"
        root, response = "../" * len(folder.parts), operation.response
        request_title = f"{model} request, {self.revision}"
        if self.listing.own_words:
            schemas = {"overlay": overlay(_SHARED_OVERLAY, request, response, "../" + SHARED)}
            if response is not None:
                schemas["response"] = _titled(_SHARED_RESPONSE, in_own_words(response))
            if operation.headers is not None:
                schemas["headers"] = _titled(_SHARED_HEADERS, in_own_words(operation.headers))
            shared = {shared_name(kind, schema): schema for kind, schema in schemas.items()}
            names = {kind: root + shared_name(kind, schema) for kind, schema in schemas.items()}
            files: dict[str, JSON] = {
                "request.schema.json": _titled(request_title, in_own_words(request))
            }
        else:
            title = f"What a client needs of {contract_id}"
            schemas = {"overlay": overlay(title, request, response, root + SHARED)}
            if response is not None:
                schemas["response"] = _titled(f"{model} response, {self.revision}", response)
            if operation.headers is not None:
                title = f"{model} response headers, {self.revision}"
                schemas["headers"] = _titled(title, operation.headers)
            shared, names = {}, {kind: f"{kind}.schema.json" for kind in schemas}
            files = {"request.schema.json": _titled(request_title, request)}
            files |= {names[kind]: schema for kind, schema in schemas.items()}
        about = self._about(model, operation, names)
        return ContractFiles(contract_id, folder, {**files, "contract.json": about}, shared)

    def _about(self, model: str, operation: Operation, names: dict[str, str]) -> dict[str, Any]:
        status, description = operation.success
        is_withdrawn = model in self.listing.withdrawn
        aliases = list(operation.path_aliases)
        return {
            "model": model,
            "revision": self.revision,
            **({"models": self.models} if len(self.models) > 1 else {}),
            **({"withdrawn": "unknown"} if is_withdrawn else {}),
            "server": operation.server,
            "method": "POST",
            "path": operation.path,
            **({"path_aliases": aliases} if aliases else {}),
            "security": {"type": "http", "scheme": "bearer"},
            "success": {
                "status": status,
                "description": "" if self.listing.own_words else description,
            },
            "request": "request.schema.json",
            "response": names.get("response"),
            **({"headers": names["headers"]} if "headers" in names else {}),
            "overlay": names["overlay"],
            "source": self._source(),
            "ours": self._ours(names["overlay"]),
        }

    def _source(self) -> dict[str, str]:
        source = self.listing.source or _source(self.document, self.revision)
        note = f"{IMPORT_NOTE}{self.document.root['openapi']}."
        return {**source, "note": note}

    def _ours(self, overlay_file: str) -> list[str]:
        ours = [f"{overlay_file.rpartition('/')[2]}: everything in it."]
        if self.listing.own_words:
            ours.append("The wording of titles and descriptions.")
        if any(lost.words == NO_KEY for lost in self.document.warnings):
            ours.append("security, as a requirement: no operation of the document asks for a key.")
        lost = (f"{each.pointer}: {each.words}" for each in self.document.warnings)
        return [*ours, *(f"Not as documented: {words}" for words in lost)]


def _titled(title: str, schema: Schema) -> Schema:
    rest = {key: value for key, value in schema.items() if key != "$schema"}
    return {"$schema": DIALECT, "title": title, **rest}


def _source(document: Document, revision: str) -> dict[str, str]:
    """Return where a document came from, without a path of this machine."""
    parts = urlsplit(document.name) if "://" in document.name else None
    repository = parts.netloc.rpartition("@")[2] if parts else "a local file"
    file = unquote(parts.path) if parts else PurePath(document.name).name
    return {"repository": repository, "file": file, "date": revision}

"""Import one document: the contracts of its models."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath
from typing import Any
from urllib.parse import unquote, urlsplit

from mockserver.contracts import Contract, Level
from mockserver.contracts.finding import quote
from mockserver.contracts.messages import findings_from_errors
from mockserver.contracts.response_template import RenderContext, Template
from mockserver.contracts.schema_loader import DIALECT, Schema, validator
from mockserver.errors import ContractError
from mockserver.images import Image
from mockserver.openapi.contract_files import SHARED, ContractFiles, folder_of
from mockserver.openapi.document import Document, read_document
from mockserver.openapi.operations import Operation, operations, requests_by_model
from mockserver.openapi.overlay import has_image, overlay
from mockserver.openapi.structure import check_structure
from mockserver.openapi.warnings import (
    DocumentWarning,
    DocumentWarnings,
    warn_of_unknown_values,
)
from mockserver.strict_json import JSON

__all__ = ["Imported", "import_document"]

_RAW = re.compile(r"https://raw\.githubusercontent\.com/([^/]+/[^/]+)/([^/]+)/(.+)")
_COMMIT = re.compile(r"[0-9a-f]{7,40}")


@dataclass(frozen=True, slots=True)
class Imported:
    """The result of an import.

    :ivar contracts: the contracts of the document.
    :ivar warnings: what they do not say as the document does.
    """

    contracts: tuple[ContractFiles, ...]
    warnings: tuple[DocumentWarning, ...]


def import_document(name: str, revision: str | None, today: date) -> Imported:
    """Return the contracts of an OpenAPI document, having checked that they can be served.

    :param name: a file, or an ``http`` or ``https`` URL.
    :param revision: the date of the document; by default its version if that is a date, else today.
    :raises DocumentError: with its place, when something in it cannot be imported.
    """
    document = read_document(name)
    check_structure(document, document.root, "", "document")
    warnings = DocumentWarnings(name)
    dated = revision or _version_date(document) or today.isoformat()
    found: dict[str, tuple[Operation, Schema]] = {}
    for operation in operations(document, warnings):
        for model, request in requests_by_model(document, warnings, operation).items():
            if model in found:
                reason = f"{quote(model)} is in another operation, too"
                raise document.error(operation.at, reason)
            found[model] = operation, request
            warn_of_unknown_values(request, operation.request_at, warnings)
            if not has_image(operation.response):
                warnings.add(
                    operation.at, "the response has no place for an image; none is returned"
                )
    imported = [_contract_files(document, model, dated, *found[model], warnings) for model in found]
    for model, contract_files in zip(found, imported, strict=True):
        _check_rendering(document, contract_files, found[model][0].at, warnings)
    return Imported(tuple(imported), tuple(warnings))


def _check_rendering(
    document: Document, contract_files: ContractFiles, at: str, warnings: DocumentWarnings
) -> None:
    """Load a contract and render a response of it, before anything is written."""
    try:
        for words in _unrenderable_parts(contract_files.load()):
            warnings.add(at, words)
    except ContractError as error:
        reason = f"its contract cannot be served: {error.file.name}#{error.pointer}: {error.reason}"
        raise document.error("", reason) from None


def _unrenderable_parts(contract: Contract) -> Iterator[str]:
    """Return what in the mock's response breaks the published schema, in words."""
    published = validator(contract.response_schema or {})
    image = Image("", 1, 1, bytes(64))
    base64, url = image.with_metadata({}).base64(), "http://mock.test/image.png"
    values = RenderContext({}, [image], lambda _: base64, lambda _: url, now=0, cost=1)
    for as_base64 in (False, True):
        text = b"".join(Template(contract).render(values, as_base64=as_base64))
        errors = published.iter_errors(json.loads(text))
        for finding in findings_from_errors(errors, Level.DOCUMENTED, ""):
            where = finding.pointer or "its root"
            yield f"the mock's own answer breaks this schema: at {where} {finding.words}"


def _version_date(document: Document) -> str | None:
    """Return the document's version if that is a date."""
    info = document.root.get("info")
    stated = str(info.get("version", "")) if isinstance(info, dict) else ""
    try:
        return date.fromisoformat(stated).isoformat() if len(stated) == len("2025-08-19") else None
    except ValueError:
        return None


def _contract_files(
    document: Document,
    model: str,
    revision: str,
    operation: Operation,
    request: Schema,
    warnings: DocumentWarnings,
) -> ContractFiles:
    folder = folder_of(model, revision)
    up = "../" * len(folder.parts)
    contract_id = f"{model}@{revision}"
    files: dict[str, JSON] = {
        "request.schema.json": _titled(f"{model} request, {revision}", request),
        "overlay.schema.json": overlay(contract_id, request, operation.response, up + SHARED),
        "contract.json": _about(document, model, revision, operation, warnings),
    }
    if operation.response is not None:
        files["response.schema.json"] = _titled(f"{model} response, {revision}", operation.response)
    return ContractFiles(contract_id, folder, files)


def _titled(title: str, schema: Schema) -> Schema:
    rest = {key: value for key, value in schema.items() if key != "$schema"}
    return {"$schema": DIALECT, "title": title, **rest}


def _about(
    document: Document, model: str, revision: str, operation: Operation, warnings: DocumentWarnings
) -> dict[str, Any]:
    status, description = operation.success
    return {
        "model": model,
        "revision": revision,
        "server": operation.server,
        "method": "POST",
        "path": operation.path,
        "security": {"type": "http", "scheme": "bearer"},
        "success": {"status": status, "description": description},
        "request": "request.schema.json",
        "response": "response.schema.json" if operation.response is not None else None,
        "overlay": "overlay.schema.json",
        "source": _source(document, revision),
        "ours": [
            "overlay.schema.json: everything in it.",
            *(f"Not as documented: {warning.pointer}: {warning.words}" for warning in warnings),
        ],
    }


def _source(document: Document, revision: str) -> dict[str, str]:
    """Return where a document came from, without a path of this machine."""
    note = f"Imported from a document of OpenAPI {document.root['openapi']}."
    if raw := _RAW.fullmatch(document.name):
        repository, ref, file = raw.groups()
        commit = {"commit": ref} if _COMMIT.fullmatch(ref) else {}
        return {"repository": repository, "file": file, **commit, "date": revision, "note": note}
    parts = urlsplit(document.name) if "://" in document.name else None
    repository = parts.netloc.rpartition("@")[2] if parts else "a local file"
    file = unquote(parts.path) if parts else PurePath(document.name).name
    return {"repository": repository, "file": file, "date": revision, "note": note}

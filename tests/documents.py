"""Small API documents for the tests of imports, and their contracts."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

from mockserver.contracts import Contract, load_contract
from mockserver.openapi import Imported, Listing, import_document
from mockserver.strict_json import JSON

DOCUMENTS = sorted((Path(__file__).parent / "api_documents").iterdir())
TODAY = date(2026, 9, 1)
PLACE = "/v1/images/generations"
SCHEMA = "/paths/~1v1~1images~1generations/post/requestBody/content/application~1json/schema"
"""Where a document of :func:`document` has the schema of its request."""

RESPONSE = {
    "type": "object",
    "properties": {
        "data": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"url": {"type": "string"}, "b64_json": {"type": "string"}},
            },
        }
    },
}


def document(version: str = "3.0.3", response: JSON = None, **fields: JSON) -> dict[str, Any]:
    """A whole document whose request has these fields besides model and prompt."""
    properties = {"model": {"enum": ["mock-1"]}, "prompt": {"type": "string"}, **fields}
    request = {"type": "object", "properties": properties, "required": ["model", "prompt"]}
    whole = {
        "openapi": version,
        "servers": [{"url": "https://api.aimlapi.com"}],
        "paths": {
            PLACE: {
                "post": {
                    "requestBody": {
                        "required": True,
                        "content": {"application/json": {"schema": request}},
                    },
                    "responses": {
                        "200": {
                            "description": "Images",
                            "content": {"application/json": {"schema": response or RESPONSE}},
                        }
                    },
                }
            }
        },
        "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
        "security": [{"key": []}],
    }
    return deepcopy(whole)


def imported(folder: Path, content: JSON, revision: str | None = None) -> Imported:
    """Import a document that is written down for it."""
    file = folder / "document.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return import_document(Listing(str(file)), revision, TODAY)


def request_of(done: Imported) -> dict[str, Any]:
    """The schema of the requests for the first model."""
    schema: dict[str, Any] = done.contracts[0].files["request.schema.json"]
    return schema


def put_contracts(root: Path, *names: str) -> dict[str, Contract]:
    """Write the contracts of documents below a root, and load them by model."""
    found = {}
    for name in names or map(str, DOCUMENTS):
        for contract_files in import_document(Listing(name), None, TODAY).contracts:
            contract_files.write(root)
            contract = load_contract(root / contract_files.folder)
            found[contract.model] = contract
    return found

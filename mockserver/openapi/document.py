"""An OpenAPI document, read from a file or URL that the user named."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from codecs import BOM_UTF8
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from mockserver.contracts.finding import child, quote
from mockserver.contracts.refs import resolve
from mockserver.errors import DocumentError
from mockserver.openapi.yaml12 import YAMLError, parse_yaml
from mockserver.strict_json import JSON, JSONTextError, parse

__all__ = ["Document", "read_document"]

_VERSION = re.compile(r"3\.[01](\.\d+)?")
_MOST_BYTES = 5 * 1024 * 1024
_SECONDS = 20.0


@dataclass(frozen=True)
class Document:
    """An OpenAPI document.

    :ivar name: its file or URL, as the user named it.
    :ivar root: its content.
    """

    name: str
    root: dict[str, Any]

    @property
    def is_old(self) -> bool:
        """Whether it is OpenAPI 3.0, whose schemas are a dialect of their own."""
        return str(self.root["openapi"]).startswith("3.0")

    def error(self, at: str, reason: str) -> DocumentError:
        """Return the error that something in the document cannot be imported."""
        return DocumentError(self.name, at, reason)

    def resolved(self, node: JSON, at: str) -> tuple[Any, str]:
        """Return what a reference, or a chain of them, points at, with its place.

        :raises DocumentError: when one leads nowhere, in a circle or out of the document.
        """
        trail: list[str] = []
        while isinstance(node, dict) and isinstance(node.get("$ref"), str):
            if node["$ref"] in trail:
                raise self.error(child(at, "$ref"), f"{quote(node['$ref'])} leads in a circle")
            trail.append(node["$ref"])
            node, at = self._target(node["$ref"], child(at, "$ref"))
        return node, at

    def _target(self, reference: str, at: str) -> tuple[Any, str]:
        if reference[:2] not in {"#", "#/"}:
            reason = f"{quote(reference)} is outside of the document; only #/… is followed"
            raise self.error(at, reason)
        place = unquote(reference[1:])
        try:
            return resolve(self.root, place), place
        except LookupError as error:
            reason = f"{quote(reference)} leads nowhere: no {quote(str(error))} there"
            raise self.error(at, reason) from None


def read_document(name: str) -> Document:
    """Return an OpenAPI 3.0 or 3.1 document, read as JSON or YAML.

    :param name: a file, or an ``http`` or ``https`` URL: fetched once, 5 MB and 20 s at most.
    :raises DocumentError: when it cannot be read or parsed, or is another kind of document.
    """
    is_url = name.startswith(("http://", "https://"))
    data = _fetched(name) if is_url else _file_read(name)
    if len(data) > _MOST_BYTES:
        raise DocumentError(name, "", f"expected at most {_MOST_BYTES} bytes")
    root = _parsed(name, data)
    version = root.get("openapi") if isinstance(root, dict) else None
    if not _VERSION.fullmatch(str(version)):
        raise DocumentError(name, "/openapi", f"expected 3.0.x or 3.1.x, received {quote(version)}")
    return Document(name, root)


def _file_read(name: str) -> bytes:
    try:
        with Path(name).open("rb") as file:
            return file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise DocumentError(name, "", f"cannot be read: {error.strerror}") from None


def _fetched(url: str) -> bytes:
    request = urllib.request.Request(url, headers={"Accept": "application/json, */*;q=0.5"})
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as response:
            data: bytes = response.read(_MOST_BYTES + 1)
            if response.length and len(data) <= _MOST_BYTES:
                reason = f"cannot be fetched whole: {response.length} bytes are missing"
                raise DocumentError(url, "", reason)
            return data
    except urllib.error.HTTPError as error:
        error.close()
        raise DocumentError(url, "", f"cannot be fetched: status {error.code}") from None
    except (OSError, ValueError, HTTPException) as error:
        raise DocumentError(url, "", f"cannot be fetched: {error}") from None


def _parsed(name: str, data: bytes) -> JSON:
    """Parse a text that begins with a brace as strict JSON, any other as YAML."""
    try:
        if data.removeprefix(BOM_UTF8).lstrip()[:1] == b"{":
            return parse(data)
        return parse_yaml(data.decode("utf-8-sig"))
    except (JSONTextError, YAMLError) as error:
        raise DocumentError(name, "", str(error)) from None
    except UnicodeDecodeError as error:
        raise DocumentError(name, "", f"expected UTF-8: {error.reason}") from None

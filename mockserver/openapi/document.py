"""An OpenAPI document, read from a file or URL that the user named."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPException, HTTPMessage, HTTPResponse
from itertools import chain, islice
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import IO, Any, Literal
from urllib.error import HTTPError
from urllib.parse import unquote, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from jsonschema import Draft202012Validator

from mockserver.clock import monotonic
from mockserver.contracts.finding import child, pointer, quote
from mockserver.contracts.json_schema import validator
from mockserver.contracts.refs import resolve
from mockserver.contracts.schema_loader import read_schema
from mockserver.errors import DocumentError, UnreachableError
from mockserver.openapi.yaml12 import YAMLError, parse_yaml
from mockserver.paths import SCHEMAS
from mockserver.recording.target import is_on_this_machine
from mockserver.strict_json import JSON, JSONTextError, parse

Kind = Literal["body", "document", "header", "path", "response"]
"""The parts of a document outside its schemas."""

_VERSION = re.compile(r"3\.[01](\.\d+)?")
_MOST_BYTES = 5 * 1024 * 1024
_MOST_LEVELS = 120
_SECONDS = 20.0
_TOO_SLOW = f"cannot be fetched: it had not ended after {_SECONDS:g} s"
_CHUNK_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class DocumentWarning:
    """One thing that a contract does not say as its document does.

    :ivar document: the document's file or URL.
    :ivar pointer: where in it, as a JSON pointer (RFC 6901).
    """

    document: str
    pointer: str
    words: str

    def __str__(self) -> str:
        return f"{self.document}#{self.pointer}: {self.words}"


@dataclass(frozen=True)
class Document:
    """An OpenAPI document, and what its contracts do not say as it does.

    :ivar name: its file or URL, as the user named it.
    :ivar root: its content.
    :ivar warnings: in the order in which they were added.
    """

    name: str
    root: dict[str, Any]
    warnings: dict[DocumentWarning, None] = field(default_factory=dict)

    @property
    def is_old(self) -> bool:
        """Whether it is OpenAPI 3.0, whose schemas are a dialect of their own."""
        return str(self.root["openapi"]).startswith("3.0")

    def error(self, at: str, reason: str) -> DocumentError:
        """Return the error that something in the document cannot be imported."""
        return DocumentError(self.name, at, reason)

    def warn(self, at: str, words: str) -> None:
        """Add a warning, unless it is there; it is one line, whatever names are in it."""
        self.warnings[DocumentWarning(self.name, at, " ".join(words.split()))] = None

    def check(self, node: JSON, at: str, kind: Kind) -> None:
        """Check the structure of something of a kind.

        :raises DocumentError: with the place of what is not as it must be.
        """
        for error in _structures()[kind].iter_errors(node):
            expected = f"expected a {kind}: {error.message}"
            raise self.error(at + pointer(*error.absolute_path), expected)

    def resolved(self, node: JSON, at: str, kind: Kind | None = None) -> tuple[Any, str]:
        """Return what a reference, or a chain of them, points at, with its place.

        :param kind: what it must be.
        :raises DocumentError: when it is not, or a reference leads nowhere, in a circle or out of
            the document.
        """
        trail: list[str] = []
        while isinstance(node, dict) and isinstance(node.get("$ref"), str):
            if node["$ref"] in trail:
                raise self.error(child(at, "$ref"), f"{quote(node['$ref'])} leads in a circle")
            trail.append(node["$ref"])
            node, at = self._target(node["$ref"], child(at, "$ref"))
        if kind:
            self.check(node, at, kind)
        return node, at

    def _target(self, reference: str, at: str) -> tuple[Any, str]:
        if reference[:2] not in {"#", "#/"}:
            reason = f"{quote(reference)} is outside of the document; only #/… is followed"
            raise self.error(at, reason)
        place = unquote(reference[1:])
        try:
            return resolve(self.root, place), place
        except LookupError as error:
            raise self.error(at, f"{quote(reference)} leads nowhere: {error}") from None


@cache
def _structures() -> dict[Kind, Draft202012Validator]:
    whole = read_schema(SCHEMAS / "openapi.schema.json")
    path = whole["properties"]["paths"]["additionalProperties"]
    operation = path["properties"]["post"]["properties"]
    response = operation["responses"]["additionalProperties"]
    return {
        "body": validator(operation["requestBody"]),
        "document": validator(whole),
        "header": validator(response["properties"]["headers"]["additionalProperties"]),
        "path": validator(path),
        "response": validator(response),
    }


def read_document(name: str) -> Document:
    """Return an OpenAPI 3.0 or 3.1 document, read as JSON or YAML.

    :param name: a file, or an ``http`` or ``https`` URL: fetched once, 5 MB and 20 s at most.
    :raises DocumentError: when it cannot be read or parsed, or is another kind of document.
    """
    is_url = name.startswith(("http://", "https://"))
    data = fetched(name) if is_url else _file_read(name)
    if len(data) > _MOST_BYTES:
        raise DocumentError(name, "", f"expected at most {_MOST_BYTES} bytes")
    root = _parsed(name, data)
    _check_size(name, root)
    version = root.get("openapi") if isinstance(root, dict) else None
    if not _VERSION.fullmatch(str(version)):
        raise DocumentError(name, "/openapi", f"expected 3.0.x or 3.1.x, received {quote(version)}")
    document = Document(name, root)
    document.check(root, "", "document")
    return document


def _file_read(name: str) -> bytes:
    try:
        with Path(name).open("rb") as file:
            return file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise DocumentError(name, "", f"cannot be read: {error.strerror}") from None


class _SameHost(HTTPRedirectHandler):
    """Follows a redirect only to the host that the user named."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        before, after = urlsplit(req.full_url), urlsplit(newurl)
        if after.scheme not in {"http", "https"} or after.netloc != before.netloc:
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetched(url: str) -> bytes:
    """Return what is at an ``http`` or ``https`` URL: no key is sent, no other host asked.

    :raises UnreachableError: when it does not come whole within 20 s.
    """
    if "@" in urlsplit(url).netloc:
        raise UnreachableError(url, "", "expected a URL without user and password")
    outcome: SimpleQueue[bytes | UnreachableError] = SimpleQueue()
    # Each read has the time limit for itself, so that one byte after the other could take for ever.
    Thread(target=lambda: outcome.put(_downloaded(url)), daemon=True).start()
    try:
        found = outcome.get(timeout=_SECONDS)
    except Empty:
        found = UnreachableError(url, "", _TOO_SLOW)
    if isinstance(found, UnreachableError):
        raise found
    return found


def _downloaded(url: str) -> bytes | UnreachableError:
    """Return what is at a URL, or why it does not come."""
    request = Request(url, headers={"Accept": "application/json, */*;q=0.5"})
    try:
        direct = [ProxyHandler({})] if is_on_this_machine(url) else []
        with build_opener(_SameHost, *direct).open(request, timeout=_SECONDS) as response:
            return _body(url, response)
    except HTTPError as error:
        error.close()
        return UnreachableError(url, "", f"cannot be fetched: status {error.code}")
    except (OSError, ValueError, HTTPException) as error:
        return UnreachableError(url, "", f"cannot be fetched: {error}")


def _body(url: str, response: HTTPResponse) -> bytes | UnreachableError:
    """Return the body of a response, at most one byte more than a document may have."""
    deadline = monotonic() + _SECONDS
    data = b""
    while len(data) <= _MOST_BYTES and (chunk := response.read1(_CHUNK_BYTES)):
        data += chunk
        if monotonic() > deadline:
            return UnreachableError(url, "", _TOO_SLOW)
    if response.length and len(data) <= _MOST_BYTES:
        reason = f"cannot be fetched whole: {response.length} bytes are missing"
        return UnreachableError(url, "", reason)
    return data[: _MOST_BYTES + 1]


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


def _check_size(name: str, root: JSON) -> None:
    """Check that a document is no deeper and no larger than the importer can follow.

    A few aliases of YAML in each other are a document without end; they are one object in memory.
    """
    size, level = 0, [root]
    for _ in range(_MOST_LEVELS):
        size += sum(len(_encoded(name, node)) if isinstance(node, str) else 1 for node in level)
        if size > _MOST_BYTES:
            reason = f"expected at most {_MOST_BYTES} bytes, with every alias written out"
            raise DocumentError(name, "", reason)
        level = list(islice(chain.from_iterable(map(_members, level)), _MOST_BYTES + 1))
    if level:
        raise DocumentError(name, "", f"expected at most {_MOST_LEVELS} levels of nesting")


def _encoded(name: str, text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        reason = f"expected Unicode characters, received a lone surrogate in {quote(text)}"
        raise DocumentError(name, "", reason) from None


def _members(node: JSON) -> Iterable[JSON]:
    if isinstance(node, dict):
        return chain(node, node.values())
    return node if isinstance(node, list) else ()

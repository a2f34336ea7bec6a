"""The operations of a document that make images, and the models that each is for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, cast

from jsonschema import Draft202012Validator

from mockserver.contracts.allof import atoms
from mockserver.contracts.finding import child, pointer, quote
from mockserver.contracts.json_schema import ANNOTATION, Schema, validator
from mockserver.contracts.response_headers import is_header_name, transport_fields
from mockserver.contracts.schema_loader import read_schema
from mockserver.errors import DocumentError
from mockserver.openapi.direction import without
from mockserver.openapi.document import Document
from mockserver.openapi.schema_converter import SchemaConverter
from mockserver.paths import SCHEMAS
from mockserver.recording.target import PROVIDER
from mockserver.strict_json import JSON

NO_KEY = "no key is needed; a contract needs a bearer key all the same"
_JSON = ("application/json", r"application/[^/]+\+json", r"application/\*", r"\*/\*")
"""The media types that are read as JSON; frameworks write ``*/*`` where nobody chose one."""

_SUCCESS = re.compile(r"2(\d\d|XX)", re.IGNORECASE)
_METHODS = {"delete", "get", "head", "options", "patch", "post", "put", "trace"}
_URL = re.compile(r"([^/]*//[^/]*)?(.*)", re.DOTALL)
"""The origin and the path of a server."""

_WORDING = {"deprecated", "description", "externalDocs", "operationId", "summary", "tags"}
_READ = {"requestBody", "responses", "security", "servers"}


@dataclass(frozen=True)
class Operation:
    """One operation that makes images.

    :ivar at: its place in the document.
    :ivar server: the origin of the service.
    :ivar path: its path; ``path_aliases`` are other spellings of it, with or without ``/v1``.
    :ivar success: status and description of the response to a valid request.
    :ivar request: the schema of the request's body, and ``request_at`` its place.
    :ivar response: the schema of the response's body, if documented; ``headers``: of its headers.
    """

    at: str = field(compare=False)
    server: str
    path: str
    success: tuple[int, str]
    request: Schema
    request_at: str = field(compare=False)
    response: Schema | None
    headers: Schema | None = None
    path_aliases: tuple[str, ...] = field(default=(), compare=False)


def operations(document: Document) -> list[Operation]:
    """Return every ``POST`` operation of a document that takes and returns JSON.

    :raises DocumentError: with its place, when something cannot be imported and there is no other.
    """
    found: list[Operation] = []
    refused: list[DocumentError] = []
    for post in _posts(document):
        try:
            found.append(post.operation())
        except DocumentError as error:
            refused.append(error)
    if not found:
        raise refused[0] if refused else document.error("/paths", "expected a POST operation")
    for other in refused:
        document.warn(other.pointer, f"an operation is not imported: {other.reason}")
    return _without_spellings(found)


@cache
def contract_field(name: str) -> Draft202012Validator:
    """Return the check of a field of ``contract.json``."""
    return validator(read_schema(SCHEMAS / "contract.schema.json")["properties"][name])


def _without_spellings(found: list[Operation]) -> list[Operation]:
    """Join operations that are one, spelt with and without ``/v1``; the longer path comes first."""
    kept: list[Operation] = []
    for operation in sorted(found, key=lambda one: not one.path.startswith("/v1/")):
        longer = replace(operation, path=f"/v1{operation.path}")
        if longer in kept:
            first = kept.index(longer)
            kept[first] = replace(kept[first], path_aliases=(operation.path,))
        else:
            kept.append(operation)
    return kept


def _posts(document: Document) -> Iterator[_Post]:
    for path, place in document.root["paths"].items():
        item, at = document.resolved(place, f"/paths{child('', path)}", "path")
        for method in sorted(_METHODS & item.keys()):
            if method == "post":
                converter = SchemaConverter(document)
                yield _Post(document, converter, path, item, item[method], child(at, method))
            else:
                document.warn(child(at, method), f"{method.upper()} is not imported, only POST")


@dataclass(frozen=True, slots=True)
class _Post:
    """An operation to read.

    :ivar item: the path item that holds it.
    :ivar at: its place in the document.
    """

    document: Document
    converter: SchemaConverter
    path: str
    item: dict[str, Any]
    node: dict[str, Any]
    at: str

    def operation(self) -> Operation:
        self._warn_of_unread()
        self._warn_of_security()
        server, path = self._place()
        request, request_at = self._request()
        status, success, success_at = self._success()
        return Operation(
            at=self.at,
            server=server,
            path=path,
            success=(status, success.get("description", "")),
            request=request,
            request_at=request_at,
            response=self._body(success, success_at, "a response", "writeOnly")[0],
            headers=_header_schema(self.document, self.converter, success, success_at),
        )

    def _warn_of_unread(self) -> None:
        for key in self.node.keys() - _WORDING - _READ:
            self.document.warn(child(self.at, key), f"{key} has no place in a contract")
        for parameter in self.item.get("parameters", []):
            self.document.warn(self.at, f"parameter {quote(_name(parameter))} of the path is lost")

    def _warn_of_security(self) -> None:
        """Warn of security other than the bearer key that every contract needs."""
        names = [name for requirement in self._inherited("security") or [] for name in requirement]
        if not names:
            self.document.warn(self.at, NO_KEY)
        known = self.document.root.get("components", {}).get("securitySchemes", {})
        for name in names:
            if not _is_bearer(known.get(name, {})):
                words = f"the scheme {quote(name)} is lost; a contract needs a bearer key"
                self.document.warn(child(self.at, "security"), words)

    def _place(self) -> tuple[str, str]:
        """Return the service's origin, and the path below it."""
        servers = self._inherited("servers") or []
        for other in servers[1:]:
            self.document.warn("/servers", f"the server {quote(other.get('url'))} is lost")
        url = servers[0].get("url", "") if servers else ""
        stated, base = cast("re.Match[str]", _URL.fullmatch(url)).groups()
        if stated is None:
            self.document.warn("/servers", f"no origin is named: {PROVIDER} is used")
        origin, path = stated or PROVIDER, base.rstrip("/") + self.path
        if not (
            contract_field("server").is_valid(origin) and contract_field("path").is_valid(path)
        ):
            expected = "expected a fixed path outside of /__admin at an origin of http or https"
            raise self.document.error(self.at, f"{expected}, received {quote(origin + path)}")
        return origin, path

    def _request(self) -> tuple[Schema, str]:
        here = child(self.at, "requestBody")
        if "requestBody" not in self.node:
            raise self.document.error(here, "expected a request body")
        body, at = self.document.resolved(self.node["requestBody"], here, "body")
        if body.get("required") is not True:
            self.document.warn(at, "the body may be left out; a contract needs one all the same")
        schema, place = self._body(body, at, "a request", "readOnly")
        if schema is None:
            raise self.document.error(at, "expected a schema of the request's body")
        return schema, place

    def _success(self) -> tuple[int, dict[str, Any], str]:
        """Return the response to a valid request: the first status from 200 to 299."""
        at = child(self.at, "responses")
        by_code: dict[str, JSON] = self.node.get("responses", {})
        good = sorted(filter(_SUCCESS.fullmatch, by_code)) or [c for c in by_code if c == "default"]
        if not good:
            raise self.document.error(at, "expected a response with a status from 200 to 299")
        for code in good[1:]:
            self.document.warn(child(at, code), f"the response {code} is lost; {good[0]} is kept")
        if others := ", ".join(code for code in by_code if code not in good):
            words = f"the responses {others} are lost; errors.json has the error responses"
            self.document.warn(at, words)
        place, status = child(at, good[0]), good[0] if good[0].isdecimal() else "200"
        if status != good[0]:
            self.document.warn(place, f"the response {good[0]} is imported as status {status}")
        response, at = self.document.resolved(by_code[good[0]], place, "response")
        if "links" in response:
            self.document.warn(child(at, "links"), "links have no place in a contract")
        return int(status), response, at

    def _body(
        self, holder: dict[str, Any], at: str, whose: str, unsent: str
    ) -> tuple[Schema | None, str]:
        """Return the schema of a JSON body, None where none is documented, and its place.

        :param unsent: the keyword of the fields that are not sent this way.
        """
        content, at = holder.get("content", {}), child(at, "content")
        if not content:
            return None, at
        named = {kind: kind.partition(";")[0].strip().lower() for kind in content}
        known = (kind for json in _JSON for kind in named if re.fullmatch(json, named[kind]))
        if (kept := next(known, None)) is None:
            reason = f"expected {whose} as {_JSON[0]}, received {', '.join(named.values())}"
            raise self.document.error(at, reason)
        for kind in (kind for kind in content if kind != kept):
            self.document.warn(child(at, kind), f"{whose} as {kind} is lost; {kept} is kept")
        media, at = content[kept], child(at, kept)
        if named[kept] != _JSON[0]:
            self.document.warn(at, f"{whose} as {kept} is imported as {_JSON[0]}")
        if "schema" not in media:
            return None, at
        for key in media.keys() - {"schema"}:
            self.document.warn(child(at, key), f"{key} of {whose} is lost")
        at = child(at, "schema")
        return without(unsent, self.converter.schema(media["schema"], at)), at

    def _inherited(self, key: str) -> JSON:
        """Return what is said of the operation, else of its path, else of the whole document."""
        for holder in (self.node, self.item, self.document.root):
            if key in holder:
                return holder[key]
        return None


def _name(parameter: JSON) -> JSON:
    known = isinstance(parameter, dict)
    return parameter.get("name", parameter.get("$ref")) if known else parameter


def _is_bearer(scheme: dict[str, Any]) -> bool:
    return scheme.get("type") == "http" and scheme.get("scheme", "").lower() == "bearer"


def _header_schema(
    document: Document, converter: SchemaConverter, response: dict[str, Any], at: str
) -> Schema | None:
    """Return the schema of a response's headers by lower-case name; None without any.

    :param at: the place of the response.
    :raises DocumentError: with its place, when a schema cannot be converted.
    """
    fields: dict[str, Schema] = {}
    required = []
    for title, node in response.get("headers", {}).items():
        here = at + pointer("headers", title)
        header, place = document.resolved(node, here, "header")
        name, field = title.lower(), _header_field(converter, header, place)
        if field is None or not is_header_name(name):
            document.warn(here, f"the header {quote(title)} has no place in a contract")
            continue
        known = transport_fields().get(name, {})
        filled = {ANNOTATION: known[ANNOTATION]} if known else {}
        fields[name] = {**field, **filled}
        required += [name] if header.get("required") is True else []
    return {"type": "object", "properties": fields, "required": required} if fields else None


def _header_field(converter: SchemaConverter, header: dict[str, Any], at: str) -> Schema | None:
    """Return the schema of one header; None where its value is a list or an object."""
    if "schema" not in header:
        return None
    field = converter.schema(header["schema"], child(at, "schema"))
    described = {"description": header["description"]} if "description" in header else {}
    return {**described, **field} if {*atoms(field)} - {"array", "object"} else None

"""The operations of a document that make images, and the models that each is for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from mockserver.contracts.finding import child, quote
from mockserver.contracts.schema_loader import Schema
from mockserver.errors import DocumentError
from mockserver.openapi.document import Document
from mockserver.openapi.headers import HeaderReader
from mockserver.openapi.schema_converter import SchemaConverter
from mockserver.openapi.structure import resolved
from mockserver.openapi.warnings import DocumentWarnings, listed_values
from mockserver.settings import PROVIDER
from mockserver.strict_json import JSON

__all__ = ["NO_KEY", "Operation", "operations", "requests_by_model"]

NO_KEY = "no key is needed; a contract needs a bearer key all the same"
_JSON = "application/json"
_METHODS = {"delete", "get", "head", "options", "patch", "post", "put", "trace"}
_PATH = re.compile(r"/[^?#<>{}]*[^/?#<>{}]")
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

    at: str
    server: str
    path: str
    success: tuple[int, str]
    request: Schema
    request_at: str
    response: Schema | None
    headers: Schema | None = None
    path_aliases: tuple[str, ...] = ()

    @property
    def _content(self) -> tuple[object, ...]:
        """Everything but the spelling of the path."""
        path = self.path.removeprefix("/v1")
        return path, self.server, self.success, self.request, self.response, self.headers

    def is_spelling_of(self, other: Operation) -> bool:
        """Return whether this is another operation, its path with or without ``/v1``."""
        return self._content == other._content


def operations(document: Document, warnings: DocumentWarnings) -> list[Operation]:
    """Return every ``POST`` operation of a document that takes and returns JSON.

    :raises DocumentError: with its place, when something cannot be imported and there is no other.
    """
    found: list[Operation] = []
    refused: list[DocumentError] = []
    for node, at, item in _posts(document, warnings):
        try:
            found.append(_Reading(document, warnings, node, at, item).operation())
        except DocumentError as error:
            refused.append(error)
    if not found:
        raise refused[0] if refused else document.error("/paths", "expected a POST operation")
    for other in refused:
        warnings.add(other.pointer, f"an operation is not imported: {other.reason}")
    return _without_spellings(found)


def _without_spellings(found: list[Operation]) -> list[Operation]:
    """Join operations that are one, spelt with and without ``/v1``; the longer path comes first."""
    kept: list[Operation] = []
    for operation in sorted(found, key=lambda one: not one.path.startswith("/v1/")):
        same = next((i for i, other in enumerate(kept) if operation.is_spelling_of(other)), None)
        if same is None:
            kept.append(operation)
        else:
            aliases = (*kept[same].path_aliases, operation.path)
            kept[same] = replace(kept[same], path_aliases=aliases)
    return kept


def _posts(
    document: Document, warnings: DocumentWarnings
) -> Iterator[tuple[Any, str, tuple[Any, str]]]:
    for path, place in document.root["paths"].items():
        item, at = resolved(document, place, f"/paths{child('', path)}", "path")
        for method in sorted(_METHODS & item.keys()):
            if method == "post":
                yield item[method], child(at, method), (item, path)
            else:
                warnings.add(child(at, method), f"{method.upper()} is not imported, only POST")


class _Reading:
    """Reads one operation.

    :param item: the path item that holds it, and its path.
    """

    def __init__(
        self,
        document: Document,
        warnings: DocumentWarnings,
        node: JSON,
        at: str,
        item: tuple[JSON, str],
    ) -> None:
        self._document, self._warnings, self._node, self._at = document, warnings, node, at
        self._item, self._path = item
        self._converter = SchemaConverter(document, warnings)
        self._headers = HeaderReader(document, warnings, self._converter)

    def operation(self) -> Operation:
        """Return the operation."""
        self._warn_of_unread()
        self._check_security()
        server, path = self._place()
        request, request_at = self._request()
        status, response, response_at = self._success()
        return Operation(
            at=self._at,
            server=server,
            path=path,
            success=(status, response.get("description", "")),
            request=request,
            request_at=request_at,
            response=self._body(response, response_at, "a response"),
            headers=self._headers.schema(response, response_at),
        )

    def _warn_of_unread(self) -> None:
        for key in self._node.keys() - _WORDING - _READ:
            self._warnings.add(child(self._at, key), f"{key} has no place in a contract")
        for parameter in self._item.get("parameters", []):
            words = f"parameter {quote(_name(parameter))} of the path is lost"
            self._warnings.add(self._at, words)

    def _check_security(self) -> None:
        """Check that the operation needs a bearer key, as every contract says."""
        required = self._inherited("security")
        if not required:
            self._warnings.add(self._at, NO_KEY)
            return
        names = [name for requirement in required for name in requirement]
        known = self._document.root.get("components", {}).get("securitySchemes", {})
        schemes = {name: self._scheme(name, known) for name in names}
        if not any(_is_bearer(scheme) for scheme in schemes.values()):
            reason = f"expected the security scheme http bearer, received {', '.join(names)}"
            raise self._document.error(child(self._at, "security"), reason)
        for name in (name for name, scheme in schemes.items() if not _is_bearer(scheme)):
            self._warnings.add(child(self._at, "security"), f"the scheme {quote(name)} is lost")

    def _scheme(self, name: str, known: dict[str, JSON]) -> dict[str, Any]:
        place = child("/components/securitySchemes", name)
        if name not in known:
            raise self._document.error(place, "is named, but missing")
        return resolved(self._document, known[name], place, "scheme")[0]

    def _place(self) -> tuple[str, str]:
        """Return the service's origin, and the path below it."""
        servers = self._inherited("servers") or []
        for other in servers[1:]:
            self._warnings.add("/servers", f"the server {quote(other.get('url'))} is lost")
        url = servers[0].get("url", "") if servers else ""
        parts = urlsplit(url)
        if not parts.netloc:
            self._warnings.add("/servers", f"no origin is named: {PROVIDER} is used")
        path = parts.path.rstrip("/") + self._path
        if not _PATH.fullmatch(path) or "{" in url:
            raise self._document.error(self._at, f"expected a fixed path, received {quote(path)}")
        return (f"{parts.scheme}://{parts.netloc}" if parts.netloc else PROVIDER), path

    def _request(self) -> tuple[Schema, str]:
        here = child(self._at, "requestBody")
        if "requestBody" not in self._node:
            raise self._document.error(here, "expected a request body")
        body, at = resolved(self._document, self._node["requestBody"], here, "body")
        if body.get("required") is not True:
            self._warnings.add(at, "the body may be left out; a contract needs one all the same")
        schema = self._body(body, at, "a request")
        if schema is None:
            raise self._document.error(at, "expected a schema of the request's body")
        return schema, at + "/content/application~1json/schema"

    def _success(self) -> tuple[int, dict[str, Any], str]:
        """Return the response to a valid request: the first status from 200 to 299."""
        at = child(self._at, "responses")
        by_code: dict[str, JSON] = self._node.get("responses", {})
        good = sorted(code for code in by_code if re.fullmatch(r"2\d\d", code))
        if not good:
            raise self._document.error(at, "expected a response with a status from 200 to 299")
        for code in good[1:]:
            self._warnings.add(child(at, code), f"the response {code} is lost; {good[0]} is kept")
        if others := ", ".join(code for code in by_code if code not in good):
            words = f"the responses {others} are lost; errors.json has the error responses"
            self._warnings.add(at, words)
        place = child(at, good[0])
        response, at = resolved(self._document, by_code[good[0]], place, "response")
        if "links" in response:
            self._warnings.add(child(at, "links"), "links have no place in a contract")
        return int(good[0]), response, at

    def _body(self, holder: dict[str, Any], at: str, whose: str) -> Schema | None:
        """Return the schema of a JSON body; None where none is documented."""
        content = holder.get("content", {})
        at = child(at, "content")
        by_type = {kind.partition(";")[0].strip(): kind for kind in content}
        if content and _JSON not in by_type:
            received = ", ".join(by_type)
            raise self._document.error(at, f"expected {whose} as {_JSON}, received {received}")
        for kind in (kind for name, kind in by_type.items() if name != _JSON):
            self._warnings.add(child(at, kind), f"{whose} as {kind} is lost; {_JSON} is kept")
        media = content[by_type[_JSON]] if content else {}
        at = child(at, by_type.get(_JSON, _JSON))
        if "schema" not in media:
            return None
        for key in media.keys() - {"schema"}:
            self._warnings.add(child(at, key), f"{key} of {whose} is lost")
        return self._converter.schema(media["schema"], child(at, "schema"))

    def _inherited(self, key: str) -> JSON:
        """Return what is said of the operation, else of its path, else of the whole document."""
        for holder in (self._node, self._item, self._document.root):
            if key in holder:
                return holder[key]
        return None


def requests_by_model(
    document: Document, warnings: DocumentWarnings, operation: Operation
) -> dict[str, Schema]:
    """Return the schema of the requests for each model alone, by model id.

    :raises DocumentError: when a request names no model, or several alternatives name the same.
    """
    request, at = operation.request, operation.request_at
    wholes: list[JSON] = [request]
    if "model" not in request.get("properties", {}):
        wholes = request.get("oneOf") or request.get("anyOf") or wholes
    found: dict[str, Schema] = {}
    for whole in wholes:
        properties = whole.get("properties", {}) if isinstance(whole, dict) else {}
        field = properties.get("model", {})
        models = _models(field)
        if not models or found.keys() & set(models):
            reason = "expected a field model with an enum of ids, each in one alternative only"
            raise document.error(child(child(at, "properties"), "model"), reason)
        if _is_open(field):
            words = "model may be something else than its enum: only what it lists is kept"
            warnings.add(at, words)
        found |= {model: _for_one(whole, model) for model in models}
    return found


def _models(field: JSON) -> list[str]:
    """Return the models that a field lists, each once."""
    listed = (model for model in listed_values(field) if isinstance(model, str) and model)
    return list(dict.fromkeys(listed))


def _is_open(field: Schema) -> bool:
    branches = [*field.get("anyOf", []), *field.get("oneOf", [])]
    closed = "enum" in field or "const" in field
    return not closed and any(not _models(branch) for branch in branches)


def _for_one(whole: Schema, model: str) -> Schema:
    field: dict[str, Any] = {"type": "string", "enum": [model], "examples": [model]}
    stated = whole["properties"]["model"]
    field |= {key: stated[key] for key in ("title", "description") if key in stated}
    if stated.get("default") == model:
        field["default"] = model
    schema = {**whole, "properties": {**whole["properties"], "model": field}}
    samples = [s for s in whole.get("examples", []) if s.get("model", model) == model]
    return {key: value for key, value in {**schema, "examples": samples}.items() if value != []}


def _name(parameter: JSON) -> JSON:
    return (
        parameter.get("name", parameter.get("$ref")) if isinstance(parameter, dict) else parameter
    )


def _is_bearer(scheme: dict[str, Any]) -> bool:
    return scheme.get("type") == "http" and scheme.get("scheme", "").lower() == "bearer"

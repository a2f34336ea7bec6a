"""An entry of the journal: a request and its response, without any key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from mockserver.app.body_pieces import folded, kept_body
from mockserver.app.context import RequestContext
from mockserver.app.signed_urls import ImageRef
from mockserver.contracts import Contract, Finding
from mockserver.contracts.error_catalog import timestamp
from mockserver.contracts.hints import hints
from mockserver.recording.redact import ELLIPSIS, Redactor
from mockserver.strict_json import JSON

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_MAX_ENTRY = 30_000
"""The most characters of fields that an entry keeps; each member counts as some."""

_SHORT_DIGITS = 3
"""A body is short when its length in bytes has so many digits. Its fields are kept as they are, and
cut when they are shown."""

_MAX_NAME = 100
_MAX_TEXT = 4000
_MAX_HEADER = 400
_MAX_HEADERS = 20_000
_MAX_MEMBERS = 50
_MAX_DEPTH = 4
_MEMBER = 100


class Entry(NamedTuple):
    """One request and its response.

    :ivar at: when it came, in seconds since 1970-01-01 UTC.
    :ivar sent: the request's fields, a key among them perhaps; None where it was no JSON.
    :ivar duration: how long the response took, in milliseconds.
    :ivar images: name, size and digest of each, without its file.
    :ivar headers: those of the request, by their names in WSGI.
    :ivar response_headers: those of the response.
    :ivar redactor: removes secrets from the headers when they are shown.
    :ivar response_findings: the findings about a response of a rule, or of the proxy's upstream.
    :ivar image_refs: where the images come from, to render them again.
    :ivar body: the response's, base64 folded; empty where it is not kept.
    """

    id: str
    at: float
    tenant: str
    method: str
    path: str
    status: int
    duration: float
    sent: JSON
    contract: Contract | None
    fault: str
    rule: str
    variation: str
    recording: str
    source: str
    message: str
    images: tuple[Mapping[str, JSON], ...]
    headers: Mapping[str, str]
    response_headers: Iterable[tuple[str, str]]
    redactor: Redactor
    response_findings: tuple[Finding, ...] = ()
    image_refs: Sequence[ImageRef] = ()
    body: str = ""

    @classmethod
    def of(cls, context: RequestContext, status: int, headers: Iterable[tuple[str, str]]) -> Entry:
        """Return the entry of a finished request, without its key.

        :param headers: those of the response.
        """
        redactor = context.redactor
        return cls(
            id=context.id,
            at=context.at,
            tenant=context.tenant,
            method=context.method,
            path=_shortened(redactor.known(context.path), _MAX_TEXT),
            status=status,
            duration=context.duration,
            sent=_sent(context),
            contract=context.contract,
            fault=context.fault.name if context.fault else "",
            rule=redactor.known(context.rule.name) if context.rule else "",
            variation=context.variation,
            recording=context.recording,
            source=context.source,
            message=_shortened(redactor.known(context.message), _MAX_TEXT),
            images=tuple([image.summary for image in context.images]),
            headers=_headers(context.request.environ),
            response_headers=headers,
            redactor=redactor,
            response_findings=tuple(context.findings),
            image_refs=tuple(context.image_refs),
            body=kept_body(context.body),
        )

    @property
    def findings(self) -> list[Finding]:
        """What breaks the contract, and hints."""
        fields = self.fields
        if self.contract is None or not isinstance(fields, dict):
            return [*self.response_findings]
        about_request = self.contract.request_findings(fields)
        return [*about_request, *hints(self.contract, fields), *self.response_findings]

    @property
    def fields(self) -> JSON:
        """The request's fields without secrets, long ones cut; None where it was no JSON."""
        return _Cutter(self.redactor).json(self.sent)

    def field(self, name: str) -> JSON:
        """Return a field of the request, or its documented default."""
        if not isinstance(self.sent, dict):
            return None
        fields = self.contract.arguments(self.sent) if self.contract else self.sent
        return _Cutter(self.redactor).json(fields.get(name))

    def filtered(self, name: str) -> JSON:
        """Return what a filter of the journal compares."""
        match name:
            case "prompt":
                return str(self.field(name) or "")
            case "model" | "size":
                return self.field(name)
            case "contract":
                return self.contract.id if self.contract else None
            case _:
                return getattr(self, name)

    def to_json(self) -> dict[str, JSON]:
        """Return the entry and its findings as JSON."""
        return {
            "id": self.id,
            "time": timestamp(self.at),
            "tenant": self.tenant,
            "method": self.method,
            "path": self.path,
            "contract": self.contract.id if self.contract else None,
            "fields": self.fields,
            "findings": findings_to_json(self.findings, self.redactor),
            "fault": self.fault or None,
            "rule": self.rule or None,
            "variation": self.variation or None,
            "recording": self.recording or None,
            "source": self.source or None,
            "status": self.status,
            "message": self.message or None,
            "duration_ms": round(self.duration, 1),
            "images": [*self.images],
            "headers": self.redactor.headers(self.named_headers),
        }

    def to_summary(self) -> dict[str, JSON]:
        """Return what a list of requests shows of the entry as JSON; long texts are cut."""
        prompt, model = self.field("prompt"), self.field("model")
        return {
            "id": self.id,
            "time": timestamp(self.at),
            "tenant": self.tenant,
            "method": self.method,
            "path": _shortened(self.path, _MAX_HEADER),
            "model": _shortened(model, _MAX_NAME) if isinstance(model, str) else None,
            "prompt": _shortened(prompt, _MAX_HEADER) if isinstance(prompt, str) else None,
            "fault": self.fault or None,
            "rule": self.rule or None,
            "status": self.status,
            "message": _shortened(self.message, _MAX_HEADER) or None,
            "duration_ms": round(self.duration, 1),
            "images": len(self.images),
        }

    def response_to_json(self) -> dict[str, JSON]:
        """Return the response's headers and body as JSON, as far as they are kept."""
        return {
            "headers": self.redactor.headers({k.lower(): v for k, v in self.response_headers}),
            "body": self.redactor.known(folded(self.body)) or None,
        }

    @property
    def named_headers(self) -> dict[str, str]:
        """The headers of the request by their names in lower case, secrets among them."""
        return {_header_name(name): value for name, value in self.headers.items()}


def findings_to_json(findings: Iterable[Finding], redactor: Redactor) -> list[JSON]:
    """Return findings as JSON without secrets."""
    return [
        {name: redactor.known(text) for name, text in asdict(finding).items()}
        for finding in findings
    ]


def _sent(context: RequestContext) -> JSON:
    """Return the fields of a request; those of a long one are cut at once."""
    environ = context.request.environ
    length = environ.get("CONTENT_LENGTH", "")
    is_short = length.isdecimal() and len(length) <= _SHORT_DIGITS
    if is_short and "HTTP_CONTENT_ENCODING" not in environ:
        return context.fields
    return _Cutter(context.redactor).json(context.fields)


def _headers(environ: WSGIEnvironment) -> dict[str, str]:
    """Return the headers of a request by their names in WSGI; where there is much, cut."""
    sent = {name: value for name, value in environ.items() if name.startswith("HTTP_")}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if value := environ.get(name):
            sent[name] = value
    if len(sent) <= _MAX_MEMBERS and sum(map(len, sent.values())) <= _MAX_HEADERS:
        return sent
    return {
        name[:_MAX_NAME]: _shortened(value, _MAX_HEADER)
        for name, value in islice(sent.items(), _MAX_MEMBERS)
    }


def _header_name(name: str) -> str:
    return name.removeprefix("HTTP_").replace("_", "-").lower()


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[:longest] + ELLIPSIS


class _Cutter:
    """Cuts the fields of one request to what a person reads, and removes the key."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._left = _MAX_ENTRY

    def text(self, text: str, longest: int) -> str:
        """Return a text, cut to a length, and to what is left for the entry."""
        text = _shortened(self._redactor.known(text), max(0, min(longest, self._left)))
        self._left -= len(text)
        return text

    def json(self, value: JSON, depth: int = 0) -> JSON:
        """Return a value with its first members, which are cut too."""
        self._left -= _MEMBER
        if isinstance(value, str):
            return self.text(value, _MAX_TEXT)
        if isinstance(value, list | dict) and (depth >= _MAX_DEPTH or self._left < 0):
            return ELLIPSIS
        if isinstance(value, list):
            return [self.json(item, depth + 1) for item in value[:_MAX_MEMBERS]]
        if isinstance(value, dict):
            return {
                self.text(name, _MAX_NAME): self.json(member, depth + 1)
                for name, member in islice(value.items(), _MAX_MEMBERS)
            }
        return value

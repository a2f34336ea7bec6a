"""One request and its response as plain data: what the suite checks and the journal keeps."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from mockserver.contracts.finding import Finding, Level, quote
from mockserver.strict_json import JSON, JSONTextError, parse

REQUEST_BODY = "/request/body"
RESPONSE_BODY = "/response/body"
"""The pointers of the two bodies in an exchange."""


CODINGS = ("gzip", "x-gzip", "deflate")
"""The content codings that are read (RFC 9110, section 8.4.1)."""

_MAX_BYTES = 1 << 28
_MAX_MEMBERS = 100
_ZLIB_OR_GZIP, _RAW = 47, -15
"""The ``wbits`` with which zlib detects either format, and with which it reads neither's header."""

_HEADER = re.compile(r"[\w!#$%&'*+.^`|~-]+:[\t -~\x80-\xff]*", re.ASCII)
"""A header as its name, a colon and its value (RFC 9110, section 5)."""


class _Message:
    """What requests and responses have in common."""

    __slots__ = ()

    headers: Mapping[str, str]
    body: bytes

    def __post_init__(self) -> None:
        lowered = {name.lower(): value for name, value in self.headers.items()}
        object.__setattr__(self, "headers", lowered)

    @property
    def media_type(self) -> str:
        """The ``Content-Type`` without its parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Request(_Message):
    """A request. Header names are kept in lower case; ``url`` may be a path alone."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The path of the URL, without a trailing slash."""
        return urlsplit(self.url).path.rstrip("/")

    @property
    def bearer(self) -> str:
        """The key of ``Authorization: Bearer``; empty when there is none."""
        return bearer_key(self.headers.get("authorization", ""))


@dataclass(frozen=True, slots=True)
class Response(_Message):
    """A response. Header names are kept in lower case.

    :ivar seconds: from the request to the last byte, where it was measured.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, its response, and what the links in the response led to.

    ``downloads`` holds, by URL, the response to fetching it, or a text that says why none came.
    A link that is not in it was not followed.
    """

    request: Request
    response: Response
    downloads: Mapping[str, Response | str] = field(default_factory=dict)


def bearer_key(authorization: str) -> str:
    """Return the key of an ``Authorization: Bearer`` header (RFC 6750), or an empty string."""
    scheme, _, key = authorization.partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def can_be_sent(name: str, value: str) -> bool:
    """Return whether a header is valid, so that a server can send it."""
    return _HEADER.fullmatch(f"{name}:{value}") is not None


def decoded(body: bytes, coding: str, limit: int = _MAX_BYTES) -> bytes | None:
    """Return a body without its content coding; None where that cannot be undone.

    :param coding: the header ``Content-Encoding``.
    :param limit: a longer body is cut one byte after it.
    """
    if coding.lower() in {"", "identity"}:
        return body
    if coding.lower() not in CODINGS:
        return None
    # Some clients send deflate without the header of zlib.
    for bits in (_ZLIB_OR_GZIP, _RAW) if coding.lower() == "deflate" else (_ZLIB_OR_GZIP,):
        with suppress(zlib.error):
            return _inflated(body, bits, limit)
    return None


def _inflated(body: bytes, bits: int, limit: int) -> bytes:
    """Return what the members of a stream hold (RFC 1952, section 2.2)."""
    plain = b""
    for _ in range(_MAX_MEMBERS):
        inflating = zlib.decompressobj(bits)
        plain += inflating.decompress(body, limit + 1 - len(plain))
        body = inflating.unused_data
        if len(plain) > limit or (inflating.eof and not body):
            return plain
        if not inflating.eof:
            break
    raise zlib.error("no end of the stream")


def read_json(message: Request | Response) -> tuple[JSON, list[Finding]]:
    """Return the parsed body of a message, None where it is not JSON, and what is wrong with it."""
    body_pointer = REQUEST_BODY if isinstance(message, Request) else RESPONSE_BODY
    found = []
    if message.media_type != "application/json":
        received = quote(message.headers.get("content-type", ""))
        where = body_pointer.replace("body", "headers/content-type")
        found.append(Finding(Level.DOCUMENTED, where, "content-type", "application/json", received))
    try:
        return parse(message.body), found
    except JSONTextError as error:
        received = f"{quote(message.body[:200].decode(errors='replace'))}: {error}"
        finding = Finding(Level.DOCUMENTED, body_pointer, "json", "a JSON text", received)
        return None, [*found, finding]

"""One request and its answer as plain data: what the suite checks and the journal keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

__all__ = ["Exchange", "Request", "Response"]


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _media_type(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Request:
    """What a caller sent. Header names are kept in lower case; ``url`` may be a path alone."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes

    def __post_init__(self) -> None:
        object.__setattr__(self, "headers", _lowered(self.headers))

    @property
    def path(self) -> str:
        """The path of the URL, without a trailing slash."""
        return urlsplit(self.url).path.rstrip("/")

    @property
    def bearer(self) -> str:
        """The key of ``Authorization: Bearer`` (RFC 6750); empty when there is none."""
        scheme, _, key = self.headers.get("authorization", "").partition(" ")
        return key.strip() if scheme.lower() == "bearer" else ""

    @property
    def media_type(self) -> str:
        """The ``Content-Type`` without its parameters, in lower case."""
        return _media_type(self.headers)


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answered. Header names are kept in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def __post_init__(self) -> None:
        object.__setattr__(self, "headers", _lowered(self.headers))

    @property
    def media_type(self) -> str:
        """The ``Content-Type`` without its parameters, in lower case."""
        return _media_type(self.headers)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, its response, and what the links in the response led to.

    ``downloads`` holds, by URL, the response to fetching it, or a sentence saying why none came.
    A link that is not in it was not followed.
    """

    request: Request
    response: Response
    downloads: Mapping[str, Response | str] = field(default_factory=dict)

"""The provider's list of models, which leads to the document of each."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin, urlsplit

from mockserver.errors import UnreachableError
from mockserver.openapi.document import fetched
from mockserver.strict_json import parse_or_none

__all__ = ["document_urls"]

_PATH = "/v1/models"
_TYPE = "openai/image-generations"


def document_urls(base: str) -> dict[str, str]:
    """Return the URL of the document of each listed image model, by its id and its aliases.

    :param base: the base URL of the provider, without a slash at the end.
    :raises UnreachableError: when the list cannot be read, or leads to another host.
    """
    url = base + _PATH
    listed: Any = parse_or_none(fetched(url))
    try:
        found = {
            name: urljoin(url, model["info"]["docsJson"])
            for model in listed["data"]
            if model["type"] == _TYPE
            for name in (model["id"], *model["aliases"])
        }
    except (AttributeError, KeyError, TypeError, ValueError):
        reason = "expected a list of models, each with id, type, aliases and info.docsJson"
        raise UnreachableError(url, "/data", reason) from None
    for name, other in found.items():
        if urlsplit(other)[:2] != urlsplit(url)[:2]:
            reason = f"{name}: expected a docsJson at the same host, received {other}"
            raise UnreachableError(url, "/data", reason)
    return found

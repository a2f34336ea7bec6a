"""Ask a target, and follow the links of its answer, for an exchange that is worth recording."""

from __future__ import annotations

from mockserver.contracts import Exchange, Request, Response
from mockserver.recording.http_client import HTTPClient
from mockserver.recording.json_strings import map_strings
from mockserver.strict_json import JSONTextError, parse

__all__ = ["ask", "links"]

_LINK = "/url"
"""How the pointer ends of what clients in the wild take for a link to an image."""


def ask(http_client: HTTPClient, request: Request) -> Exchange | str:
    """Send a request, and get what the links of its answer lead to.

    :param request: with its whole URL.
    :returns: the exchange, or the reason why no answer came.
    """
    response = http_client.send(request.method, request.url, request.headers, request.body)
    if isinstance(response, str):
        return response
    return Exchange(request, response, {link: http_client.fetch(link) for link in links(response)})


def links(response: Response) -> list[str]:
    """Collect the links to images of an answer that may keep no known contract."""
    found: list[str] = []

    def note(at: str, text: str) -> str:
        if at.endswith(_LINK) and text.startswith(("http://", "https://")):
            found.append(text)
        return text

    try:
        map_strings(parse(response.body), note)
    except JSONTextError:
        return []
    return list(dict.fromkeys(found))

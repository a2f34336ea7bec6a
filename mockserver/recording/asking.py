"""Ask a target, and follow the links of its answer, for an exchange that is worth recording."""

from __future__ import annotations

from mockserver.contracts import Exchange, Request, Response
from mockserver.recording.http_client import Wire
from mockserver.recording.json_strings import rewritten
from mockserver.strict_json import JSONTextError, parse

__all__ = ["ask", "links"]

_LINK = "/url"
"""How the pointer ends of what clients in the wild take for a link to a picture."""


def ask(wire: Wire, request: Request) -> Exchange | str:
    """Send a request, and get what the links of its answer lead to.

    :param request: with its whole URL.
    :returns: the exchange, or the reason why no answer came.
    """
    answer = wire.send(request.method, request.url, request.headers, request.body)
    if isinstance(answer, str):
        return answer
    return Exchange(request, answer, {link: wire.fetch(link) for link in links(answer)})


def links(answer: Response) -> list[str]:
    """Collect the links to pictures of an answer that may keep no known contract."""
    found: list[str] = []

    def note(at: str, text: str) -> str:
        if at.endswith(_LINK) and text.startswith(("http://", "https://")):
            found.append(text)
        return text

    try:
        rewritten(parse(answer.body), note)
    except JSONTextError:
        return []
    return list(dict.fromkeys(found))

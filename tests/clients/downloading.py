"""Asking for images where the answer may be broken: links are followed where there are any."""

from __future__ import annotations

from mockserver.contracts import Response
from tests.http import Generate, load

NEWEST = "dall-e-2@2026-01-16"


class Follow(Generate):
    """Asks for images; an answer that is no JSON, or whose link is null, has no links."""

    def _links(self, response: Response) -> list[str]:
        return load(NEWEST).links(response)

"""Use OpenAI's SDK, and read its answer as its documentation shows: ``url`` or ``b64_json``."""

from __future__ import annotations

import sys
from base64 import b64decode
from typing import Any

from mockserver.cli.compat.readers.asking import MODEL, PROMPT, download, hand_in

__all__ = ["read"]


def read(form: str) -> bytes:
    """Give the first image, handed over in a form that the SDK knows."""
    from openai import OpenAI

    asked: dict[str, Any] = {"model": MODEL, "prompt": PROMPT, "response_format": form}
    with OpenAI() as client:
        response: Any = client.images.generate(**asked)
    told = getattr(response.data[0], form)
    return download(told) if form == "url" else b64decode(told)


if __name__ == "__main__":
    hand_in(read(sys.argv[1]))

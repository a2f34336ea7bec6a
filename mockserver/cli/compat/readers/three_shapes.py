"""Ask in the fields, and read the three shapes, that LiteLLM's provider ``aiml`` does."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from typing import Any

from mockserver.cli.compat.readers.asking import ask, download, hand_in

__all__ = ["read"]

_IN_BASE64 = ("b64_json", "image_base64")


def read() -> bytes | None:
    """Give the first picture, in whichever shape it comes."""
    size = {"width": 1024, "height": 1024}
    answer = ask(num_images=1, output_format="url", image_size=size)
    return next((found for each in _pictures(answer) if (found := _file(each))), None)


def _pictures(answer: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from answer.get("data") or []
    yield from (answer.get("output") or {}).get("choices") or []
    yield from answer.get("images") or []


def _file(picture: dict[str, Any]) -> bytes | None:
    if picture.get("url"):
        return download(picture["url"])
    return next((b64decode(picture[name]) for name in _IN_BASE64 if picture.get(name)), None)


if __name__ == "__main__":
    hand_in(read())

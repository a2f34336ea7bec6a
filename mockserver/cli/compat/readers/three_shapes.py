"""Ask in the fields, and read the three shapes, that LiteLLM's provider ``aiml`` does."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from typing import Any

from mockserver.cli.compat.readers.asking import ask, download, hand_in

__all__ = ["read"]

_IN_BASE64 = ("b64_json", "image_base64")


def read() -> bytes | None:
    """Give the first image, in whichever shape it comes."""
    size = {"width": 1024, "height": 1024}
    response = ask(num_images=1, output_format="url", image_size=size)
    return next((found for each in _images(response) if (found := _file(each))), None)


def _images(response: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from response.get("data") or []
    yield from (response.get("output") or {}).get("choices") or []
    yield from response.get("images") or []


def _file(image: dict[str, Any]) -> bytes | None:
    if image.get("url"):
        return download(image["url"])
    return next((b64decode(image[name]) for name in _IN_BASE64 if image.get(name)), None)


if __name__ == "__main__":
    hand_in(read())

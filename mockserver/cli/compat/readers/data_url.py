"""Follow the first link in ``data``, and pass over whatever is not there."""

from __future__ import annotations

from mockserver.cli.compat.readers.asking import ask, download, hand_in

__all__ = ["read"]


def read() -> bytes | None:
    """Give the first image that has a link."""
    for image in ask().get("data") or []:
        if image.get("url"):
            return download(image["url"])
    return None


if __name__ == "__main__":
    hand_in(read())

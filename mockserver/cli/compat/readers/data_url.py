"""Follow the first link in ``data``, and pass over whatever is not there."""

from __future__ import annotations

from mockserver.cli.compat.readers.asking import ask, download, hand_in

__all__ = ["read"]


def read() -> bytes | None:
    """Give the first picture that has a link."""
    for picture in ask().get("data") or []:
        if picture.get("url"):
            return download(picture["url"])
    return None


if __name__ == "__main__":
    hand_in(read())

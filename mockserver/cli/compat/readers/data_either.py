"""Take the first image of ``data`` by whichever field is there, though it may hold null."""

from __future__ import annotations

from base64 import b64decode

from mockserver.cli.compat.readers.asking import ask, download, hand_in

__all__ = ["read"]


def read() -> bytes:
    """Give the first image."""
    image = ask()["data"][0]
    # Wrong on purpose: many clients look for the field only, and documents let it be null.
    if "b64_json" in image:
        return b64decode(image["b64_json"])
    return download(image["url"])


if __name__ == "__main__":
    hand_in(read())

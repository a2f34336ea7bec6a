"""Take the base64 that was asked for out of ``data``, and count on it to be there."""

from __future__ import annotations

from base64 import b64decode

from mockserver.cli.compat.readers.asking import ask, hand_in

__all__ = ["read"]


def read() -> bytes:
    """Give the first image."""
    return b64decode(ask(response_format="b64_json")["data"][0]["b64_json"])


if __name__ == "__main__":
    hand_in(read())

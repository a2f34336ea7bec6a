"""Take the first image out of ``output.choices``, and count on it to be there."""

from __future__ import annotations

from base64 import b64decode

from mockserver.cli.compat.readers.asking import ask, hand_in

__all__ = ["read"]


def read() -> bytes:
    """Give the first image."""
    return b64decode(ask()["output"]["choices"][0]["image_base64"])


if __name__ == "__main__":
    hand_in(read())

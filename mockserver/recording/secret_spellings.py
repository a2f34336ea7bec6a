"""How texts, links, JSON and other encodings spell a known secret."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import quote

__all__ = ["MIN_LENGTH", "spellings"]

MIN_LENGTH = 8
"""A shorter key, such as ``test``, is an ordinary word, and occurs in base64 by chance."""

_ESCAPE = re.compile(r"%[0-9A-F]{2}")


@lru_cache(256)
def spellings(secrets: tuple[str, ...]) -> tuple[str, ...]:
    """Return every spelling of secrets, the longest first."""
    found: set[str] = set()
    for secret in filter(None, secrets):
        data = secret.encode(errors="replace")
        user_without_password = base64.b64encode(data + b":").decode()
        found |= {secret, json.dumps(secret)[1:-1], user_without_password, quote(data, safe="")}
        if len(secret) >= MIN_LENGTH:
            found.update(_encodings(data))
    return tuple(sorted(found, key=len, reverse=True))


def _encodings(data: bytes) -> Iterator[str]:
    """Yield a secret in hex, in percent-encoding, and in base64, also within a longer text."""
    quoted = quote(data, safe="")
    every_byte = "".join(f"%{byte:02X}" for byte in data)
    punctuation = re.sub(r"[_.~-]", lambda found: f"%{ord(found[0]):02X}", quoted)
    for percent_encoded in (every_byte, punctuation, quoted):
        yield percent_encoded
        yield _ESCAPE.sub(lambda found: found[0].lower(), percent_encoded)
    yield quote(quoted, safe="")
    yield data.hex()
    yield data.hex().upper()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(data).decode()
        for offset, first in enumerate((0, 2, 3)):  # the characters before share bits with others
            yield encode(bytes(offset) + data).decode()[first : (offset + len(data)) * 8 // 6]

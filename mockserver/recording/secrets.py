"""What is known of secrets: names that belong to them, and how texts and encodings spell one."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from urllib.parse import quote

from mockserver.contracts.response_headers import transport_fields

MIN_LENGTH = 8
"""A shorter key, such as ``test``, is an ordinary word, and occurs in base64 by chance."""

_WORDS = {
    *("accountid", "apikey", "authentication", "authorization", "cookie", "cookie2", "cookies"),
    *("credential", "credentials", "email", "jwt", "passwd", "password", "secret", "session"),
    *("sessionid", "sig", "signature", "skoid", "sktid", "token", "userid"),
}
_PAIRS = {
    *(("access", "key"), ("account", "id"), ("api", "key"), ("auth", "key"), ("client", "id")),
    *(("customer", "id"), ("functions", "key"), ("subscription", "key")),
    *(("key", "id"), ("key", "pair"), ("org", "id"), ("organization", "id"), ("private", "key")),
    *(("project", "id"), ("security", "key"), ("tenant", "id"), ("user", "id")),
}
_WHOLE = {
    *("auth", "key", "organization", "openai-organization", "openai-project", "policy", "x-user"),
}
_AMAZON = "x-amz-"
_AMAZON_PLAIN = {"x-amz-date", "x-amz-expires", "x-amz-algorithm", "x-amz-signedheaders"}

_HARMLESS = {
    *("accept", "accept-encoding", "accept-language", "accept-ranges", "age", "allow"),
    *("cache-control", "connection", "content-disposition", "content-encoding"),
    *("content-language", "content-length", "content-range", "content-type", "date", "etag"),
    *("expires", "host", "keep-alive", "last-modified", "link", "location", "origin", "pragma"),
    *("prefer", "preference-applied", "range", "retry-after", "retry-after-ms", "server"),
    *("server-timing", "te", "trailer", "transfer-encoding", "upgrade", "user-agent", "vary"),
    *("via", "warning", "www-authenticate", "x-amz-date", "x-request-id"),
}
_HARMLESS_BEGINNINGS = ("access-control-", "ratelimit-", "x-mock-", "x-ratelimit-")

_ESCAPE = re.compile(r"%[0-9A-F]{2}")
_STEP = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+\d*|\d+")


def is_harmless_header(name: str) -> bool:
    """Return whether a header of this name, in lower case, never holds a secret.

    Its value may still contain one, such as a link with a key.
    """
    known = name in _HARMLESS or name in transport_fields()
    return known or name.startswith(_HARMLESS_BEGINNINGS)


def is_secret_name(name: str) -> bool:
    """Return whether a header, parameter or field of this name holds a secret."""
    whole = name.lower().replace("_", "-")
    if whole in _WHOLE or (whole.startswith(_AMAZON) and whole not in _AMAZON_PLAIN):
        return True
    steps = [step.lower() for step in _STEP.findall(name)]
    return any(step in _WORDS for step in steps) or any(pair in _PAIRS for pair in pairwise(steps))


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

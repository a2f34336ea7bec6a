"""Which names belong to secrets, and which headers hold none."""

from __future__ import annotations

import re
from itertools import pairwise

from mockserver.contracts.response_headers import transport_fields

__all__ = ["is_harmless_header", "is_secret_name"]

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

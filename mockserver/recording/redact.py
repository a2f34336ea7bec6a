"""Take secrets out of an exchange before it is written down: keys, cookies, signatures, accounts.

What a secret looks like is ours: no document of the provider lists its headers or ids.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from mockserver.contracts import Exchange, Request, Response
from mockserver.strict_json import JSON, JSONTextError, parse

__all__ = ["REDACTED", "Redactor", "key_in_use"]

REDACTED = "[scrubbed]"
"""What is written instead of a secret; the same for each, so that none can be told from another."""

_WORDS = {
    *("accountid", "apikey", "authentication", "authorization", "cookie", "cookie2", "cookies"),
    *("credential", "credentials", "email", "jwt", "passwd", "password", "secret", "session"),
    *("sessionid", "sig", "signature", "skoid", "sktid", "token", "userid"),
}
_PAIRS = {
    *(("access", "key"), ("account", "id"), ("api", "key"), ("client", "id"), ("customer", "id")),
    *(("key", "id"), ("key", "pair"), ("org", "id"), ("organization", "id"), ("private", "key")),
    *(("project", "id"), ("security", "key"), ("tenant", "id"), ("user", "id")),
}
_WHOLE = {"key", "organization", "openai-organization", "openai-project", "policy", "x-user"}
_AMAZON = "x-amz-"
_AMAZON_PLAIN = {"x-amz-date", "x-amz-expires", "x-amz-algorithm", "x-amz-signedheaders"}

_STEP = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+\d*|\d+")
_URL = re.compile(r"(?:https?|wss?|redis|rediss)://[^\s\"'<>\\^`{|}]+", re.IGNORECASE)
_SCHEME = re.compile(
    r"\b((?:(?:Bearer|Basic|Digest|Token)\s+)+)(?!\[)[\w.~+/=:-]{6,}", re.IGNORECASE
)
"""Where a word such as ``token`` comes before the scheme, the key is still what comes last."""

_PAIR = re.compile(
    r"(?<![\w-])(?P<name>[\"']?[A-Za-z][\w-]{1,40}[\"']?)(?P<sign>\s*[=:]\s*)"
    r"(?P<value>\"[^\"]*\"|'[^']*'|[^\s,;&\"']+)"
)
_SHAPES = re.compile(
    r"\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?"
    r"|\b(?:sk|pk|rk|ak|key|xox[abeprs]|xai|glpat|whsec)[-_][\w-]{12,}"
    r"|\b(?:gh[pousr]|gsk|hf|npm|r8)_\w{16,}|\bgithub_pat_\w{16,}|\b(?:AKIA|ASIA)[0-9A-Z]{12,}|\bAIza[\w-]{20,}"
    r"|\b(?:org|proj|acct|cus|user|usr|team)[-_](?=\w*\d)[A-Za-z0-9]{8,}"
    r"|\b[0-9a-f]{32}\b"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)"
    r"|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{0,200}\w",
    re.DOTALL,
)
_ENCODED = re.compile(r"[A-Za-z0-9+/]{2048,}={0,2}")
_SCHEMES = {"basic", "bearer", "digest", "token"}
_SHORT = 8
"""A secret of fewer letters stands in the base64 of images by chance, which it would spoil."""


class Redactor:
    """Scrubs headers, links, texts, JSON values and whole exchanges.

    :param secrets: known secrets, such as the key in use; those in no known shape are found, too.
    """

    def __init__(self, *secrets: str) -> None:
        spelled = {form for secret in secrets if secret for form in _spellings(secret)}
        longest_first = sorted(spelled, key=len, reverse=True)
        self._known = re.compile("|".join(map(_sought, longest_first)) or r"(?!)")

    def exchange(self, exchange: Exchange) -> Exchange:
        """Give an exchange without secrets; links are keyed by what they were scrubbed to."""
        downloads = {
            self.url(link): self.text(came) if isinstance(came, str) else self.response(came)
            for link, came in exchange.downloads.items()
        }
        return Exchange(self.request(exchange.request), self.response(exchange.response), downloads)

    def request(self, request: Request) -> Request:
        """Give a request without secrets."""
        return replace(
            request,
            url=self.url(request.url),
            headers=self.headers(request.headers),
            body=self.body(request.body),
        )

    def response(self, response: Response) -> Response:
        """Give an answer without secrets; an image's bytes stay as they are."""
        is_image = response.media_type.startswith("image/")
        body = response.body if is_image else self.body(response.body)
        return replace(response, headers=self.headers(response.headers), body=body)

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Give headers without secrets; what names a scheme, as ``Bearer``, keeps it."""
        return {name: self._header(name, value) for name, value in headers.items()}

    def _header(self, name: str, value: str) -> str:
        if not is_secret_name(name):
            return self.text(value)
        scheme, _, rest = value.partition(" ")
        keeps = "authorization" in name.lower() and rest and scheme.isalpha()
        return f"{scheme} {REDACTED}" if keeps else REDACTED

    def body(self, body: bytes) -> bytes:
        """Give a body without secrets; one that is no JSON is read as UTF-8 text or a form."""
        try:
            value = parse(body)
        except JSONTextError:
            # Latin-1 gives back every byte that it was given.
            return self.text(body.decode("latin-1")).encode("latin-1")
        cleaned = self.json(value)
        return body if cleaned == value else json.dumps(cleaned, ensure_ascii=False).encode()

    def json(self, value: JSON) -> JSON:
        """Give a JSON value without secrets, those in names included."""
        if isinstance(value, dict):
            return {self.text(name): self._field(name, part) for name, part in value.items()}
        if isinstance(value, list):
            return [self.json(item) for item in value]
        return self.text(value) if isinstance(value, str) else value

    def _field(self, name: str, value: JSON) -> JSON:
        if not is_secret_name(name) or value is None or isinstance(value, bool):
            return self.json(value)
        return REDACTED

    def url(self, url: str) -> str:
        """Give a link without password, signature or key; the other parameters stay in order."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return REDACTED
        host = parts.netloc.rpartition("@")
        netloc = f"{REDACTED}@{host[2]}" if host[1] else parts.netloc
        query, fragment = self._query(parts.query), self._query(parts.fragment)
        path = self._plain(parts.path)
        return parts._replace(netloc=netloc, path=path, query=query, fragment=fragment).geturl()

    def _query(self, query: str) -> str:
        if "=" not in query:
            return self._plain(query)
        pairs = parse_qsl(query, keep_blank_values=True)
        kept = [(name, self._parameter(name, value)) for name, value in pairs]
        return query if kept == pairs else urlencode(kept, safe="[]:/", quote_via=quote)

    def _parameter(self, name: str, value: str) -> str:
        return REDACTED if is_secret_name(name) else self.text(value)

    def text(self, text: str) -> str:
        """Give a text without secrets; base64 of any length passes, but for known secrets."""
        text = self._known.sub(REDACTED, text)
        if _ENCODED.fullmatch(text):
            return text
        parts = re.split(f"({_ENCODED.pattern})", text)
        parts[::2] = map(self._words, parts[::2])
        return "".join(parts)

    def _words(self, text: str) -> str:
        text = _URL.sub(lambda found: self.url(found[0]), text)
        text = _SCHEME.sub(rf"\1{REDACTED}", text)
        return _SHAPES.sub(REDACTED, _PAIR.sub(_pair, text))

    def _plain(self, text: str) -> str:
        return _SHAPES.sub(REDACTED, self._known.sub(REDACTED, text))


def key_in_use(request: Request) -> str:
    """Give the key that a request came with, whatever its scheme; empty when it has none."""
    scheme, _, key = request.headers.get("authorization", "").strip().partition(" ")
    return key.strip() or ("" if scheme.lower() in _SCHEMES else scheme)


def _sought(secret: str) -> str:
    """Write the pattern that finds a secret; a short one counts only where it stands alone."""
    found = re.escape(secret)
    return rf"(?<![\w+/]){found}(?![\w+/=])" if len(secret) < _SHORT else found


def _spellings(secret: str) -> tuple[str, ...]:
    """Write a secret as texts, links and JSON do, and as HTTP's Basic scheme does."""
    user_and_none = base64.b64encode(f"{secret}:".encode()).decode()
    return secret, quote(secret, safe=""), json.dumps(secret)[1:-1], user_and_none


def _pair(found: re.Match[str]) -> str:
    value = found["value"]
    if not is_secret_name(found["name"].strip("\"'")) or REDACTED in value:
        return found[0]
    if value.lower() in _SCHEMES:
        return found[0]
    mark = value[0] if value[0] in "\"'" else ""
    return f"{found['name']}{found['sign']}{mark}{REDACTED}{mark}"


def is_secret_name(name: str) -> bool:
    """Tell whether a header, parameter or field of this name holds a secret."""
    whole = name.lower().replace("_", "-")
    if whole in _WHOLE or (whole.startswith(_AMAZON) and whole not in _AMAZON_PLAIN):
        return True
    steps = [step.lower() for step in _STEP.findall(name)]
    return any(step in _WORDS for step in steps) or any(pair in _PAIRS for pair in pairwise(steps))

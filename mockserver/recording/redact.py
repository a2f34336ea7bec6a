"""Remove secrets from what is written: keys, cookies, signatures, account ids.

What a secret looks like is project-defined: no document of the provider lists its headers or ids.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from functools import cached_property
from itertools import pairwise
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from mockserver.contracts import Exchange, Request, Response
from mockserver.contracts.response_headers import transport_fields
from mockserver.recording.response_images import decode_image
from mockserver.recording.secrets import (
    MIN_LENGTH,
    is_harmless_header,
    is_secret_name,
    spellings,
)
from mockserver.strict_json import JSON, JSONTextError, parse

ELLIPSIS = "…"
"""The mark at the end of a text that was cut."""

REDACTED = "[redacted]"
"""The mark in the place of a secret, the same for each, so that they cannot be distinguished."""

_MIN_PART = 4
"""The beginning of a secret counts from this many characters on, where a text was cut."""

_LINK_DEPTH = 2
"""A link may contain a link in its parameters; what is nested more deeply is removed unread."""

# Each pattern takes time in proportion to the text: a run of characters is scanned once, because
# it is matched as a whole or because the next match cannot begin inside it.
_URL = re.compile(r"(?:https?|wss?|redis|rediss)://[^\s\"'<>\\^`{|}]+", re.IGNORECASE)
_SCHEME = re.compile(
    r"\b((?:Bearer|Basic|Digest|Token)\s+)(?!\[|(?:Bearer|Basic|Digest|Token)\s)[\w.~+/=:-]{6,}",
    re.IGNORECASE,
)
"""In ``token Bearer KEY``, the last scheme is the one before the key."""

_PAIR = re.compile(
    r"(?<![\w-])(?P<name>[\"']?[A-Za-z][\w-]{1,40}[\"']?)(?P<sign>\s*[=:]\s*)"
    r"(?P<value>\"[^\"]*\"|'[^']*'|[^\s,;&\"']+)"
)
_SHAPES = re.compile(
    r"\b(?:eyJ[\w-]{12,}(?:\.[\w-]+){0,2}"
    r"|(?:sk|pk|rk|ak|key|xox[abeprs]|xai|glpat|whsec)[-_][\w-]{12,}"
    r"|(?:gh[pousr]|gsk|hf|npm|r8)_\w{16,}|github_pat_\w{16,}|(?:AKIA|ASIA)[0-9A-Z]{12,}"
    r"|AIza[\w-]{20,}|(?:org|proj|acct|cus|user|usr|team)[-_](?=\w*\d)[A-Za-z0-9]{8,}"
    r"|[0-9a-f]{32}\b)"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)"
    r"|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{0,200}\w",
    re.DOTALL,
)
_ENCODED = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{2048,}={0,2}")
_TOKEN = re.compile(
    r"(?<![\w+/.-])(?<![\w+/]\n)(?<!base64,)"
    r"[\w+-][\w+/-]{31,127}(?![\w+/-]|\r?\n[\w+/])={0,2}",
    re.ASCII,
)
"""A word that may be a key of an unknown kind; no line of base64 with line breaks."""

_PARAMETERS = {"code"}
"""Parameters of a URL that hold a secret; a field of the same name does not."""

_CAPITALIZED = ((True, False), (False, False))
"""A lower-case letter after an upper-case one, as in any name."""

_RANDOM_CHANGES = 0.2
"""The share of other neighbours of two kinds; it is 0.43 in random letters and digits."""

_VALUE = re.compile(r"[\w +/-]{20,}={0,2}", re.ASCII)  # a plus is decoded as a space
"""A value of a parameter that may be a key of an unknown kind."""

_SCHEMES = {"basic", "bearer", "digest", "token"}


class Redactor:
    """Removes secrets from headers, links, texts, JSON values and whole exchanges.

    :param secrets: the known secrets, such as the key in use, whatever their shape.
    :param documented: further headers that are harmless, in lower case.
    """

    def __init__(self, *secrets: str, documented: Collection[str] = ()) -> None:
        self._secrets = spellings(secrets)
        self._shortest = min(map(len, self._secrets), default=0)
        self._documented = documented

    @cached_property
    def _short_secrets(self) -> re.Pattern[str] | None:
        """Finds known secrets that are ordinary words; compiled once, when it is first needed."""
        short = "|".join(re.escape(each) for each in self._secrets if len(each) < MIN_LENGTH)
        return re.compile(rf"(?<![\w+/])(?:{short})(?![\w+/=])") if short else None

    def exchange(self, exchange: Exchange) -> Exchange:
        """Return an exchange without secrets; its downloads are keyed by the redacted links.

        Only the headers that are known to be harmless keep their values.
        """
        downloads = {
            self.url(url): self.text(got) if isinstance(got, str) else self.response(got)
            for url, got in exchange.downloads.items()
        }
        return Exchange(self.request(exchange.request), self.response(exchange.response), downloads)

    def request(self, request: Request) -> Request:
        """Return a request without secrets."""
        url, headers = self.url(request.url), self._harmless(request.headers)
        return Request(request.method, url, headers, self.body(request.body))

    def response(self, response: Response) -> Response:
        """Return a response without secrets; the bytes of an image stay as they are."""
        is_image = response.media_type.startswith("image/")
        body = response.body if is_image else self.body(response.body)
        return Response(response.status, self._harmless(response.headers), body)

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return headers without secrets; a scheme before a key, such as ``Bearer``, stays."""
        return {name: self._header(name, value) for name, value in headers.items()}

    def _harmless(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return headers without secrets, and without the value of any that is not harmless."""
        return {
            name: value
            if name in self._documented or is_harmless_header(name) or is_secret_name(name)
            else REDACTED
            for name, value in self.headers(headers).items()
        }

    def _header(self, name: str, value: str) -> str:
        if name.lower() in {"content-type", *transport_fields()}:
            return self.known(value)  # boundaries and ids may look like secrets, and are none
        if not is_secret_name(name):
            return self.text(value)
        scheme, _, rest = value.partition(" ")
        has_scheme = "authorization" in name.lower() and rest and scheme.isalpha()
        return f"{scheme} {REDACTED}" if has_scheme else REDACTED

    def body(self, body: bytes) -> bytes:
        """Return a body without secrets; what is no JSON, or too deep, is read as text."""
        try:
            value = parse(body)
            redacted = self.json(value)
        except JSONTextError:
            # Latin-1 decodes all bytes, and encodes each as it was.
            return self.text(body.decode("latin-1")).encode("latin-1")
        return body if redacted == value else json.dumps(redacted, ensure_ascii=False).encode()

    def json(self, value: JSON, field: str = "") -> JSON:
        """Return a JSON value without secrets, in field names too.

        :param field: the name of the field that holds the value, if any.
        """
        if is_secret_name(field) and value is not None and not isinstance(value, bool):
            return REDACTED
        if isinstance(value, dict):
            return {self.text(name): self.json(part, name) for name, part in value.items()}
        if isinstance(value, list):
            return [self.json(item) for item in value]
        if not isinstance(value, str):
            return value
        return self.known(value) if decode_image(value) else self.text(value)

    def url(self, url: str, depth: int = _LINK_DEPTH) -> str:
        """Return a URL without password, signature or key; other parameters stay in order."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return REDACTED
        user, _, host = parts.netloc.rpartition("@")
        return parts._replace(
            # No parser of URLs takes square brackets in a user.
            netloc=f"{quote(REDACTED)}@{host}" if user else parts.netloc,
            path=self.text(parts.path, depth),
            query=self._query(parts.query, depth),
            fragment=self._query(parts.fragment, depth),
        ).geturl()

    def _query(self, query: str, depth: int) -> str:
        if "=" not in query:
            return self.text(query, depth)
        pairs = parse_qsl(query, keep_blank_values=True)
        redacted = [
            (name, REDACTED if _is_secret_parameter(name, value) else self.text(value, depth))
            for name, value in pairs
        ]
        return query if redacted == pairs else urlencode(redacted, safe="[]:/", quote_via=quote)

    def text(self, text: str, depth: int = _LINK_DEPTH) -> str:
        """Return a text without secrets; long base64 is searched for known secrets only."""
        text = self.known(text)
        if self._short_secrets:
            text = self._short_secrets.sub(REDACTED, text)
        text = _TOKEN.sub(lambda found: REDACTED if _is_key(found[0]) else found[0], text)
        parts = re.split(f"({_ENCODED.pattern})", text)
        parts[::2] = [self._prose(part, depth) for part in parts[::2]]
        return "".join(parts)

    def known(self, text: str) -> str:
        """Return a text without the known secrets, and without their beginnings where it is cut.

        A short secret is removed only where it is the whole text or in single quotes.
        """
        may_hold_one = len(text) >= self._shortest and any(map(text.__contains__, self._secrets))
        if may_hold_one or ELLIPSIS in text:
            for secret in self._secrets:
                text = _without(secret, text)
        return text

    def _prose(self, text: str, depth: int) -> str:
        text = _URL.sub(lambda found: self.url(found[0], depth - 1) if depth else REDACTED, text)
        text = _SCHEME.sub(rf"\1{REDACTED}", text)
        return _SHAPES.sub(REDACTED, _PAIR.sub(_redacted_pair, text))


def key_in_use(authorization: str) -> str:
    """Return the key in an ``Authorization`` header of any scheme; empty when there is none."""
    scheme, _, key = authorization.strip().partition(" ")
    return key.strip() or ("" if scheme.lower() in _SCHEMES else scheme)


def _without(secret: str, text: str) -> str:
    if len(secret) < MIN_LENGTH:
        return REDACTED if text == secret else text.replace(f"'{secret}'", f"'{REDACTED}'")
    text = text.replace(secret, REDACTED)
    if ELLIPSIS not in text or secret[:_MIN_PART] not in text:
        return text
    *cut, last = text.split(ELLIPSIS)
    return ELLIPSIS.join([*(_without_beginning(secret, part) for part in cut), last])


def _without_beginning(secret: str, text: str) -> str:
    beginning = secret[:_MIN_PART]
    start = text.find(beginning, max(0, len(text) - len(secret) + 1))
    while start >= 0 and not secret.startswith(text[start:]):
        start = text.find(beginning, start + 1)
    return text if start < 0 else text[:start] + REDACTED


def _redacted_pair(found: re.Match[str]) -> str:
    name, value = found["name"].strip("\"'"), found["value"]
    if not is_secret_name(name) or REDACTED in value or value.lower() in _SCHEMES:
        return found[0]
    mark = value[0] if value[0] in "\"'" else ""
    return f"{found['name']}{found['sign']}{mark}{REDACTED}{mark}"


def _is_secret_parameter(name: str, value: str) -> bool:
    is_secret = name.lower() in _PARAMETERS or is_secret_name(name)
    return is_secret or (_VALUE.fullmatch(value) is not None and _is_random(value))


def _is_key(word: str) -> bool:
    kinds = (str.isupper, str.islower, str.isdigit)
    return all(any(map(kind, word)) for kind in kinds) and _is_random(word)


def _is_random(text: str) -> bool:
    """Return whether letters and digits change more often than in words, names and numbers."""
    kinds = [(char.isupper(), char.isdigit()) if char.isalnum() else None for char in text]
    changes = [pair for pair in pairwise(kinds) if None not in pair and pair[0] != pair[1]]
    changes = [pair for pair in changes if pair != _CAPITALIZED]
    return len(changes) > _RANDOM_CHANGES * len(kinds)

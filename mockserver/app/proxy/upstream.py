"""The server behind the proxy: what is sent to it is what came, but for what ends at each hop."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.cookiejar import DefaultCookiePolicy
from typing import TypeAlias

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, ReadTimeoutError
from urllib3.util import SKIP_HEADER

from mockserver.contracts.error_catalog import api_error
from mockserver.errors import APIError
from mockserver.recording.http_client import no_netrc_auth, root_cause
from mockserver.settings import is_on_this_machine

__all__ = ["Headers", "Upstream", "decoded", "end_to_end"]

Headers: TypeAlias = list[tuple[str, str]]

_HOP_BY_HOP = {
    *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization"),
    *("proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"),
}
"""What is meant for the next hop only (RFC 9110, section 7.6.1)."""

_VIA = ("Via", "1.1 mockserver")
"""Named in both directions (RFC 9110, section 7.6.3)."""

_AT_ONCE = 64
_CHUNK = 1 << 16
_MOST_BYTES = 1 << 28
_ZLIB_OR_GZIP = 47


def end_to_end(headers: Iterable[tuple[str, str]]) -> Headers:
    """Leave out what ends at this hop, what ``Connection`` names included, and add ``Via``."""
    given = list(headers)
    named = {
        option.strip().lower()
        for name, value in given
        if name.lower() == "connection"
        for option in value.split(",")
    }
    dropped = _HOP_BY_HOP | named
    return [*((name, value) for name, value in given if name.lower() not in dropped), _VIA]


def decoded(body: bytes, encoding: str) -> bytes | None:
    """Undo a content coding, so that a body can be looked at; None where it cannot be undone.

    :param encoding: the header ``Content-Encoding``.
    """
    if encoding.lower() in {"", "identity"}:
        return body
    if encoding.lower() not in {"deflate", "gzip", "x-gzip"}:
        return None
    try:
        return zlib.decompressobj(_ZLIB_OR_GZIP).decompress(body, _MOST_BYTES)
    except zlib.error:
        return None


class Upstream:
    """A server that requests are passed on to. Its certificate is verified.

    :param base: its base URL, without a slash at the end.
    :param patience: how long it may be silent, in seconds.
    """

    def __init__(self, base: str, timeout: float) -> None:
        self.base = base
        self._patience = timeout
        self._session = requests.Session()
        self._session.trust_env = not is_on_this_machine(base)
        self._session.auth = no_netrc_auth
        self._session.headers.clear()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=_AT_ONCE))

    def send(self, method: str, target: str, headers: Headers, body: bytes) -> requests.Response:
        """Pass a request on, and give the answer once its headers are there.

        :param target: the path and the query, as they came.
        :raises Refusal: 502 or 504 when no answer comes.
        """
        url = self.base + target
        request = requests.Request(method, self.base, data=body or None)
        prepared = self._session.prepare_request(request)
        prepared.url = url
        prepared.headers.update({"User-Agent": SKIP_HEADER, "Accept-Encoding": "identity"})
        prepared.headers.update(end_to_end(_own(headers)))
        settings = self._session.merge_environment_settings(url, {}, True, None, None)
        with _answering(self.base):
            return self._session.send(
                prepared, allow_redirects=False, timeout=self._patience, **settings
            )

    def read(self, response: requests.Response) -> bytes:
        """Read an answer's body to its end, in the coding that it came in.

        :raises Refusal: 502 or 504 when it breaks off.
        """
        with _answering(self.base), response:
            return bytes(response.raw.read(decode_content=False))

    def pieces(self, response: requests.Response) -> Iterator[bytes]:
        """Give an answer's body as it comes, in the coding that it came in.

        :raises Refusal: when it breaks off, so that the client sees it break off, too.
        """
        with _answering(self.base), response:
            yield from response.raw.stream(_CHUNK, decode_content=False)


def _own(headers: Headers) -> Headers:
    """Leave out what is said anew: who is asked, how long the body is, and how it may be coded.

    A coding that this proxy cannot undo would keep it from looking at the answer.
    """
    anew = {"accept-encoding", "content-length", "host"}
    return [(name, value) for name, value in headers if name.lower() not in anew]


@contextmanager
def _answering(base: str) -> Iterator[None]:
    """Say in the documented error body that the upstream did not answer, and why."""
    try:
        yield
    except (requests.Timeout, ReadTimeoutError) as error:
        raise api_error("generation-timeout", f"{base} was silent: {root_cause(error)}") from error
    except (requests.RequestException, HTTPError, OSError) as error:
        raise _unreachable(base, error) from error


def _unreachable(base: str, error: Exception) -> APIError:
    return api_error("bad-gateway", f"no answer from {base}: {root_cause(error)}")

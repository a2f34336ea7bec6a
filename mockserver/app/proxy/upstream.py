"""The server behind the proxy, which gets what the client sent except for hop-by-hop headers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from http.cookiejar import DefaultCookiePolicy
from typing import TypeAlias

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, ReadTimeoutError
from urllib3.util import SKIP_HEADER

from mockserver.contracts import Exchange, Request, Response
from mockserver.contracts.error_catalog import api_error
from mockserver.contracts.exchange import can_be_sent, decoded
from mockserver.recording.http_client import HTTPClient, no_netrc_auth, root_cause
from mockserver.recording.response_images import image_links
from mockserver.recording.target import is_on_this_machine

MAX_RESPONSE_BYTES = 1 << 27
"""The largest response that is read before it is passed on."""

Headers: TypeAlias = list[tuple[str, str]]

_HOP_BY_HOP = {
    *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization"),
    *("proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"),
}
"""Headers for the next hop only (RFC 9110, section 7.6.1)."""

_REPLACED = {"accept-encoding", "content-length", "host"}
"""Headers that the proxy sets itself. It could not check a response in a coding unknown to it."""

_VIA = ("Via", "1.1 mockserver")
"""Added in both directions (RFC 9110, section 7.6.3)."""

_FIRST_FINAL_STATUS = 200
_MAX_CONNECTIONS = 64
_CHUNK_BYTES = 1 << 16
_FOLD = re.compile(r"\r?\n[\t ]+")


def end_to_end(headers: Iterable[tuple[str, str]]) -> Headers:
    """Return headers without those for one hop, which ``Connection`` may name, and with ``Via``.

    Folded values become one line each (RFC 9112, section 5.2); invalid headers are left out.
    """
    unfolded = [(name, _FOLD.sub(" ", value)) for name, value in headers]
    given = [(name, value) for name, value in unfolded if can_be_sent(name, value)]
    named = {
        option.strip().lower()
        for name, value in given
        if name.lower() == "connection"
        for option in value.split(",")
    }
    dropped = _HOP_BY_HOP | named
    return [*((name, value) for name, value in given if name.lower() not in dropped), _VIA]


class Upstream:
    """The server that requests are forwarded to. Its certificate is verified.

    :param base: its base URL, without a slash at the end.
    :param timeout: how long it may be silent, in seconds.
    :param headers: further headers of each request, for a gateway.
    """

    def __init__(self, base: str, timeout: float, headers: Mapping[str, str] = {}) -> None:
        self.base = base
        self.headers = headers
        self._timeout = timeout
        self._session = requests.Session()
        self._session.trust_env = not is_on_this_machine(base)
        self._session.auth = no_netrc_auth
        self._session.headers.clear()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=_MAX_CONNECTIONS))

    def send(self, method: str, target: str, headers: Headers, body: bytes) -> requests.Response:
        """Send a request, and return the response once its headers are there.

        :param target: the path and the query, as they came.
        :raises APIError: 502 or 504 when no response comes.
        """
        url = self.base + target
        request = requests.Request(method, self.base, data=body or None)
        prepared = self._session.prepare_request(request)
        prepared.url = url
        prepared.headers.update({"User-Agent": SKIP_HEADER, "Accept-Encoding": "identity"})
        kept = [(name, value) for name, value in headers if name.lower() not in _REPLACED]
        prepared.headers.update(end_to_end(kept))
        prepared.headers.update(self.headers)
        settings = self._session.merge_environment_settings(url, {}, True, None, None)
        with _failing_as_api_error(self.base):
            response = self._session.send(
                prepared, allow_redirects=False, timeout=self._timeout, **settings
            )
        if response.status_code < _FIRST_FINAL_STATUS:
            response.close()
            raise api_error("bad-gateway", f"{self.base} sent the status {response.status_code}")
        return response

    def read(self, response: requests.Response) -> bytes:
        """Return the whole body of a response, in the coding that it came in.

        Of a body larger than ``MAX_RESPONSE_BYTES``, a beginning that is longer than that is
        returned, and :meth:`stream` yields the rest.

        :raises APIError: 502 or 504 when it breaks off.
        """
        body = bytearray()
        with _failing_as_api_error(self.base):
            while chunk := response.raw.read(_CHUNK_BYTES, decode_content=False):
                body += chunk
                if len(body) > MAX_RESPONSE_BYTES:
                    return bytes(body)
        response.close()
        return bytes(body)

    def exchange(
        self,
        request: Request,
        response: requests.Response,
        body: bytes,
        seconds: float,
        http_client: HTTPClient | None,
    ) -> Exchange | None:
        """Return an exchange as plain data; None where the response cannot be decoded.

        :param request: as it was sent; its URL is the path and the query.
        :param body: of the response, as :meth:`read` returns it.
        :param seconds: how long the response took.
        :param http_client: follows the links in the response; None follows none.
        """
        plain = decoded(body, response.headers.get("Content-Encoding", ""), MAX_RESPONSE_BYTES)
        if plain is None or len(plain) > MAX_RESPONSE_BYTES:
            return None
        dropped = {"content-encoding", "content-length"} if plain is not body else set()
        headers = {n: v for n, v in response.headers.items() if n.lower() not in dropped}
        received = Response(response.status_code, headers, plain, seconds)
        links = http_client.fetch_all(image_links(received)) if http_client else {}
        return Exchange(replace(request, url=self.base + request.url), received, links)

    def stream(self, response: requests.Response) -> Iterator[bytes]:
        """Yield the body of a response as it comes, in the coding that it came in.

        :raises ConnectionAbortedError: when it breaks off, so that the client notices it too.
        """
        try:
            with response:
                yield from response.raw.stream(_CHUNK_BYTES, decode_content=False)
        except (HTTPError, OSError) as error:
            raise ConnectionAbortedError(root_cause(error)) from error


@contextmanager
def _failing_as_api_error(base: str) -> Iterator[None]:
    """Turn a failure of the upstream into an error of the documented form."""
    try:
        yield
    except (requests.Timeout, ReadTimeoutError) as error:
        raise api_error("generation-timeout", f"{base} was silent: {root_cause(error)}") from error
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        raise api_error("bad-gateway", f"no response from {base}: {root_cause(error)}") from error

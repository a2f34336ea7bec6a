"""HTTP as a plain client speaks it: a response is read to its end, or there is a reason why not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from mockserver.clock import monotonic
from mockserver.contracts import Exchange, Request, Response
from mockserver.recording.redact import Redactor
from mockserver.recording.response_images import image_links
from mockserver.recording.target import is_on_this_machine

PRODUCT = "aimlapi-mockserver"
"""The ``User-Agent`` of requests."""

_CHUNK_BYTES = 1 << 16
_MAX_BYTES = 1 << 28
_MAX_LINKS = 64
_UNFETCHED = "not fetched: too many links, or those before it were too slow or too large"


class HTTPClient:
    """Sends requests. Close it after use.

    :param timeout: seconds that a response may take, from the request to its last byte.
    :param retries: whether to send a request again, once, when its connection is lost.
    :ivar lost: why connections were lost whose request was answered when it was sent again.
    """

    def __init__(self, timeout: float, *, retries: bool = False) -> None:
        self.timeout = timeout
        self.retries = retries
        self.lost: list[str] = []
        self._session = requests.Session()
        self._session.auth = no_netrc_auth
        # A connection each: a server that closes an idle one must not look like one that fails.
        self._session.headers = {
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            "Connection": "close",
            "User-Agent": PRODUCT,
        }

    def add_headers(self, url: str, headers: Mapping[str, str]) -> None:
        """Add headers to each request to the origin of a URL, and to no other one."""
        scheme, host = urlsplit(url)[:2]
        self._session.mount(f"{scheme}://{host}/", _HeaderAdapter(headers))

    def close(self) -> None:
        """Close its connections."""
        self._session.close()

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        follow: bool = False,
    ) -> Response | str:
        """Send a request; return the response, or the reason why none came whole.

        :param follow: whether to follow redirects.
        """
        send = partial(self._send, method, url, headers, body, follow=follow)
        try:
            return send()
        except requests.Timeout:
            return f"nothing came within {self.timeout:g} s"
        except (requests.RequestException, ValueError) as error:
            reason, is_lost = root_cause(error), _is_lost(error)
        if not (self.retries and is_lost):
            return reason
        with suppress(requests.RequestException, ValueError):
            response = send()
            if isinstance(response, Response):
                self.lost.append(reason)
            return response
        return reason

    def _send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, *, follow: bool
    ) -> Response | str:
        started = monotonic()
        with self._session.request(
            method,
            url,
            headers=dict(headers),
            data=body,
            stream=True,
            timeout=self.timeout,
            allow_redirects=follow,
            proxies={"no_proxy": "*"} if is_on_this_machine(url) else None,
        ) as response:
            received = _read(response, started + self.timeout)
        if isinstance(received, Response):
            return replace(received, seconds=monotonic() - started)
        return received

    def fetch(self, url: str) -> Response | str:
        """Return the response to a link, to which no key is sent, or the reason why none came."""
        return self.send("GET", url, {}, b"", follow=True)

    def fetch_all(self, urls: Iterable[str]) -> dict[str, Response | str]:
        """Return what :meth:`fetch` returns for each of several links, by link.

        All together may take the time and have the size of one response, and the link after.
        """
        found: dict[str, Response | str] = {}
        deadline, left = monotonic() + self.timeout, _MAX_BYTES
        for url in urls:
            is_within = len(found) < _MAX_LINKS and left > 0 and monotonic() < deadline
            found[url] = self.fetch(url) if is_within else _UNFETCHED
            left -= len(getattr(found[url], "body", b""))
        return found

    def exchange(self, request: Request) -> Exchange | str:
        """Send a request with a whole URL, and follow the links in its response.

        :returns: the exchange, or the reason why no response came.
        """
        response = self.send(request.method, request.url, request.headers, request.body)
        if isinstance(response, str):
            return response
        return Exchange(request, response, self.fetch_all(image_links(response)))


class _HeaderAdapter(HTTPAdapter):
    """Adds headers to what it sends; a redirect to another origin does not have them."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__()
        self._headers = headers

    def send(  # type: ignore[override]
        self,
        request: requests.PreparedRequest,
        **settings: Any,  # noqa: ANN401
    ) -> requests.Response:
        sent = request.copy()  # a redirect copies the original
        sent.headers.update(self._headers)
        return super().send(sent, **settings)


def no_netrc_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Return a request unchanged, so that requests adds no password from a netrc file."""
    return request


def _read(response: requests.Response, deadline: float) -> Response | str:
    body = bytearray()
    for chunk in response.iter_content(_CHUNK_BYTES):
        body += chunk
        if monotonic() > deadline:
            return f"it had not ended after {len(body)} bytes"
        if len(body) > _MAX_BYTES:
            return f"more than {_MAX_BYTES} bytes"
    headers = response.headers.copy()
    if "Content-Encoding" in headers:
        headers.pop("Content-Length", None)
    return Response(response.status_code, headers, bytes(body))


def root_cause(error: BaseException) -> str:
    """Return the name and the text of the error below all those that wrap it, without secrets."""
    root = root_error(error)
    return Redactor().text(f"{type(root).__name__}: {root}")[:200]


def root_error(error: BaseException) -> BaseException:
    """Return the error below all those that wrap it."""
    below = next((cause for cause in error.args if isinstance(cause, BaseException)), None)
    below = below or getattr(error, "reason", None) or error.__cause__
    return root_error(below) if isinstance(below, BaseException) else error


def _is_lost(error: Exception) -> bool:
    """Return whether a connection was refused or ended before any response."""
    return isinstance(error, requests.ConnectionError) and isinstance(
        root_error(error), ConnectionError
    )

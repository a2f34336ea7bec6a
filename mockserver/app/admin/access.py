"""Who may call the admin API: no page of another origin, and no other machine without a token.

What comes through a reverse proxy counts as another machine.
"""

from __future__ import annotations

from hmac import compare_digest
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Request

from mockserver.contracts.error_catalog import api_error
from mockserver.contracts.exchange import bearer_key
from mockserver.contracts.finding import quote
from mockserver.settings import Settings

_FORWARDING = {"forwarded", "via", "x-real-ip", "x-client-ip", "x-original-host"}
"""Headers of reverse proxies, beside ``X-Forwarded-*``."""


def check_caller(request: Request, settings: Settings) -> None:
    """Check that a caller may use the admin API.

    :raises APIError: 403, for a page of another origin, for a host name that a page could have
        bound to this address (DNS rebinding), and where a token is missing or wrong.
    """
    _check_token(request, settings)
    origin = request.headers.get("Origin")
    if origin is not None and _host_of(origin) != request.host:
        raise api_error(
            "admin-refused", f"Expected no page of another origin, received {quote(origin)}"
        )
    if settings.admin_token is None and not _is_address_or_localhost(request.host):
        raise api_error(
            "admin-refused", f"Expected localhost as Host, received {quote(request.host)}"
        )


def check_page(request: Request, settings: Settings) -> None:
    """Check that a caller may load the console, whose files hold no data.

    Where a token is set, the page has a form for it: a browser cannot send it with an address.

    :raises APIError: 403, as :func:`check_caller` does.
    """
    if settings.admin_token is None:
        check_caller(request, settings)


def _check_token(request: Request, settings: Settings) -> None:
    if settings.admin_token is None:
        if not settings.loopback or settings.trust_proxy or _is_forwarded(request):
            line = "Beyond this machine it needs a token: start with --admin-token, and send it."
            raise api_error("admin-refused", line)
        return
    token = bearer_key(request.headers.get("Authorization", ""))
    if not token or not compare_digest(token.encode(), settings.admin_token.encode()):
        raise api_error(
            "admin-refused", "Expected Authorization: Bearer with the token of --admin-token."
        )


def _is_forwarded(request: Request) -> bool:
    """Return whether a proxy has passed a request on, perhaps from another machine."""
    names = (name.lower() for name, _ in request.headers)
    return any(name in _FORWARDING or name.startswith("x-forwarded-") for name in names)


def _is_address_or_localhost(host: str) -> bool:
    """Return whether a ``Host`` header is an address or localhost, which no page can rebind."""
    name = urlsplit(f"//{host}").hostname or ""
    try:
        ip_address(name)
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
    return True


def _host_of(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc or None
    except ValueError:
        return None

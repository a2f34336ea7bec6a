"""An offline mock of the AI/ML API's image endpoint, driven by its documented contract."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mockserver.app.factory import create_app
    from mockserver.cli.serve import app_from_environment
    from mockserver.errors import MockserverError
    from mockserver.testing.httpx_transport import async_httpx_transport, httpx_transport
    from mockserver.testing.mock_server import MockServer
    from mockserver.testing.requests_intercept import intercept_requests

__version__ = "0.1.0"
__all__ = [
    "MockServer",
    "MockserverError",
    "app_from_environment",
    "async_httpx_transport",
    "create_app",
    "httpx_transport",
    "intercept_requests",
]

_MODULES = {
    "MockServer": "mockserver.testing.mock_server",
    "MockserverError": "mockserver.errors",
    "app_from_environment": "mockserver.cli.serve",
    "async_httpx_transport": "mockserver.testing.httpx_transport",
    "create_app": "mockserver.app.factory",
    "httpx_transport": "mockserver.testing.httpx_transport",
    "intercept_requests": "mockserver.testing.requests_intercept",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401
    # pytest imports this package into every session, so its parts are imported on first use.
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

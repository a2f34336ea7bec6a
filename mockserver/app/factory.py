"""The Flask application of the mock, and its routes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Flask, Request
from flask.sessions import NullSession, SessionInterface
from flask.typing import ResponseReturnValue
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import MapAdapter, Rule

from mockserver.app.admin import admin_blueprint
from mockserver.app.downloads import serve_image
from mockserver.app.generations import Endpoint
from mockserver.app.hooks import install_error_handlers, install_request_hooks
from mockserver.app.metrics import no_metrics
from mockserver.app.pages import console_blueprint, docs_blueprint, to_console
from mockserver.app.provider_routes import ProviderRoutes
from mockserver.app.signed_urls import PREFIX
from mockserver.app.state import Clock, State
from mockserver.clock import now
from mockserver.contracts import Contract
from mockserver.images import FORMATS
from mockserver.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

STATE = "mockserver"
"""The key of the mock's :class:`State` in ``app.extensions``."""


class _Rule(Rule):
    """A rule that no URL is built from, since to compile its builder is most of what it costs."""

    def _compile_builder(self, _: bool = True) -> Callable[..., tuple[str, str]]:
        return _build_no_url


def _build_no_url(*_: object, **__: object) -> tuple[str, str]:
    raise NotImplementedError("the mock builds no URL from a rule")


class _NoSession(SessionInterface):
    """No sessions, and no empty one for each request either."""

    _session = NullSession()

    def open_session(self, *_: object) -> NullSession:
        """Return the empty session."""
        return self._session


class _App(Flask):
    """An application without coroutines, for which Flask looks at each call of a function."""

    url_rule_class = _Rule
    session_interface = _NoSession()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function as it is."""
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Return what matches a request's path and method; its host selects no route."""
        if request is None:
            return None
        return MapAdapter(
            self.url_map,
            server_name="",
            script_name=request.root_path,
            subdomain="",
            url_scheme=request.scheme,
            path_info=request.path,
            default_method=request.method,
        )


def create_app(settings: Settings | None = None, *, clock: Clock = now) -> Flask:
    """Return the mock as a WSGI application.

    :param settings: the defaults unless given.
    :param clock: the time of responses, links and errors, in seconds since 1970-01-01 UTC.
    :raises SettingsError: when a contract that the settings name does not exist.
    :raises ContractError: when a file below ``schemas/`` is invalid.
    """
    settings = settings or Settings()
    state = State(settings, clock)
    app = _App(__name__, static_folder=None)
    app.extensions[STATE] = state
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = bool(settings.cors_origins)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    _add_endpoints(app, state)
    _add_pages(app, state)
    install_error_handlers(app, state)
    install_request_hooks(app, state, settings.cors_origins)
    if settings.reload:
        _add_reloading(app, state)
    if settings.admin:
        app.register_blueprint(admin_blueprint(state))
        app.register_blueprint(console_blueprint(settings))
        app.view_functions["to_console"] = to_console
        app.url_map.add(_Rule("/", endpoint="to_console"))  # of any method, so that none gets 405
    app.register_blueprint(docs_blueprint())
    if settings.trust_proxy:
        proxied = ProxyFix(app.wsgi_app, x_host=1, x_port=1, x_prefix=1)
        app.wsgi_app = proxied  # type: ignore[method-assign]
    return app


def _add_endpoints(app: Flask, state: State) -> None:
    generate, serve = Endpoint(state).generate, partial(serve_image, state)
    for path, method in _routes(state.contracts):
        app.add_url_rule(path, f"{method} {path}", generate, methods=[method])
    for image_format in FORMATS.values():
        app.add_url_rule(f"{PREFIX}<token>.{image_format.extension}", "image", serve)


def _routes(contracts: Mapping[str, Contract]) -> set[tuple[str, str]]:
    return {(path, contract.method) for contract in contracts.values() for path in contract.paths}


def _add_pages(app: Flask, state: State) -> None:
    def healthz() -> dict[str, object]:
        status = "degraded" if state.store.is_degraded() else "ok"
        return {"status": status, "contracts": [c.id for c in state.contracts.values()]}

    routes = ProviderRoutes(state)
    views: dict[str, Callable[[], ResponseReturnValue]] = {
        "/healthz": healthz,
        "/metrics": state.metrics.show if state.metrics else no_metrics,
        "/openapi.json": routes.openapi,
        "/docs-json": routes.document,
        "/v1/models": routes.models,
        "/models": routes.models,
        "/v1/billing/balance": routes.balance,
        "/v2/billing": routes.account,
    }
    for path, view in views.items():
        app.add_url_rule(path, path, view)


def _add_reloading(app: Flask, state: State) -> None:
    """Reload changed contracts before a request is routed, since they may have a new path."""
    wsgi_app = app.wsgi_app
    routed = _routes(state.contracts)

    def reload_first(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if state.refresh():
            for path, method in _routes(state.contracts) - routed:
                view = f"{method} {path}"
                app.view_functions[view] = Endpoint(state).generate
                app.url_map.add(_Rule(path, endpoint=view, methods=[method]))
                routed.add((path, method))
        return wsgi_app(environ, start_response)

    app.wsgi_app = reload_first  # type: ignore[method-assign]

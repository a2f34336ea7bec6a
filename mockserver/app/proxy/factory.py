"""The proxy as a Flask application, with the journal and the admin API of the mock."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import BaseConverter, Rule

from mockserver.app.admin import admin_blueprint
from mockserver.app.hooks import install_error_handlers, install_request_hooks
from mockserver.app.proxy.relay import Relay
from mockserver.app.proxy.summary import ProxySummary
from mockserver.app.proxy.upstream import Upstream
from mockserver.app.state import State
from mockserver.clock import now
from mockserver.recording.http_client import HTTPClient
from mockserver.recording.target import header_secrets
from mockserver.recording.writer import Recorder
from mockserver.settings import Settings

_MAX_BODY_BYTES = 64 * 1024 * 1024
"""The largest request body that is passed on."""


class _Anything(BaseConverter):
    regex = ".*"
    part_isolating = False


def create_proxy(
    settings: Settings,
    upstream: Upstream,
    summary: ProxySummary,
    http_client: HTTPClient,
    recorder: Recorder | None = None,
    *,
    strict: bool = False,
) -> Flask:
    """Return the proxy as a WSGI application.

    :param settings: the contracts to check against, and the access to the admin API.
    :param upstream: the server that requests are forwarded to.
    :param summary: counts the requests.
    :param http_client: follows the links in what is written.
    :param recorder: writes what was checked; None writes nothing.
    :param strict: whether a finding becomes a 502.
    """
    state = State(settings, now)
    state.secrets += tuple(header_secrets(upstream.headers))
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _MAX_BODY_BYTES
    app.url_map.merge_slashes = False
    app.url_map.converters["anything"] = _Anything
    relay = Relay(state.contracts, upstream, summary, recorder, http_client, strict)
    app.view_functions["relay"] = relay.forward
    app.url_map.add(Rule("/<anything:path>", endpoint="relay"))
    install_error_handlers(app, state)
    install_request_hooks(app, state)
    app.register_blueprint(admin_blueprint(state))
    return app

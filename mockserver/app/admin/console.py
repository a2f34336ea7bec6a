"""The console: a page over the admin API, as static files without a build step."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, abort, redirect, request
from werkzeug.routing import Rule
from werkzeug.wrappers import Response as WerkzeugResponse

from mockserver.app.admin.access import check_page
from mockserver.app.admin.routes import PREFIX
from mockserver.app.state import State
from mockserver.app.static_files import content_policy, serve_file

__all__ = ["console_blueprint", "root_rule", "to_console"]

_FILES = Path(__file__).parent / "console"

_POLICY = content_policy(styles="'self'", images="'self' blob:")
"""Images are fetched with the token and shown as blobs; nothing else is loaded or sent."""


def console_blueprint(state: State) -> Blueprint:
    """Return the page at ``/__admin/`` and its files."""
    blueprint = Blueprint("console", __name__, url_prefix=PREFIX)

    def page() -> WerkzeugResponse:
        if not request.path.endswith("/"):  # the page's links are relative
            return redirect(f"{request.root_path}{PREFIX}/")
        return serve_file(_FILES, "index.html", _POLICY)

    blueprint.before_request(lambda: check_page(request, state.settings))
    blueprint.add_url_rule("/", "page", page)
    blueprint.add_url_rule(
        "/console/<path:name>", "file", lambda name: serve_file(_FILES, name, _POLICY)
    )
    return blueprint


def root_rule() -> Rule:
    """Return the rule of ``/``: for any method, so that none of them gets 405 there."""
    return Rule("/", endpoint="to_console")


def to_console() -> WerkzeugResponse:
    """Redirect a browser from ``/`` to the console; other clients get the documented 404."""
    accepted = request.accept_mimetypes
    if request.method != "GET" or accepted["text/html"] <= accepted["application/json"]:
        abort(404)
    return redirect(f"{request.root_path}{PREFIX}/")

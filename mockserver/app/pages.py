"""The pages that the mock serves as static files, without a build step.

The console is a page over the admin API, and ``/docs/`` is Swagger UI over the OpenAPI documents.
"""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, abort, redirect, request
from werkzeug.security import safe_join
from werkzeug.wrappers import Response

from mockserver.app.admin import PREFIX
from mockserver.app.admin.access import check_page
from mockserver.settings import Settings

_APP = Path(__file__).parent

_MEDIA_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}
"""By a file's extension; the types that a system has on record may be others."""

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src {styles}; img-src {images}; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""A page loads from this origin, and sends to it, alone."""

_CONSOLE_POLICY = _POLICY.format(styles="'self'", images="'self' blob:")
"""Images are fetched with the token and shown as blobs."""

_DOCS_POLICY = _POLICY.format(styles="'self' 'unsafe-inline'", images="'self' data: blob:")


def console_blueprint(settings: Settings) -> Blueprint:
    """Return the console at ``/__admin/`` and its files."""
    folder = _APP / "admin" / "console"
    blueprint = _page("console", PREFIX, "/console/<path:name>", folder, _CONSOLE_POLICY)
    blueprint.before_request(lambda: check_page(request, settings))
    return blueprint


def docs_blueprint() -> Blueprint:
    """Return the API reference at ``/docs/`` and its files."""
    blueprint = _page("docs", "/docs", "/<name>", _APP / "api_docs", _DOCS_POLICY)

    def swagger_file(name: str) -> Response:
        import flask_swagger_ui  # few mocks show the page, so it must not slow down the start

        return _file(Path(flask_swagger_ui.__file__).parent / "dist", name, _DOCS_POLICY)

    blueprint.add_url_rule("/swagger-ui/<name>", "swagger_ui", swagger_file)
    return blueprint


def to_console() -> Response:
    """Redirect a browser from ``/`` to the console; other clients get the documented 404."""
    accepted = request.accept_mimetypes
    if request.method != "GET" or accepted["text/html"] <= accepted["application/json"]:
        abort(404)
    return redirect(f"{request.root_path}{PREFIX}/")


def _page(name: str, prefix: str, files: str, folder: Path, policy: str) -> Blueprint:
    """Return a page, and the files of its folder below another rule."""
    blueprint = Blueprint(name, __name__, url_prefix=prefix)

    def page() -> Response:
        if not request.path.endswith("/"):  # the page's links are relative
            return redirect(f"{request.root_path}{prefix}/")
        return _file(folder, "index.html", policy)

    blueprint.add_url_rule("/", "page", page)
    blueprint.add_url_rule(files, "file", lambda name: _file(folder, name, policy))
    return blueprint


def _file(folder: Path, name: str, policy: str) -> Response:
    """Return a static file, which a browser keeps and requests again by its ETag."""
    file, media_type = safe_join(str(folder), name), _MEDIA_TYPES.get(Path(name).suffix)
    if file is None or media_type is None:
        abort(404)
    try:
        content = Path(file).read_bytes()
    except (OSError, ValueError):  # there is none, or there can be none of this name
        abort(404)
    response = Response(content, mimetype=media_type)
    response.cache_control.no_cache = True
    response.add_etag()
    response.make_conditional(request)
    response.headers["Content-Security-Policy"] = policy
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response

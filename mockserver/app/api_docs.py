"""The served contracts as an API reference to browse: Swagger UI over the OpenAPI documents."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from mockserver.app.static_files import content_policy, serve_file

__all__ = ["docs_blueprint"]

_PREFIX = "/docs"
_FILES = Path(__file__).parent / "api_docs"

_POLICY = content_policy(styles="'self' 'unsafe-inline'", images="'self' data: blob:")


def docs_blueprint() -> Blueprint:
    """Return the page at ``/docs/`` and its files."""
    blueprint = Blueprint("docs", __name__, url_prefix=_PREFIX)

    def page() -> Response:
        if not request.path.endswith("/"):  # the page's links are relative
            return redirect(f"{request.root_path}{_PREFIX}/")
        return serve_file(_FILES, "index.html", _POLICY)

    blueprint.add_url_rule("/", "page", page)
    blueprint.add_url_rule("/<name>", "file", lambda name: serve_file(_FILES, name, _POLICY))
    blueprint.add_url_rule("/swagger-ui/<name>", "swagger_ui", _swagger_file)
    return blueprint


def _swagger_file(name: str) -> Response:
    import flask_swagger_ui  # few mocks show the page, so it must not slow down the start

    return serve_file(Path(flask_swagger_ui.__file__).parent / "dist", name, _POLICY)

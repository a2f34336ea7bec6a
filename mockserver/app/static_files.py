"""Static files of the pages that the mock serves."""

from __future__ import annotations

from pathlib import Path

from flask import Response, abort, request
from werkzeug.security import safe_join

__all__ = ["content_policy", "serve_file"]

_MEDIA_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}
"""By a file's extension; the types that a system has on record may be others."""


def content_policy(*, styles: str, images: str) -> str:
    """Return a Content-Security-Policy: a page loads from this origin, and sends to it, alone.

    :param styles: where style sheets may be from.
    :param images: where images may be from.
    """
    return (
        f"default-src 'none'; script-src 'self'; style-src {styles}; img-src {images}; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def serve_file(folder: Path, name: str, policy: str) -> Response:
    """Return a static file, which a browser keeps and requests again by its ETag.

    :param policy: the Content-Security-Policy.
    """
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

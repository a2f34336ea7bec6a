"""Static files of the pages that the mock serves."""

from __future__ import annotations

from pathlib import Path

from flask import Response, abort, send_from_directory

__all__ = ["serve_file"]

_MEDIA_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}
"""By a file's extension; the types that a system has on record may be others."""


def serve_file(folder: Path, name: str, policy: str) -> Response:
    """Return a static file, which a browser keeps and asks for again by its ETag.

    :param policy: the Content-Security-Policy.
    """
    media_type = _MEDIA_TYPES.get(Path(name).suffix)
    if media_type is None:
        abort(404)
    response = send_from_directory(folder, name, mimetype=media_type, max_age=0)
    response.headers["Content-Security-Policy"] = policy
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response

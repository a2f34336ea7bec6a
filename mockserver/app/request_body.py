"""Read the body of a request for images: its media type, its content coding, its JSON."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wsgi import get_input_stream

from mockserver.contracts.error_catalog import api_error
from mockserver.contracts.exchange import CODINGS, decoded
from mockserver.contracts.finding import quote
from mockserver.settings import MAX_BODY
from mockserver.strict_json import JSON, JSONTextError, parse

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


def read_body(environ: WSGIEnvironment) -> JSON:
    """Return the parsed body of a request.

    :raises APIError: 400, 413 or 415, when it cannot be read.
    """
    body = _received(environ)
    media_type = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        received = quote(media_type) if media_type else "nothing"
        line = f"Content-Type: Expected 'application/json', received {received}"
        raise api_error("validation", line)
    if coding := environ.get("HTTP_CONTENT_ENCODING"):
        body = _inflated(body, coding)
    try:
        return parse(body)
    except JSONTextError as error:
        raise api_error("validation", str(error)) from None


def _received(environ: WSGIEnvironment) -> bytes:
    # One byte more than fits, since werkzeug ends a longer body there without an error.
    with suppress(RequestEntityTooLarge):  # by Content-Length: such a body is not waited for
        body = get_input_stream(environ, max_content_length=MAX_BODY + 1).read()
        if len(body) <= MAX_BODY:
            return body
    raise api_error("too-large", f"Expected a body of at most {MAX_BODY} bytes")


def _inflated(body: bytes, coding: str) -> bytes:
    plain = decoded(body, coding, MAX_BODY)
    if plain is None and coding.lower() in CODINGS:
        raise api_error("validation", f"Content-Encoding: Expected {coding}, received other bytes")
    if plain is None:
        expected = " | ".join(map(quote, ("identity", *CODINGS)))
        line = f"Content-Encoding: Expected {expected}, received {quote(coding)}"
        raise api_error("unsupported-coding", line)
    if len(plain) > MAX_BODY:
        raise api_error("too-large", f"Expected a body of at most {MAX_BODY} bytes when inflated")
    return plain

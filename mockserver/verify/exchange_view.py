"""An exchange as a report shows it: without secrets, long values cut, images as thumbnails."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from itertools import islice

from mockserver.contracts import Exchange, Finding, Request, Response
from mockserver.errors import ImageError
from mockserver.images import thumbnail
from mockserver.images.inspect import media_type
from mockserver.recording.json_strings import map_strings, strings
from mockserver.recording.redact import Redactor
from mockserver.recording.response_images import decode_image
from mockserver.strict_json import JSON, parse_or_none

_MAX_THUMBNAILS = 4
_THUMBNAIL_PIXELS = 128
_MAX_STRING = 200
_MAX_BODY = 4000


def exchange_view(
    exchange: Exchange, findings: Sequence[Finding], redactor: Redactor
) -> dict[str, JSON]:
    """Return an exchange as plain data."""
    clean = redactor.exchange(exchange)
    return {
        "request": _side(clean.request, f"{clean.request.method} {clean.request.url}"),
        "response": _side(clean.response, str(clean.response.status)),
        "findings": [redactor.json(asdict(finding)) for finding in findings],
        "downloads": [
            {"url": link, "result": _download(came)} for link, came in clean.downloads.items()
        ],
        "thumbnails": list(islice(_thumbnails(exchange), _MAX_THUMBNAILS)),
    }


def _side(side: Request | Response, line: str) -> dict[str, JSON]:
    return {"line": line, "headers": dict(side.headers), "body": _body(side.body)}


def _download(came: Response | str) -> str:
    if isinstance(came, str):
        return came
    return f"{came.status} {came.media_type}, {len(came.body)} bytes"


def _body(body: bytes) -> str:
    value = parse_or_none(body)
    text = body.decode(errors="replace")
    if value is not None:
        text = json.dumps(map_strings(value, _short), indent=2, ensure_ascii=False)
    cut = f"\n… ({len(text)} characters)" if len(text) > _MAX_BODY else ""
    return text[:_MAX_BODY] + cut


def _short(_: str, text: str) -> str:
    if len(text) > _MAX_STRING and "://" not in text[:9]:
        return f"{text[:40]}… ({len(text)} characters)"
    return text


def _thumbnails(exchange: Exchange) -> Iterator[str]:
    """Yield the images of a response as data URLs of a small WebP file each."""
    for file in _image_files(exchange):
        with suppress(ImageError):
            small = base64.b64encode(thumbnail(file, _THUMBNAIL_PIXELS)).decode()
            yield f"data:image/webp;base64,{small}"


def _image_files(exchange: Exchange) -> Iterator[bytes]:
    texts = [text for _, text in strings(parse_or_none(exchange.response.body))]
    yield from filter(None, map(decode_image, texts))
    for came in exchange.downloads.values():
        if isinstance(came, Response) and media_type(came.body):
            yield came.body

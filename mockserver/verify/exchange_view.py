"""An exchange as a report shows it: without secrets, long values cut, images as thumbnails."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from PIL import Image

from mockserver.contracts import Exchange, Finding, Request, Response
from mockserver.errors import ImageError
from mockserver.images.inspect import inspect, media_type
from mockserver.recording.json_strings import map_strings, strings
from mockserver.recording.redact import Redactor
from mockserver.recording.response_images import decode_image
from mockserver.strict_json import JSON, JSONTextError, parse

__all__ = ["shown"]

_SIDE = 128
_MOST_THUMBNAILS = 4
_LONGEST_VALUE = 200
_LONGEST_BODY = 4000


def shown(exchange: Exchange, findings: Sequence[Finding], redactor: Redactor) -> dict[str, JSON]:
    """Give an exchange as plain data."""
    clean = redactor.exchange(exchange)
    return {
        "request": _side(clean.request, f"{clean.request.method} {clean.request.url}"),
        "response": _side(clean.response, str(clean.response.status)),
        "findings": [redactor.json(asdict(finding)) for finding in findings],
        "downloads": [
            {"url": link, "result": _came(came)} for link, came in clean.downloads.items()
        ],
        "thumbnails": list(_thumbnails(exchange))[:_MOST_THUMBNAILS],
    }


def _side(side: Request | Response, line: str) -> dict[str, JSON]:
    return {"line": line, "headers": dict(side.headers), "body": _body(side.body)}


def _came(came: Response | str) -> str:
    if isinstance(came, str):
        return came
    return f"{came.status} {came.media_type}, {len(came.body)} bytes"


def _body(body: bytes) -> str:
    try:
        text = json.dumps(map_strings(parse(body), _shortened), indent=2, ensure_ascii=False)
    except JSONTextError:
        text = body.decode(errors="replace")
    cut = f"\n… ({len(text)} characters)" if len(text) > _LONGEST_BODY else ""
    return text[:_LONGEST_BODY] + cut


def _shortened(_: str, text: str) -> str:
    if len(text) <= _LONGEST_VALUE or "://" in text[:9]:
        return text
    return f"{text[:40]}… ({len(text)} characters)"


def _thumbnails(exchange: Exchange) -> Iterator[str]:
    """Draw the images of an answer, small enough to stand in a page."""
    for file in _files(exchange):
        try:
            inspect(file)
        except ImageError:
            continue
        with Image.open(io.BytesIO(file)) as image:
            small = image.convert("RGB")
        small.thumbnail((_SIDE, _SIDE))
        target = io.BytesIO()
        small.save(target, "JPEG", quality=75)
        yield f"data:image/jpeg;base64,{base64.b64encode(target.getvalue()).decode()}"


def _files(exchange: Exchange) -> Iterator[bytes]:
    try:
        texts = [text for _, text in strings(parse(exchange.response.body))]
    except JSONTextError:
        texts = []
    yield from filter(None, map(decode_image, texts))
    for came in exchange.downloads.values():
        if isinstance(came, Response) and media_type(came.body):
            yield came.body

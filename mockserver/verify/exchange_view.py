"""An exchange as a report shows it: without secrets, long values cut, images as thumbnails."""

from __future__ import annotations

import base64
import binascii
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from PIL import Image

from mockserver.contracts import Exchange, Finding, Request, Response
from mockserver.errors import ImageError
from mockserver.images.inspect import inspect, media_type
from mockserver.recording.redact import Redactor
from mockserver.strict_json import JSON, JSONTextError, parse

__all__ = ["shown"]

_SIDE = 128
_MOST_THUMBNAILS = 4
_LONGEST_VALUE = 200
_LONGEST_BODY = 4000
_SHORTEST_IMAGE = 80


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
        text = json.dumps(_short(parse(body)), indent=2, ensure_ascii=False)
    except JSONTextError:
        text = body.decode(errors="replace")
    cut = f"\n… ({len(text)} characters)" if len(text) > _LONGEST_BODY else ""
    return text[:_LONGEST_BODY] + cut


def _short(value: JSON) -> JSON:
    """Cut the long texts in a value."""
    if isinstance(value, dict):
        return {name: _short(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_short(item) for item in value]
    if isinstance(value, str) and len(value) > _LONGEST_VALUE and "://" not in value[:9]:
        return f"{value[:40]}… ({len(value)} characters)"
    return value


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
        texts = list(_texts(parse(exchange.response.body)))
    except JSONTextError:
        texts = []
    yield from (file for file in map(_decoded, texts) if media_type(file))
    for came in exchange.downloads.values():
        if isinstance(came, Response) and media_type(came.body):
            yield came.body


def _texts(value: JSON) -> Iterator[str]:
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)
    elif isinstance(value, str) and len(value) >= _SHORTEST_IMAGE:
        yield value


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""

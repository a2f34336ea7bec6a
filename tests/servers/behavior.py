"""The building blocks of behaviours: what a server may do to a request or to the right answer."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TypeAlias

from PIL import Image

from mockserver.strict_json import JSON
from tests.corrupting import place
from tests.servers.stub_server import Behavior, Response, Right, StubRequest

Change: TypeAlias = Callable[[JSON], JSON]
Repaint: TypeAlias = Callable[[bytes], bytes]


def answering(
    applies: Callable[[StubRequest, Response], bool], change: Callable[[Response], Response]
) -> Behavior:
    """Change the right answers to which it applies."""

    def behave(request: StubRequest, right: Right) -> Response:
        response = right(request)
        return change(response) if applies(request, response) else response

    return behave


def succeeding(change: Callable[[Response], Response]) -> Behavior:
    """Change the answers with images."""
    return answering(
        lambda request, response: request.method == "POST" and response.status < 300, change
    )


def refusing_with(change: Callable[[Response], Response], *statuses: int) -> Behavior:
    """Change refusals: all, or those of the given statuses."""
    return answering(lambda _, a: a.status in statuses if statuses else a.status >= 400, change)


def downloading(change: Callable[[Response], Response]) -> Behavior:
    """Change what the links to images lead to."""
    return answering(lambda request, _: request.method == "GET", change)


def with_body(change: Change) -> Callable[[Response], Response]:
    """Change a body's parsed JSON."""
    return lambda response: response.with_json(change(response.json))


def setting(pointer: str, value: JSON) -> Callable[[Response], Response]:
    """Put a value, or what a function makes of the old one, at a JSON pointer."""

    def change(body: JSON) -> JSON:
        holder, last = place(body, pointer)
        holder[last] = value(holder[last]) if callable(value) else value
        return body

    return with_body(change)


def dropping(pointer: str) -> Callable[[Response], Response]:
    """Take away what is at a JSON pointer."""

    def change(body: JSON) -> JSON:
        holder, last = place(body, pointer)
        del holder[last]
        return body

    return with_body(change)


def _imaged(body: JSON) -> list[dict[str, JSON]]:
    items: list[dict[str, JSON]] = body["output"]["choices"] if "output" in body else body["data"]
    return items


def in_every_image(change: Change) -> Callable[[Response], Response]:
    """Change each of the items that hold an image."""

    def changed(body: JSON) -> JSON:
        items = _imaged(body)
        items[:] = [change(item) for item in items]
        return body

    return with_body(changed)


def repicturing(change: Callable[[list[JSON]], list[JSON]]) -> Callable[[Response], Response]:
    """Change the list of images."""

    def changed(body: JSON) -> JSON:
        items = _imaged(body)
        items[:] = change(items)
        return body

    return with_body(changed)


def repainting(
    repaint: Repaint, encode: Callable[[bytes], str] | None = None
) -> Callable[[Response], Response]:
    """Change the file in every base64, or the way in which it is encoded."""
    written = encode or (lambda file: base64.b64encode(file).decode())

    def change(item: JSON) -> JSON:
        names = [name for name in item if name in {"image_base64", "b64_json"} and item[name]]
        return {**item, **{n: written(repaint(base64.b64decode(item[n]))) for n in names}}

    return in_every_image(change)


def accepting(mend: Change) -> Behavior:
    """Answer a request that must be refused as if it had been mended before."""

    def behave(request: StubRequest, right: Right) -> Response:
        response = right(request)
        if response.status != 400:
            return response
        mended = mend(request.json)
        return response if mended is None else right(request.with_json(mended))

    return behave


def refusing_all(status: int, message: str) -> Behavior:
    """Refuse everything, as a service does whose account or machines have a problem."""
    body = {
        "message": message,
        "path": "/v1/images/generations",
        "requestId": "00000000-0000-4000-8000-000000000000",
        "statusCode": status,
        "timestamp": "2025-08-19T12:00:00.000Z",
    }
    response = Response(status, {"Content-Type": "application/json"}, json.dumps(body).encode())
    return answering(lambda request, _: request.authorization is not None, lambda _: response)


def refusing(unwanted: Callable[[JSON], bool]) -> Behavior:
    """Refuse requests that must be answered."""

    def behave(request: StubRequest, right: Right) -> Response:
        body = request.json
        is_unwanted = isinstance(body, dict) and unwanted(body)
        return right(replace(request, body=b"{}") if is_unwanted else request)

    return behave


def ordering(change: Callable[[dict[str, JSON]], dict[str, JSON]]) -> Behavior:
    """Misread valid requests."""

    def behave(request: StubRequest, right: Right) -> Response:
        response = right(request)
        is_order = request.method == "POST" and response.status < 300
        return right(request.with_json(change(request.json))) if is_order else response

    return behave


@cache
def repainted(file: bytes, kind: str, width: int = 0, height: int = 0) -> bytes:
    """Write an image's file anew: as another kind, in another size."""
    with Image.open(io.BytesIO(file)) as image:
        size = (width or image.width, height or image.height)
        whole = image.convert("RGB").resize(size)
    target = io.BytesIO()
    whole.save(target, kind)
    return target.getvalue()

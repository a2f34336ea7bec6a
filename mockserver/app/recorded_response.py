"""One recorded response, with its images served from here."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Sequence
from urllib.parse import quote as percent_encoded
from uuid import uuid4

from mockserver.app.signed_urls import DEAD, ImageRef
from mockserver.contracts import Response
from mockserver.contracts.exchange import can_be_sent
from mockserver.contracts.response_headers import CONNECTION_HEADERS
from mockserver.contracts.response_template import MockResponse
from mockserver.images import PNG
from mockserver.images.inspect import media_type
from mockserver.recording.json_strings import map_strings
from mockserver.recording.reader import RecordedImage, Recording
from mockserver.recording.redact import REDACTED

_CONNECTION_HEADERS = {
    *CONNECTION_HEADERS,
    *("age", "alt-svc", "proxy-connection", "vary", "via", "x-client-request-id", "x-request-id"),
}
"""Headers of a connection or a server; a replayed response has its own."""


class RecordedResponse:
    """One recorded response, split at its images.

    :ivar name: the name of its file, percent-encoded for a header; empty where it has none.
    :ivar image_refs: its images.
    :ivar seconds: how long it took; 0 where that was not recorded.
    """

    def __init__(self, recording: Recording) -> None:
        self.name = percent_encoded(os.fsencode(recording.file.name))
        self.seconds = recording.seconds
        self._status = recording.status
        images = recording.images
        self.image_refs = [_image_ref(i, image) for i, image in enumerate(images.values())]
        self._is_linked = [image.is_linked for image in images.values()]
        self._parts = _parts(recording)
        headers = {n: v for n, v in recording.headers.items() if can_be_sent(n, v)}
        recorded = Response(recording.status, headers, b"")
        plain = (
            "application/octet-stream" if isinstance(recording.body, bytes) else "application/json"
        )
        self._media_type = recorded.media_type or plain
        self._headers = {
            name: value
            for name, value in recorded.headers.items()
            if name not in _CONNECTION_HEADERS
            and not name.startswith(("access-control-", "x-mock-"))
            and REDACTED not in value
        }

    def response(
        self, base64: Callable[[int], Sequence[bytes]], link: Callable[[int], str]
    ) -> MockResponse:
        """Return the response.

        :param base64: returns an image's base64 in pieces, by its index.
        :param link: returns the link to an image, by its index.
        """
        pieces: list[bytes] = []
        for part in self._parts:
            if isinstance(part, bytes):
                pieces.append(part)
            elif self._is_linked[part]:
                pieces.append(json.dumps(link(part)).encode())
            else:
                pieces += [b'"', *base64(part), b'"']
        return MockResponse(self._status, pieces, self._media_type, self._headers)


def _parts(recording: Recording) -> list[bytes | int]:
    """Split a body's JSON text at its images; a number stands for each."""
    if isinstance(recording.body, bytes):
        return [recording.body]
    mark, indexes = uuid4(), {pointer: i for i, pointer in enumerate(recording.images)}

    def marked(pointer: str, text: str) -> str:
        return f"{mark}-{indexes[pointer]}" if pointer in indexes else text

    text = json.dumps(map_strings(recording.body, marked), ensure_ascii=False)
    parts = re.split(rf'"{mark}-(\d+)"', text)
    return [int(part) if i % 2 else part.encode() for i, part in enumerate(parts)]


def _image_ref(index: int, image: RecordedImage) -> ImageRef:
    """Return the reference to an image; one that could not be fetched for the recording is dead."""
    if image.file is None or image.status not in {None, 200}:
        return ImageRef("", "", index, "", 0, 0, defect=DEAD)
    found = media_type(image.read(16)) or PNG.media_type
    return ImageRef("", "", index, image.file.name, 0, 0, media_type=found)

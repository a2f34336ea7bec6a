"""Answer with what was recorded: the same bodies, their images served from here."""

from __future__ import annotations

import io
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias
from uuid import uuid4

from mockserver.app.signed_urls import DEAD, ImageRef
from mockserver.contracts import Contract, Response
from mockserver.contracts.finding import quote
from mockserver.contracts.response_template import MockResponse
from mockserver.errors import FixtureError, RecordingError
from mockserver.images import FORMATS, PNG, Image
from mockserver.images.inspect import media_type
from mockserver.recording import Recording, load_recordings
from mockserver.recording.json_strings import map_strings
from mockserver.recording.reader import RecordedImage
from mockserver.recording.redact import REDACTED
from mockserver.strict_json import JSON, JSONTextError, parse

__all__ = ["Link", "RecordedResponse", "Replay"]

Link: TypeAlias = Callable[[int], str]
"""Gives the link to an image, by its index."""

_CONNECTION_HEADERS = {
    *("age", "alt-svc", "connection", "content-encoding", "content-length", "content-type"),
    *("date", "keep-alive", "proxy-connection", "server", "set-cookie", "trailer"),
    *("transfer-encoding", "upgrade", "vary", "via", "x-request-id"),
}
"""Headers that belong to a connection or a server, so that a replayed answer has its own."""

_UNREPEATABLE = {401}
"""Refusals of a key; keys are not recorded, so no request is known to have the same."""

_MOST_IMAGES = 64


class Replay:
    """The recorded answers, by the requests that they were given to.

    :param folder: holds recorded exchanges; all are read at once, images when they are wanted.
    :param contracts: by model; requests that differ only in what these have as defaults are alike.
    :raises RecordingError: when there is none, or one is not what it must be.
    """

    def __init__(self, folder: Path, contracts: Mapping[str, Contract]) -> None:
        self._folder = folder
        self._contracts = contracts
        self._responses: dict[str, list[RecordedResponse]] = defaultdict(list)
        self._keep = lru_cache(_MOST_IMAGES)(_read)
        for recording in load_recordings([folder]):
            if (asked := self._asked(recording)) is not None:
                self._responses[self._key(asked)].append(RecordedResponse(recording))

    @property
    def count(self) -> int:
        """How many answers there are."""
        return sum(map(len, self._responses.values()))

    def find(self, fields: JSON, given: Counter[str]) -> RecordedResponse | None:
        """Find the answer to a request; of several, each in its turn, and then the last again.

        :param fields: the request's body, parsed.
        :param given: how many were given so far, by request; counted on.
        """
        key = self._key(fields)
        known = self._responses.get(key)
        if not known:
            return None
        given[key] += 1
        return known[min(given[key], len(known)) - 1]

    def nearest(self, fields: JSON) -> str:
        """Say in what a request differs from the recorded one that is most like it."""
        asked = self._plain(fields)
        misses = [_misses(asked, json.loads(key)) for key in self._responses]
        told = min(misses, key=len, default=[])
        return f"of {len(misses)} recorded requests, the nearest differs in {', '.join(told)}"

    def image(self, name: str, _size: object, _media_type: str) -> Image:
        """Give a recorded image by its file's name.

        :raises FixtureError: when it is not there.
        """
        return self._keep(self._folder / name)

    def _asked(self, recording: Recording) -> JSON:
        """Give the body of a request that can be met again; None where it cannot."""
        request = recording.request
        paths = {contract.path for contract in self._contracts.values()}
        if recording.status in _UNREPEATABLE or not request.path.endswith(tuple(paths)):
            return None
        try:
            return parse(request.body)
        except JSONTextError:
            return None

    def _key(self, fields: JSON) -> str:
        return json.dumps(self._plain(fields), sort_keys=True)

    def _plain(self, fields: JSON) -> JSON:
        """Give a request with the defaults of its model's contract applied."""
        if not isinstance(fields, dict):
            return fields
        model = fields.get("model")
        contract = self._contracts.get(model) if isinstance(model, str) else None
        return contract.arguments(fields) if contract else fields


class RecordedResponse:
    """One recorded answer, taken apart at its images.

    :ivar recorded: where it is from.
    :ivar negatives: its images, as a link says where one is.
    """

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        images = recording.images
        self.image_refs = [_image_ref(i, image) for i, image in enumerate(images.values())]
        self._is_linked = [image.is_linked for image in images.values()]
        self._parts = _parts(recording) if recording.has_json else [recording.body_bytes()]

    def response(self, base64: Callable[[int], Sequence[bytes]], link: Link) -> MockResponse:
        """Put the answer together.

        :param base64: gives an image's base64 in pieces, by its index.
        """
        pieces: list[bytes] = []
        for part in self._parts:
            if isinstance(part, bytes):
                pieces.append(part)
            elif self._is_linked[part]:
                pieces.append(json.dumps(link(part)).encode())
            else:
                pieces += [b'"', *base64(part), b'"']
        response = Response(self.recording.status, self.recording.headers, b"")
        headers = _repeatable(response.headers)
        return MockResponse(response.status, pieces, response.media_type, headers)


def _repeatable(headers: Mapping[str, str]) -> dict[str, str]:
    kept = {n: v for n, v in headers.items() if n not in _CONNECTION_HEADERS and REDACTED not in v}
    return {n: v for n, v in kept.items() if not n.startswith(("access-control-", "x-mock-"))}


def _parts(recording: Recording) -> list[bytes | int]:
    """Part a body's JSON text at its images; a number stands for each."""
    mark, places = uuid4(), list(recording.images)

    def marked(at: str, text: str) -> str:
        return f"{mark}-{places.index(at)}" if at in places else text

    text = json.dumps(map_strings(recording.body, marked), ensure_ascii=False)
    parts = re.split(rf'"{mark}-(\d+)"', text)
    return [int(part) if i % 2 else part.encode() for i, part in enumerate(parts)]


def _image_ref(index: int, image: RecordedImage) -> ImageRef:
    """Write down where an image is; one that was not there when it was recorded is dead."""
    if image.file is None or image.status not in {None, 200}:
        return ImageRef("", "", index, "", 0, 0, defect=DEAD)
    kind = media_type(_head(image.file)) or PNG.media_type
    return ImageRef("", "", index, image.file.name, 0, 0, media_type=kind)


def _head(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(16)
    except OSError as error:
        raise RecordingError(f"{file}: cannot be read: {error.strerror}") from None


def _read(file: Path) -> Image:
    # Pillow costs a third of the start-up time, and only replaying asks for sizes.
    from PIL import Image as PILImage

    try:
        data = file.read_bytes()
    except OSError as error:
        raise FixtureError(f"{file}: cannot be read: {error.strerror}") from None
    try:
        with PILImage.open(io.BytesIO(data)) as image:
            size = image.size
    except (OSError, ValueError):
        size = (0, 0)
    return Image(file.name, *size, data, FORMATS.get(media_type(data) or "", PNG))


def _misses(asked: JSON, known: JSON) -> list[str]:
    """Name the fields in which two requests differ."""
    if not isinstance(asked, dict) or not isinstance(known, dict):
        return ["everything"]
    names = sorted(asked.keys() | known.keys())
    return [
        f"{name} (expected {quote(known.get(name))}, received {quote(asked.get(name))})"
        for name in names
        if asked.get(name) != known.get(name) or (name in asked) != (name in known)
    ]

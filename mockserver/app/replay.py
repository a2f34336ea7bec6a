"""Replay recorded responses: the same bodies, with their images served from here."""

from __future__ import annotations

import json
import logging
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote as percent_encoded
from uuid import uuid4

from mockserver.app.signed_urls import DEAD, ImageRef
from mockserver.contracts import Contract, Response
from mockserver.contracts.exchange import can_be_sent
from mockserver.contracts.finding import quote
from mockserver.contracts.response_headers import CONNECTION_HEADERS
from mockserver.contracts.response_template import MockResponse
from mockserver.errors import FixtureError, RecordingError
from mockserver.images import FORMATS, PNG, Image
from mockserver.images.inspect import image_size, media_type
from mockserver.recording import Recording
from mockserver.recording.json_strings import map_strings
from mockserver.recording.reader import (
    RecordedImage,
    load_recording,
    read_file,
    recording_files,
)
from mockserver.recording.redact import REDACTED
from mockserver.strict_json import JSON, parse_or_none

__all__ = ["Link", "RecordedResponse", "Replay"]

Link: TypeAlias = Callable[[int], str]
"""Returns the link to an image, by its index."""

_CONNECTION_HEADERS = {
    *CONNECTION_HEADERS,
    *("age", "alt-svc", "proxy-connection", "vary", "via", "x-client-request-id", "x-request-id"),
}
"""Headers of a connection or a server; a replayed response has its own."""

_UNREPEATABLE = {401}
"""Errors about a key; keys are not recorded, so no request can be known to have the same."""

_MOST_IMAGES = 64

_log = logging.getLogger("mockserver")


class Replay:
    """The recorded responses, by their requests.

    An invalid recording is left out, with a line about it in the log.

    :param folder: holds recorded exchanges; all are read at once, images when first needed.
    :param contracts: by model; requests that are equal with their defaults are the same.
    :raises RecordingError: when none is valid.
    """

    def __init__(self, folder: Path, contracts: Mapping[str, Contract]) -> None:
        self._files: dict[str, Path] = {}
        self._contracts = contracts
        self._responses: dict[str, list[RecordedResponse]] = defaultdict(list)
        self._keep = lru_cache(_MOST_IMAGES)(_read)
        recordings = list(_valid_recordings(folder))
        if not recordings:
            raise RecordingError(f"{folder}: no recorded exchange there is valid")
        for recording, response in recordings:
            self._add(recording, response)

    def _add(self, recording: Recording, response: RecordedResponse) -> None:
        fields = self._request_fields(recording)
        if fields is None:
            return
        self._responses[self._key(fields)].append(response)
        images = recording.images.values()
        self._files |= {image.file.name: image.file for image in images if image.file}

    @property
    def count(self) -> int:
        """How many responses there are."""
        return sum(map(len, self._responses.values()))

    def find(self, fields: JSON, count: Callable[[str], int]) -> RecordedResponse | None:
        """Return the response to a request; of several, each in turn, and then the last again.

        :param fields: the request's body, parsed.
        :param count: counts a request by a digest, and returns how many came so far.
        """
        key = self._key(fields)
        responses = self._responses.get(key)
        if not responses:
            return None
        if len(responses) == 1:
            return responses[0]
        number = count(sha256(key.encode()).hexdigest())
        return responses[min(number, len(responses)) - 1]

    def nearest(self, fields: JSON) -> str:
        """Return in what a request differs from the nearest recorded one, as text.

        It may reach any web page, and has no recorded text, such as a prompt.
        """
        sent = self._with_defaults(fields)
        differences = [_differences(sent, json.loads(key)) for key in self._responses]
        fewest = min(differences, key=len, default=[])
        return (
            f"of {len(differences)} recorded requests, the nearest differs in {', '.join(fewest)}"
        )

    def image(self, name: str, _size: object, _media_type: str) -> Image:
        """Return a recorded image by its file's name.

        :raises FixtureError: when it is not there.
        """
        if name not in self._files:
            raise FixtureError(f"no recording here has an image {name!r}")
        return self._keep(self._files[name])

    def _request_fields(self, recording: Recording) -> JSON:
        """Return the parsed body of a request; None where the request cannot be repeated."""
        request = recording.request
        paths = {path for contract in self._contracts.values() for path in contract.paths}
        if recording.status in _UNREPEATABLE or not request.path.endswith(tuple(paths)):
            return None
        return parse_or_none(request.body)

    def _key(self, fields: JSON) -> str:
        return json.dumps(self._with_defaults(fields), sort_keys=True)

    def _with_defaults(self, fields: JSON) -> JSON:
        """Return a request with the defaults of its model's contract applied."""
        if not isinstance(fields, dict):
            return fields
        model = fields.get("model")
        contract = self._contracts.get(model) if isinstance(model, str) else None
        return contract.arguments(fields) if contract else fields


class RecordedResponse:
    """One recorded response, split at its images.

    :ivar name: the name of its file, percent-encoded for a header.
    :ivar image_refs: its images.
    """

    def __init__(self, recording: Recording) -> None:
        self.name = percent_encoded(os.fsencode(recording.file.name))
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

    def response(self, base64: Callable[[int], Sequence[bytes]], link: Link) -> MockResponse:
        """Return the response.

        :param base64: returns an image's base64 in pieces, by its index.
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


def _valid_recordings(folder: Path) -> Iterator[tuple[Recording, RecordedResponse]]:
    for file in recording_files(folder):
        try:
            recording = load_recording(file)
            yield recording, RecordedResponse(recording)
        except RecordingError as error:
            _log.warning("left out: %s", ascii(str(error))[1:-1])


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
    found = media_type(read_file(image.file, 16)) or PNG.media_type
    return ImageRef("", "", index, image.file.name, 0, 0, media_type=found)


def _read(file: Path) -> Image:
    try:
        data = read_file(file)
    except RecordingError as error:
        raise FixtureError(str(error)) from None
    return Image(file.name, *image_size(data), data, FORMATS.get(media_type(data) or "", PNG))


def _differences(sent: JSON, known: JSON) -> list[str]:
    """Return the fields in which two requests differ, with the values that are no text."""
    if not isinstance(sent, dict) or not isinstance(known, dict):
        return ["everything"]
    return [
        f"{name} (expected {quote(known[name])}, received {quote(sent.get(name))})"
        if isinstance(known.get(name), bool | int | float)
        else name
        for name in sorted(sent.keys() | known.keys())
        if sent.get(name) != known.get(name) or (name in sent) != (name in known)
    ]

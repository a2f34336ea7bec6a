"""Read an exchange that was recorded, or written by hand in the same form."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from mockserver.contracts import Exchange, Request, Response
from mockserver.contracts.schema_loader import check_value
from mockserver.contracts.refs import read_object
from mockserver.errors import ContractError, RecordingError
from mockserver.paths import SCHEMAS
from mockserver.recording.json_strings import map_strings
from mockserver.strict_json import JSON

__all__ = [
    "FORM",
    "RecordedImage",
    "Recording",
    "load_recordings",
    "parse_recording",
    "read_recording",
]

FORM = SCHEMAS / "exchange.schema.json"
"""The schema of a recorded exchange."""


@dataclass(frozen=True, slots=True)
class RecordedImage:
    """What is known of one image of an answer.

    :ivar file: its file; None where the link was not followed to an answer.
    :ivar status: of the answer to its link; None where the body carries the image itself.
    :ivar headers: of the answer to its link.
    :ivar reason: why there is no file.
    """

    file: Path | None
    status: int | None
    headers: Mapping[str, str]
    reason: str

    @property
    def is_linked(self) -> bool:
        """Whether the body holds a link to it, and not the image itself."""
        return self.file is None or self.status is not None

    @property
    def data(self) -> bytes:
        """The bytes of its file.

        :raises RecordingError: when it cannot be read.
        """
        assert self.file is not None
        try:
            return self.file.read_bytes()
        except OSError as error:
            raise RecordingError(f"{self.file}: cannot be read: {error.strerror}") from None


class Recording:
    """A recorded exchange; its images are read when they are asked for.

    :param data: in the form of ``schemas/exchange.schema.json``.
    :param file: where it is from; its images lie beside it.
    """

    def __init__(self, data: Mapping[str, Any], file: Path) -> None:
        self.file = file
        self._data = data

    @property
    def contract(self) -> str | None:
        """The contract that it was held to when it was recorded, if any."""
        return self._data.get("contract")

    @property
    def model(self) -> str | None:
        """The model that was asked for, if any."""
        body = self._data["request"].get("body")
        model = body.get("model") if isinstance(body, dict) else None
        return model if isinstance(model, str) else None

    @cached_property
    def request(self) -> Request:
        """What was sent; what is not written down is nothing, or the plainest."""
        sent = self._data["request"]
        method, url = sent.get("method", "POST"), sent.get("url", "")
        return Request(method, url, sent.get("headers", {}), _bytes(sent, sent.get("body")))

    @property
    def status(self) -> int:
        """The status of the answer."""
        return int(self._data["response"]["status"])

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the answer."""
        return dict(self._data["response"].get("headers", {}))

    @property
    def has_json(self) -> bool:
        """Whether the answer's body is JSON."""
        return "body" in self._data["response"]

    @property
    def body(self) -> JSON:
        """The answer's body, files' names in the place of images; None where it is no JSON."""
        return self._data["response"].get("body")

    @cached_property
    def images(self) -> Mapping[str, RecordedImage]:
        """The images, by JSON pointer into the answer's body."""
        listed = self._data.get("images", {})
        return {at: self._image(about) for at, about in listed.items()}

    def _image(self, about: Mapping[str, Any]) -> RecordedImage:
        name = about.get("file")
        file = self.file.parent / name if name else None
        return RecordedImage(
            file, about.get("status"), about.get("headers", {}), about.get("reason", "")
        )

    def body_bytes(self) -> bytes:
        """Give the answer's body with the images in it, however it was spaced.

        :raises RecordingError: when an image's file cannot be read.
        """
        whole = map_strings(self.body, self._text)
        return _bytes(self._data["response"], whole)

    def _text(self, at: str, text: str) -> str:
        image = self.images.get(at)
        if image is None or image.is_linked:
            return text
        return base64.b64encode(image.data).decode()

    def exchange(self) -> Exchange:
        """Give the whole exchange, what its links led to included.

        :raises RecordingError: when an image's file cannot be read.
        """
        downloads: dict[str, Response | str] = {}

        def note(at: str, text: str) -> str:
            if (image := self.images.get(at)) and image.is_linked:
                downloads[text] = _download(image)
            return text

        map_strings(self.body, note)
        return Exchange(
            self.request, Response(self.status, self.headers, self.body_bytes()), downloads
        )


def _download(image: RecordedImage) -> Response | str:
    if image.file is None:
        return image.reason
    return Response(image.status or 200, image.headers, image.data)


def _bytes(side: Mapping[str, Any], body: JSON) -> bytes:
    if "base64" in side:
        return base64.b64decode(side["base64"])
    if "text" in side:
        return str(side["text"]).encode()
    return json.dumps(body, ensure_ascii=False).encode() if "body" in side else b""


def parse_recording(data: JSON, file: Path) -> Recording:
    """Take a recorded exchange that was read from a file; its images are read later.

    :raises RecordingError: with file and pointer, when it is not what it must be.
    """
    try:
        check_value(data, file, FORM)
    except ContractError as error:
        raise RecordingError(str(error)) from None
    return Recording(data, file)


def read_recording(file: Path) -> Recording:
    """Read a recorded exchange.

    :raises RecordingError: with file and pointer, when it is not what it must be.
    """
    try:
        return parse_recording(read_object(file), file)
    except ContractError as error:
        raise RecordingError(str(error)) from None


def load_recordings(places: Iterable[Path]) -> Iterator[Recording]:
    """Read recorded exchanges, those of a folder by their names.

    :param places: files, or folders with such files.
    :raises RecordingError: when there is none in a place, or one is not what it must be.
    """
    for place in places:
        files = sorted(place.glob("*.json")) if place.is_dir() else [place]
        if not files:
            raise RecordingError(f"{place}: expected recorded exchanges, found no .json file")
        yield from map(read_recording, files)

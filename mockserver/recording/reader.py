"""Read exchanges that were recorded, or written by hand in the same form."""

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
from mockserver.contracts.text import read_object
from mockserver.errors import ContractError, RecordingError
from mockserver.paths import SCHEMAS
from mockserver.recording.json_strings import map_strings, strings
from mockserver.strict_json import JSON

__all__ = ["RecordedImage", "Recording", "load_recordings", "parse_recording"]

_SCHEMA = SCHEMAS / "exchange.schema.json"


@dataclass(frozen=True, slots=True)
class RecordedImage:
    """One image of a recorded response.

    :ivar file: its file; None where its link led to no response.
    :ivar status: of the response to its link; None where the body contains the image itself.
    :ivar headers: of the response to its link.
    :ivar reason: why there is no file.
    """

    file: Path | None
    status: int | None
    headers: Mapping[str, str]
    reason: str

    @property
    def is_linked(self) -> bool:
        """Whether the body contains a link to it, and not the image itself."""
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

    @property
    def download(self) -> Response | str:
        """The response to its link, or the reason why none came."""
        if self.file is None:
            return self.reason
        return Response(self.status or 200, self.headers, self.data)


class Recording:
    """A recorded exchange; its images are read when they are needed.

    :param data: the exchange, valid against ``schemas/exchange.schema.json``.
    :param file: the file that it is from; its images lie beside it.
    """

    def __init__(self, data: Mapping[str, Any], file: Path) -> None:
        self.file = file
        self._data = data
        self._response: Mapping[str, Any] = data["response"]

    @property
    def contract(self) -> str | None:
        """The contract that it was checked against when it was recorded, if any."""
        return self._data.get("contract")

    @property
    def model(self) -> str | None:
        """The model in the request, if any."""
        body = self._data["request"].get("body")
        model = body.get("model") if isinstance(body, dict) else None
        return model if isinstance(model, str) else None

    @cached_property
    def request(self) -> Request:
        """The request; what the file leaves out is empty, and the method POST."""
        sent = self._data["request"]
        method, url = sent.get("method", "POST"), sent.get("url", "")
        return Request(method, url, sent.get("headers", {}), _body(sent, sent.get("body")))

    @property
    def status(self) -> int:
        """The status of the response."""
        return int(self._response["status"])

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the response."""
        return dict(self._response.get("headers", {}))

    @property
    def has_json(self) -> bool:
        """Whether the response's body is JSON."""
        return "body" in self._response

    @property
    def body(self) -> JSON:
        """The response's body with file names instead of images; None where it is no JSON."""
        return self._response.get("body")

    @cached_property
    def images(self) -> Mapping[str, RecordedImage]:
        """The images, by JSON pointer into the response's body."""
        listed = self._data.get("images", {})
        return {pointer: self._image(about) for pointer, about in listed.items()}

    def _image(self, about: Mapping[str, Any]) -> RecordedImage:
        file = self.file.parent / about["file"] if about.get("file") else None
        return RecordedImage(
            file, about.get("status"), about.get("headers", {}), about.get("reason", "")
        )

    def body_bytes(self) -> bytes:
        """Return the response's body with the images in it; its spaces may differ.

        :raises RecordingError: when an image's file cannot be read.
        """
        return _body(self._response, map_strings(self.body, self._image_text))

    def _image_text(self, pointer: str, text: str) -> str:
        image = self.images.get(pointer)
        if image is None or image.is_linked:
            return text
        return base64.b64encode(image.data).decode()

    def exchange(self) -> Exchange:
        """Return the whole exchange with its images.

        :raises RecordingError: when an image's file cannot be read.
        """
        downloads = {
            link: image.download
            for pointer, link in strings(self.body)
            if (image := self.images.get(pointer)) and image.is_linked
        }
        response = Response(self.status, self.headers, self.body_bytes())
        return Exchange(self.request, response, downloads)


def _body(side: Mapping[str, Any], value: JSON) -> bytes:
    if "base64" in side:
        return base64.b64decode(side["base64"])
    if "text" in side:
        return str(side["text"]).encode()
    return json.dumps(value, ensure_ascii=False).encode() if "body" in side else b""


def parse_recording(data: JSON, file: Path) -> Recording:
    """Return the recorded exchange in a file's JSON value; its images are read later.

    :raises RecordingError: with file and pointer, when it is not valid.
    """
    try:
        check_value(data, file, _SCHEMA)
    except ContractError as error:
        raise RecordingError(str(error)) from None
    return Recording(data, file)


def load_recordings(paths: Iterable[Path]) -> Iterator[Recording]:
    """Read recorded exchanges, those of a folder in the order of their names.

    :param paths: files, or folders with such files.
    :raises RecordingError: when a folder has none, or one is not valid.
    """
    for path in paths:
        files = sorted(path.glob("*.json")) if path.is_dir() else [path]
        if not files:
            raise RecordingError(f"{path}: expected recorded exchanges, found no .json file")
        yield from map(_read, files)


def _read(file: Path) -> Recording:
    try:
        data = read_object(file)
    except ContractError as error:
        raise RecordingError(str(error)) from None
    return parse_recording(data, file)

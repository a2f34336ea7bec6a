"""Read exchanges that were recorded, or written by hand in the same form."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mockserver.contracts import Exchange, Request, Response
from mockserver.contracts.schema_loader import check_value
from mockserver.errors import ContractError, RecordingError
from mockserver.paths import SCHEMAS
from mockserver.recording.json_strings import map_strings, strings
from mockserver.strict_json import JSON, JSONTextError, parse, parse_or_none

_SCHEMA = SCHEMAS / "exchange.schema.json"

MAX_HAR_BYTES = 1 << 28
"""The largest HAR file that is read."""

_MAX_FILE_BYTES = 1 << 26
"""The largest recording, and the largest image beside one, that is read."""


@dataclass(frozen=True, slots=True)
class RecordedImage:
    """One image of a recorded response.

    :ivar file: its file; None where its link led to no response.
    :ivar status: of the response to its link; None where the body contains the image itself.
    :ivar headers: of the response to its link.
    :ivar reason: why there is no file.
    :ivar content: the bytes of the file where it is only in memory.
    """

    file: Path | None
    status: int | None
    headers: Mapping[str, str]
    reason: str
    content: bytes | None = None

    @property
    def is_linked(self) -> bool:
        """Whether the body contains a link to it, and not the image itself."""
        return self.file is None or self.status is not None

    def read(self, most: int = -1) -> bytes:
        """Return the bytes of its file.

        :param most: the number of bytes to read; all by default.
        :raises RecordingError: when it cannot be read.
        """
        assert self.file is not None
        if self.content is not None:
            return self.content if most < 0 else self.content[:most]
        return read_file(self.file, most)

    @property
    def download(self) -> Response | str:
        """The response to its link, or the reason why none came."""
        if self.file is None:
            return self.reason
        return Response(self.status or 200, self.headers, self.read())


@dataclass(frozen=True)
class Recording:
    """A recorded exchange; its images are read when they are needed.

    :ivar file: the file that it is from; its images lie beside it.
    :ivar contract: the contract that it was checked against when it was recorded, if any.
    :ivar request: the request; what the file leaves out is empty, and the method POST.
    :ivar body: the response's: JSON with file names instead of images, or else bytes.
    :ivar images: by JSON pointer into the response's body.
    :ivar seconds: how long the response took; 0 where that was not recorded.
    """

    file: Path
    contract: str | None
    request: Request
    status: int
    headers: Mapping[str, str]
    body: JSON
    images: Mapping[str, RecordedImage]
    seconds: float = 0.0

    @property
    def model(self) -> str | None:
        """The model in the request, if any."""
        fields = parse_or_none(self.request.body)
        model = fields.get("model") if isinstance(fields, dict) else None
        return model if isinstance(model, str) else None

    def _image_text(self, pointer: str, text: str) -> str:
        image = self.images.get(pointer)
        if image is None or image.is_linked:
            return text
        return base64.b64encode(image.read()).decode()

    def exchange(self) -> Exchange:
        """Return the whole exchange with its images; the spaces in its JSON may differ.

        :raises RecordingError: when an image's file cannot be read.
        """
        downloads = {
            link: image.download
            for pointer, link in strings(self.body)
            if (image := self.images.get(pointer)) and image.is_linked
        }
        body = _body_bytes(map_strings(self.body, self._image_text))
        response = Response(self.status, self.headers, body, self.seconds)
        return Exchange(self.request, response, downloads)


def parse_recording(data: JSON, file: Path) -> Recording:
    """Return the recorded exchange in a file's JSON value; its images are read later.

    :raises RecordingError: with file and pointer, when it is not valid.
    """
    try:
        check_value(data, file, _SCHEMA)
    except ContractError as error:
        if not error.pointer:
            raise RecordingError(f"{file}: not a recorded exchange: {error.reason}") from None
        raise RecordingError(str(error)) from None
    request, response = data["request"], data["response"]
    try:
        urlsplit(request.get("url", ""))
    except ValueError as error:
        raise RecordingError(f"{file}#/request/url: {error}") from None
    return Recording(
        file,
        data.get("contract"),
        Request(
            request.get("method", "POST"),
            request.get("url", ""),
            request.get("headers", {}),
            _body_bytes(_body(data, "request", file)),
        ),
        int(response["status"]),
        response.get("headers", {}),
        _body(data, "response", file),
        {at: _image(about, file.parent) for at, about in data.get("images", {}).items()},
        response.get("seconds", 0.0),
    )


def _image(about: Mapping[str, Any], folder: Path) -> RecordedImage:
    file = folder / about["file"] if about.get("file") else None
    return RecordedImage(
        file, about.get("status"), about.get("headers", {}), about.get("reason", "")
    )


def _body(data: JSON, name: str, file: Path) -> JSON | bytes:
    side = data[name]
    if "body" in side:
        return side["body"]
    try:
        return (
            base64.b64decode(side["base64"]) if "base64" in side else side.get("text", "").encode()
        )
    except binascii.Error as error:
        raise RecordingError(f"{file}#/{name}/base64: {error}") from None


def _body_bytes(body: JSON) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()


def load_recording(file: Path) -> Recording:
    """Read one recorded exchange.

    :raises RecordingError: when it is not valid.
    """
    try:
        return parse_recording(parse(read_file(file)), file)
    except JSONTextError as error:
        raise RecordingError(f"{file}: {error}") from None


def read_file(file: Path, most: int = -1, *, limit: int = _MAX_FILE_BYTES) -> bytes:
    """Return the bytes of a file; a symbolic link must not lead out of the file's folder.

    :param most: the number of bytes to read; all by default.
    :param limit: the size of the largest file that is read, in bytes.
    :raises RecordingError: when it cannot be read, is too large, or is elsewhere.
    """
    try:
        real = file.resolve()
        if real.exists() and not (real.is_file() and real.is_relative_to(file.parent.resolve())):
            raise RecordingError(f"{file}: expected a regular file in this folder")
        if (size := real.stat().st_size) > limit:
            raise RecordingError(f"{file}: expected at most {limit} bytes, found {size}")
        with real.open("rb") as opened:
            return opened.read(most)
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise RecordingError(f"{file}: cannot be read: {reason}") from None

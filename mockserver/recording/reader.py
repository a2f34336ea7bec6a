"""Read exchanges that were recorded, or written by hand in the same form."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mockserver.contracts import Exchange, Request, Response
from mockserver.contracts.refs import read_object
from mockserver.contracts.schema_loader import check_value
from mockserver.errors import ContractError, RecordingError
from mockserver.paths import SCHEMAS
from mockserver.recording.json_strings import map_strings, strings
from mockserver.strict_json import JSON, parse_or_none

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


@dataclass(frozen=True)
class Recording:
    """A recorded exchange; its images are read when they are needed.

    :ivar file: the file that it is from; its images lie beside it.
    :ivar contract: the contract that it was checked against when it was recorded, if any.
    :ivar request: the request; what the file leaves out is empty, and the method POST.
    :ivar status: of the response.
    :ivar headers: of the response.
    :ivar body: the response's body: JSON with file names instead of images, or else bytes.
    :ivar images: by JSON pointer into the response's body.
    """

    file: Path
    contract: str | None
    request: Request
    status: int
    headers: Mapping[str, str]
    body: JSON
    images: Mapping[str, RecordedImage]

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
        return base64.b64encode(image.data).decode()

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
        return Exchange(self.request, Response(self.status, self.headers, body), downloads)


def parse_recording(data: JSON, file: Path) -> Recording:
    """Return the recorded exchange in a file's JSON value; its images are read later.

    :raises RecordingError: with file and pointer, when it is not valid.
    """
    try:
        check_value(data, file, _SCHEMA)
    except ContractError as error:
        raise RecordingError(str(error)) from None
    request, response = data["request"], data["response"]
    return Recording(
        file,
        data.get("contract"),
        Request(
            request.get("method", "POST"),
            request.get("url", ""),
            request.get("headers", {}),
            _body_bytes(_body(request)),
        ),
        int(response["status"]),
        response.get("headers", {}),
        _body(response),
        {at: _image(about, file.parent) for at, about in data.get("images", {}).items()},
    )


def _image(about: Mapping[str, Any], folder: Path) -> RecordedImage:
    file = folder / about["file"] if about.get("file") else None
    return RecordedImage(
        file, about.get("status"), about.get("headers", {}), about.get("reason", "")
    )


def _body(side: Mapping[str, Any]) -> JSON | bytes:
    if "body" in side:
        return side["body"]
    if "base64" in side:
        return base64.b64decode(side["base64"])
    return str(side.get("text", "")).encode()


def _body_bytes(body: JSON) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()


def load_recordings(paths: Iterable[Path]) -> Iterator[Recording]:
    """Read recorded exchanges, those of a folder in the order of their names.

    :param paths: files, or folders with such files.
    :raises RecordingError: when a folder has none, or one is not valid.
    """
    for path in paths:
        files = sorted(path.glob("*.json")) if path.is_dir() else [path]
        if not files:
            raise RecordingError(f"{path}: expected recorded exchanges, found no .json file")
        for file in files:
            try:
                data = read_object(file)
            except ContractError as error:
                raise RecordingError(str(error)) from None
            yield parse_recording(data, file)

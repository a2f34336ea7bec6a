"""Write exchanges down, without secrets, so that a person can read them."""

from __future__ import annotations

import base64
import binascii
import json
import re
import time
from collections.abc import Callable, Iterable, Mapping
from itertools import count
from pathlib import Path
from threading import Lock

from mockserver.contracts import Exchange, Finding, Request, Response
from mockserver.contracts.error_catalog import timestamp
from mockserver.errors import SettingsError
from mockserver.images import FORMATS
from mockserver.images import inspect as imagefile
from mockserver.recording.json_strings import map_strings
from mockserver.recording.redact import Redactor, key_in_use
from mockserver.strict_json import JSON, JSONTextError, parse

__all__ = ["Recorder"]

_NUMBER = re.compile(r"(\d{4,})-")
_SHORTEST_IMAGE = 64
"""Shorter texts are no image in base64."""


class Recorder:
    """Writes exchanges into a folder, numbered from the last one there.

    :param folder: made when it is not there.
    :param secrets: what must not be written down, besides what looks like a secret.
    :param clock: gives the time that is written down, in seconds since 1970-01-01 UTC.
    :raises SettingsError: when the folder cannot be made.
    """

    def __init__(self, folder: Path, *secrets: str, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._secrets = secrets
        self._clock = clock
        self._lock = Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            taken = [int(found[1]) for file in folder.iterdir() if (found := _number(file))]
        except OSError as error:
            raise SettingsError(f"cannot record into {folder}: {error.strerror}") from None
        self._numbers = count(max(taken, default=0) + 1)

    def write(
        self, exchange: Exchange, contract: str | None = None, findings: Iterable[Finding] = ()
    ) -> Path:
        """Write an exchange down, its images first.

        :param contract: what it was held to.
        :param findings: what is wrong with it.
        :raises SettingsError: when it cannot be written.
        """
        with self._lock:
            number = next(self._numbers)
        redactor = Redactor(*self._secrets, key_in_use(exchange.request))
        page = _RecordingFiles(
            redactor.exchange(exchange), f"{number:04d}-{exchange.response.status}"
        )
        about = {
            **({"contract": contract} if contract else {}),
            "recorded": timestamp(self._clock()),
            **page.data,
            "findings": [f"{f.level} {f.pointer} {f.rule}" for f in findings],
        }
        return self._put(page, json.dumps(about, indent=2, ensure_ascii=False) + "\n")

    def _put(self, page: _RecordingFiles, text: str) -> Path:
        file = self._folder / f"{page.name}.json"
        try:
            for name, data in page.files.items():
                (self._folder / name).write_bytes(data)
            file.write_text(text, encoding="utf-8")
        except OSError as error:
            raise SettingsError(f"cannot record {file}: {error.strerror}") from None
        return file


def _number(file: Path) -> re.Match[str] | None:
    return _NUMBER.match(file.name)


class _RecordingFiles:
    """What is written of one exchange, from which the secrets have been taken.

    :param name: what its files' names begin with.
    :ivar files: the images, by file name.
    :ivar data: the exchange as plain data.
    """

    def __init__(self, clean: Exchange, name: str) -> None:
        self.name = name
        self.files: dict[str, bytes] = {}
        self._downloads = clean.downloads
        self._images: dict[str, Mapping[str, JSON]] = {}
        request, response = clean.request, clean.response
        self.data: dict[str, JSON] = {
            "request": {
                "method": request.method,
                "url": request.url,
                "headers": dict(request.headers),
                **_body(request),
            },
            "response": {
                "status": response.status,
                "headers": dict(response.headers),
                **self._response(response),
            },
            **({"images": self._images} if self._images else {}),
        }

    def _response(self, response: Response) -> dict[str, JSON]:
        written = _body(response)
        if "body" in written:
            written["body"] = map_strings(written["body"], self._text)
        return written

    def _text(self, at: str, text: str) -> str:
        """Put an image's file name in its place, and note down what a link led to."""
        if (came := self._downloads.get(text)) is not None:
            self._images[at] = self._linked(came)
        elif data := _image(text):
            name = self._file(data)
            self._images[at] = {"file": name}
            return name
        return text

    def _linked(self, came: Response | str) -> Mapping[str, JSON]:
        if isinstance(came, str):
            return {"reason": came}
        about = {"status": came.status, "headers": dict(came.headers)}
        return {"file": self._file(came.body), **about}

    def _file(self, data: bytes) -> str:
        kind = FORMATS.get(imagefile.media_type(data) or "")
        name = f"{self.name}-{len(self.files)}.{kind.extension if kind else 'bin'}"
        self.files[name] = data
        return name


def _body(side: Request | Response) -> dict[str, JSON]:
    """Write a body as JSON where it is JSON, else as text, else as base64."""
    if not side.body:
        return {}
    try:
        return {"body": parse(side.body)}
    except JSONTextError:
        pass
    try:
        return {"text": side.body.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(side.body).decode()}


def _image(text: str) -> bytes | None:
    """Decode a text that is an image in base64, if its bytes give back the same text."""
    if len(text) < _SHORTEST_IMAGE:
        return None
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        return None
    is_same = base64.b64encode(data).decode() == text
    return data if imagefile.media_type(data) and is_same else None

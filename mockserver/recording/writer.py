"""Write exchanges as files that a person can read, without secrets."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path

from mockserver.clock import now
from mockserver.contracts import Exchange, Finding, Request, Response
from mockserver.contracts.error_catalog import timestamp
from mockserver.errors import SettingsError
from mockserver.images import FORMATS
from mockserver.images.inspect import media_type
from mockserver.recording.json_strings import StringMap, map_strings, strings
from mockserver.recording.redact import Redactor, key_in_use
from mockserver.recording.response_images import decode_image
from mockserver.strict_json import JSON, JSONTextError, parse, parse_or_none

_NUMBER = re.compile(r"(\d{4,})-")


class Recorder:
    """Writes exchanges into a folder, numbered from the last one there.

    Several recorders, in other processes too, may write into one folder.

    :param folder: made when it does not exist.
    :param secrets: known secrets, besides the key of each request.
    :raises SettingsError: when the folder cannot be made.
    """

    def __init__(self, folder: Path, *secrets: str) -> None:
        self._folder = folder
        self._secrets = secrets
        try:
            folder.mkdir(parents=True, exist_ok=True)
            matches = [_NUMBER.match(file.name) for file in folder.iterdir()]
        except OSError as error:
            raise SettingsError(f"cannot record into {folder}: {error.strerror}") from None
        self._numbers = count(max((int(found[1]) for found in matches if found), default=0) + 1)

    def write(
        self,
        exchange: Exchange,
        contract: str | None = None,
        findings: Iterable[Finding] = (),
        documented: Collection[str] = (),
    ) -> Path:
        """Write an exchange whole, or nothing of it.

        :param contract: the contract that it was checked against.
        :param findings: what is wrong with it.
        :param documented: the headers that the contract documents, in lower case.
        :raises SettingsError: when it cannot be written.
        """
        key = key_in_use(exchange.request.headers.get("authorization", ""))
        redactor = Redactor(*self._secrets, key, documented=documented)
        try:
            number, partial = self._claim()
        except OSError as error:
            raise SettingsError(f"cannot record into {self._folder}: {error.strerror}") from None
        files = RecordingFiles(exchange, redactor, f"{number:04d}-{exchange.response.status}")
        data = {
            **({"contract": contract} if contract else {}),
            "recorded": timestamp(now()),
            **files.data,
            "findings": [f"{f.level} {redactor.text(f.pointer)} {f.rule}" for f in findings],
        }
        text = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
        return self._write(files, text.encode(errors="replace"), partial)

    def _claim(self) -> tuple[int, Path]:
        """Return a number that no recorder has used, and the new file that reserves it."""
        while True:
            number = next(self._numbers)
            partial = self._folder / f"{number:04d}.partial"
            with suppress(FileExistsError):
                partial.touch(exist_ok=False)
                if next(self._folder.glob(f"{number:04d}-*"), None) is None:
                    return number, partial
                partial.unlink()

    def _write(self, files: RecordingFiles, text: bytes, partial: Path) -> Path:
        file = self._folder / f"{files.name}.json"
        try:
            for name, data in files.images.items():
                (self._folder / name).write_bytes(data)
            partial.write_bytes(text)
            partial.rename(file)
        except OSError as error:
            for name in (*files.images, partial.name):
                with suppress(OSError):
                    (self._folder / name).unlink()
            raise SettingsError(f"cannot record {file}: {error.strerror}") from None
        return file


class RecordingFiles:
    """The files of one exchange, from which the secrets have been removed.

    :param name: the beginning of the files' names.
    :ivar images: the images, by file name.
    :ivar data: the exchange as plain data.
    """

    def __init__(self, exchange: Exchange, redactor: Redactor, name: str) -> None:
        self.name = name
        self.images: dict[str, bytes] = {}
        self._redactor = redactor
        self._downloads = exchange.downloads
        self._received = dict(strings(parse_or_none(exchange.response.body)))
        self._links: dict[str, str] = {}
        self._image_data: dict[str, Mapping[str, JSON]] = {}
        request, response = redactor.request(exchange.request), redactor.response(exchange.response)
        seconds = exchange.response.seconds
        self.data: dict[str, JSON] = {
            "request": {
                "method": request.method,
                "url": request.url,
                "headers": dict(request.headers),
                **_body(request, lambda _, text: text),
            },
            "response": {
                "status": response.status,
                **({"seconds": round(seconds, 3)} if seconds else {}),
                "headers": dict(response.headers),
                **_body(response, self._replace_image),
            },
            **({"images": self._image_data} if self._image_data else {}),
        }

    def _replace_image(self, pointer: str, text: str) -> str:
        """Return the file name of an image in base64; keep the image, and that behind a link.

        Links that differ in a secret only get different fragments.
        """
        link = self._received.get(pointer, text)
        download = self._downloads.get(link)
        if download and self._links.setdefault(text, link) != link:
            text = f"{text}#{pointer}"
        if isinstance(download, str):
            self._image_data[pointer] = {"reason": self._redactor.text(download)}
        elif download:
            download = self._redactor.response(download)
            about = {"status": download.status, "headers": dict(download.headers)}
            self._image_data[pointer] = {"file": self._add(download.body), **about}
        elif image := decode_image(text):
            text = self._add(image)
            self._image_data[pointer] = {"file": text}
        return text

    def _add(self, data: bytes) -> str:
        image_format = FORMATS.get(media_type(data) or "")
        extension = image_format.extension if image_format else "bin"
        name = f"{self.name}-{len(self.images)}.{extension}"
        self.images[name] = data
        return name


def _body(side: Request | Response, replace: StringMap) -> dict[str, JSON]:
    """Return a body as JSON, or as text where it is none or too deep, or else as base64."""
    if not side.body:
        return {}
    try:
        return {"body": map_strings(parse(side.body), replace)}
    except JSONTextError:
        pass
    try:
        return {"text": side.body.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(side.body).decode()}

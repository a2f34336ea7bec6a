"""Load exchanges from files and folders: recordings, and HAR 1.2 files of browsers and proxies."""

from __future__ import annotations

import binascii
import logging
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mockserver.contracts import Exchange, Request, Response
from mockserver.contracts.exchange import decoded
from mockserver.contracts.schema_loader import check_value
from mockserver.errors import ContractError, RecordingError
from mockserver.paths import SCHEMAS
from mockserver.recording.reader import (
    MAX_HAR_BYTES,
    Recording,
    load_recording,
    parse_recording,
    read_file,
)
from mockserver.recording.redact import REDACTED, Redactor, key_in_use
from mockserver.recording.response_images import image_links
from mockserver.recording.writer import RecordingFiles
from mockserver.strict_json import JSON, JSONTextError, parse

ENDPOINTS = ("/images/generations",)
"""The ends of the paths of requests for images, by the shipped contracts."""

_SUFFIXES = (".har", ".json")
_SCHEMA = SCHEMAS / "har.schema.json"
_FIRST_STATUS = 200
_NOT_MODIFIED = 304
_UNAUTHORIZED = 401
_OTHER = "with other URLs"
_INCOMPLETE = "without a response, or without a body"
_RECODED = {"content-encoding", "content-length"}
"""Headers about the body as it was sent; most writers decode it."""

_log = logging.getLogger("mockserver")

Entry = tuple[str, Mapping[str, Any]]
"""An entry with its JSON pointer."""


def load_recordings(
    paths: Iterable[Path], endpoints: Collection[str] = ENDPOINTS
) -> Iterator[Recording]:
    """Read recorded exchanges, those of a folder in the order of their names.

    :param paths: files, or folders with such files.
    :param endpoints: the ends of the paths of requests for images, for HAR files.
    :raises RecordingError: when a folder has none, or one is not valid.
    """
    for path in paths:
        for file in recording_files(path):
            yield from recordings_in(file, endpoints)


def recording_files(path: Path, *, may_be_empty: bool = False) -> list[Path]:
    """Return the files of a folder's recorded exchanges in the order of their names.

    :param path: the folder, or one file.
    :raises RecordingError: when there is none, unless it may be empty.
    """
    if path.exists() and not path.is_dir():
        return [path]
    files = sorted(file for file in path.glob("*") if file.suffix in _SUFFIXES)
    if files or may_be_empty:
        return files
    found = "no .json or .har file" if path.exists() else "no such file or folder"
    raise RecordingError(f"{path}: expected recorded exchanges, found {found}")


def recordings_in(file: Path, endpoints: Collection[str]) -> list[Recording]:
    """Return the recorded exchange in a file, or those in a HAR file.

    :raises RecordingError: when the file is not valid.
    """
    if file.suffix != ".har":
        return [load_recording(file)]
    try:
        return parse_har(parse(read_file(file, limit=MAX_HAR_BYTES)), file, endpoints)
    except JSONTextError as error:
        raise RecordingError(f"{file}: {error}") from None


def is_har(value: JSON) -> bool:
    """Return whether a JSON value is that of a HAR file."""
    return isinstance(value, dict) and "log" in value


def parse_har(data: JSON, file: Path, endpoints: Collection[str]) -> list[Recording]:
    """Return the exchanges with an endpoint in a HAR file, without secrets.

    An image that the file has for a link in a response becomes part of its exchange. What is left
    out is counted in the log.

    :param endpoints: the ends of the paths of requests for images.
    :raises RecordingError: with file and pointer, when it is not valid.
    """
    try:
        check_value(data, file, _SCHEMA)
    except ContractError as error:
        raise RecordingError(f"{file}#{error.pointer}: {error.reason}") from None
    left_out: Counter[str] = Counter()
    found: list[Entry] = []
    others: dict[str, Entry] = {}
    for i, values in enumerate(data["log"]["entries"]):
        entry = (f"/log/entries/{i}", values)
        reason = _unusable(values, tuple(endpoints))
        left_out[reason] += 1
        if not reason:
            found.append(entry)
        elif _has_response(values):
            others.setdefault(values["request"]["url"], entry)
    del left_out[""]
    recordings, used = [], set()
    for entry in found:
        exchange = _exchange(entry, file)
        links = [url for url in image_links(exchange.response) if url in others]
        used.update(links)
        downloads = {url: _response(others[url], file) for url in links}
        recordings.append(_recording(replace(exchange, downloads=downloads), file, entry[0]))
    left_out[_OTHER] -= len(used)
    for reason, times in (+left_out).items():
        _log.warning("%s: left out: %s %s", file, times, reason)
    return recordings


def _unusable(values: Mapping[str, Any], endpoints: tuple[str, ...]) -> str:
    """Return why an entry is no exchange with the endpoint; empty where it is one."""
    request = values["request"]
    try:
        path = urlsplit(request["url"]).path.rstrip("/")
    except ValueError:
        path = ""
    if request["method"] != "POST" or not path.endswith(endpoints):
        return _OTHER
    return "" if _is_complete(request.get("postData")) and _has_response(values) else _INCOMPLETE


def _has_response(values: Mapping[str, Any]) -> bool:
    response = values["response"]
    is_final = response["status"] >= _FIRST_STATUS and response["status"] != _NOT_MODIFIED
    return is_final and _is_complete(response.get("content"))


def _is_complete(body: Mapping[str, Any] | None) -> bool:
    """Return whether the writer kept a body; browsers do not keep all of them."""
    body = body or {}
    return body.get("text") is not None or body.get("size") == 0


def _exchange(entry: Entry, file: Path) -> Exchange:
    at, values = entry
    sent = values["request"]
    headers, body = _headers_and_body(sent, "postData", f"{file}#{at}/request")
    if values["response"]["status"] != _UNAUTHORIZED:  # browsers leave the key out
        headers.setdefault("authorization", f"Bearer {REDACTED}")
    request = Request(sent["method"], sent["url"], headers, body)
    return Exchange(request, _response(entry, file))


def _response(entry: Entry, file: Path) -> Response:
    at, values = entry
    received = values["response"]
    headers, body = _headers_and_body(received, "content", f"{file}#{at}/response")
    seconds = max(0.0, values.get("time") or 0) / 1000
    return Response(received["status"], headers, body, seconds)


def _headers_and_body(
    message: Mapping[str, Any], part: str, place: str
) -> tuple[dict[str, str], bytes]:
    """Return headers by name in lower case, those of one name joined, and the decoded body."""
    body = message.get(part) or {}
    headers: dict[str, str] = {}
    for each in message.get("headers", ()):
        name, value = each["name"].lower(), each["value"]
        if not name.startswith(":"):  # HTTP/2 has the request line in such
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    if body.get("mimeType"):
        headers.setdefault("content-type", body["mimeType"])
    text = body.get("text") or ""
    try:
        data = binascii.a2b_base64(text) if body.get("encoding") == "base64" else text.encode()
    except ValueError as error:  # binascii.Error, or a character that is not ASCII
        raise RecordingError(f"{place}/{part}/text: {error}") from None
    plain = decoded(data, headers.get("content-encoding", ""))
    for name in _RECODED:
        headers.pop(name, None)
    return headers, data if plain is None else plain


def _recording(exchange: Exchange, file: Path, at: str) -> Recording:
    """Return an exchange as if it had been recorded, with its images in memory."""
    redactor = Redactor(key_in_use(exchange.request.headers.get("authorization", "")))
    digest = sha256(f"{file}{at}".encode(errors="surrogateescape")).hexdigest()[:16]
    files = RecordingFiles(exchange, redactor, f"har-{digest}")
    index = at.rpartition("/")[2]
    recording = parse_recording(files.data, file.with_name(f"{file.name}#{index}"))
    images = {
        pointer: replace(image, content=files.images[image.file.name]) if image.file else image
        for pointer, image in recording.images.items()
    }
    return replace(recording, images=images)

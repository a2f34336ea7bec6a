"""Load exchanges from files and folders: recordings, and HAR files."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from mockserver.errors import RecordingError
from mockserver.recording.har import parse_har
from mockserver.recording.reader import MAX_HAR_BYTES, Recording, load_recording, read_file
from mockserver.strict_json import JSONTextError, parse

ENDPOINTS = ("/images/generations",)
"""The ends of the paths of requests for images, by the shipped contracts."""

_SUFFIXES = (".har", ".json")


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

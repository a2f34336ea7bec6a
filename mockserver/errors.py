"""The exceptions that the package raises on purpose, and the exit codes of the command line.

MockserverError
├── SettingsError     an option or environment variable has an invalid value
├── AddressError      the address to serve on is not available
├── PlacedError       a part of a file is invalid
│   ├── ContractError     of a file below ``schemas/``
│   └── DocumentError     of an API document, which cannot be imported
│       └── UnreachableError  it cannot be fetched
├── FixtureError      a file below ``fixtures/`` is invalid
├── ImageError        bytes that should be an image are not a complete one
├── RecordingError    a recorded exchange is invalid
└── APIError          a request gets the documented error body
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path


class ExitCode(IntEnum):
    """The exit codes of every command; docs/cli.md says which command ends with which."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    NOTHING_VERIFIED = 3


class MockserverError(Exception):
    """The root of the tree; its text is one clear line for a person.

    :ivar setting: the setting whose value is invalid; empty where it is not known.
    """

    setting = ""


@contextmanager
def naming_setting(name: str) -> Iterator[None]:
    """Set the name of the setting in each error that its value causes."""
    try:
        yield
    except MockserverError as error:
        error.setting = error.setting or name
        raise


class SettingsError(MockserverError):
    """An option or environment variable has an invalid value."""


class AddressError(MockserverError):
    """The address to serve on is not available: in use, not permitted, or unknown."""


class FixtureError(MockserverError):
    """A file below ``fixtures/`` is missing or is not what the manifest says."""


class ImageError(MockserverError):
    """Bytes that should be an image are not a complete, decodable one."""


class RecordingError(MockserverError):
    """A recorded exchange, or an image beside it, is invalid."""


class PlacedError(MockserverError):
    """An error in a file or document.

    :param file: its path or URL, as the user named it.
    :param pointer: where in it, as a JSON pointer (RFC 6901); empty for the whole of it.
    :param reason: what was expected and what came.
    """

    def __init__(self, file: Path | str, pointer: str, reason: str) -> None:
        super().__init__(f"{file}{'#' + pointer if pointer else ''}: {reason}")
        self.file = file
        self.pointer = pointer
        self.reason = reason


class ContractError(PlacedError):
    """A file of a contract is invalid."""

    file: Path


class DocumentError(PlacedError):
    """An API document cannot be imported."""


class UnreachableError(DocumentError):
    """An API document, or the list of documents, cannot be fetched."""


class APIError(MockserverError):
    """A request that gets the documented error body, with this message, instead of images."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = dict(headers or {})

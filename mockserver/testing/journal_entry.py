"""An entry of the mock's journal, as a value with attributes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mockserver.contracts import Finding, Level
from mockserver.strict_json import JSON


@dataclass(frozen=True, slots=True)
class JournalImage:
    """An image of a response: its size in pixels, and the SHA-256 of its file."""

    name: str
    width: int
    height: int
    sha256: str


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A request that the mock has answered.

    :ivar fields: the request's fields as sent; None where the body was not JSON.
    :ivar recording: the file of the recorded response.
    :ivar source: where the response is from: ``recorded``, ``bought``, ``upstream`` (passed on,
        and not recorded) or ``fixture``; None for an error of the mock.
    :ivar message: that of an error response.
    :ivar headers: the request's, by name in lower case, secrets redacted and long ones cut.
    """

    id: str
    time: datetime
    tenant: str
    method: str
    path: str
    contract: str | None
    fields: JSON
    findings: tuple[Finding, ...]
    fault: str | None
    rule: str | None
    variation: str | None
    recording: str | None
    source: str | None
    status: int
    message: str | None
    duration_ms: float
    images: tuple[JournalImage, ...]
    headers: Mapping[str, str]

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> JournalEntry:
        """Return an entry from its JSON form."""
        read = {
            "time": datetime.fromisoformat(entry["time"]),
            "findings": tuple(
                Finding(**{**finding, "level": Level(finding["level"])})
                for finding in entry["findings"]
            ),
            "images": tuple(JournalImage(**image) for image in entry["images"]),
        }
        return cls(**{**entry, **read})

    @property
    def prompt(self) -> JSON:
        """The prompt as sent; None where there was none."""
        return self.field("prompt")

    @property
    def model(self) -> JSON:
        """The model as sent; None where there was none."""
        return self.field("model")

    @property
    def size(self) -> JSON:
        """The size as sent; None where there was none."""
        return self.field("size")

    def field(self, name: str) -> JSON:
        """Return a field of the request as sent; None where there was none."""
        return self.fields.get(name) if isinstance(self.fields, dict) else None

    def __str__(self) -> str:
        fault = f" ({self.fault})" if self.fault else ""
        prompt = f" prompt {self.prompt!r}" if self.prompt else ""
        return f"{self.method} {self.path} {self.status}{fault}{prompt}"

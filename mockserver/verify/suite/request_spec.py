"""A request without the key, so that it can be shown and repeated."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from mockserver.contracts import Contract, Finding, Level, Request
from mockserver.contracts.finding import without_indices
from mockserver.recording.redact import REDACTED
from mockserver.strict_json import JSON

KEY = "$AIMLAPI_KEY"
"""The placeholder for the key in everything that is printed."""

STATUS = "/response/status"

Headers: TypeAlias = tuple[tuple[str, str], ...]
"""Headers as pairs of name and value."""


@dataclass(frozen=True, slots=True)
class RequestSpec:
    """One request, and the status that it has to get.

    :ivar authorization: the header's value, with ``$AIMLAPI_KEY`` for the key; None sends none.
    :ivar other_path: instead of the contract's; empty for that.
    """

    contract: Contract
    body: bytes
    expected_status: int
    authorization: str | None = f"Bearer {KEY}"
    other_path: str = ""
    more: Headers = ()

    @property
    def path(self) -> str:
        return self.other_path or self.contract.path

    @property
    def is_valid(self) -> bool:
        return self.expected_status == self.contract.success

    @property
    def headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json", **dict(self.more)}
        if self.authorization is not None:
            headers["Authorization"] = self.authorization
        return headers

    def request(self) -> Request:
        """Convert to a Request with a placeholder for the key."""
        return Request(self.contract.method, self.path, self.headers, self.body)

    def headers_with(self, key: str) -> dict[str, str]:
        return {name: value.replace(KEY, key) for name, value in self.headers.items()}

    def curl(self, base: str, more: Iterable[str] = ()) -> str:
        """Return the shell command that repeats it; the shell inserts the key.

        :param more: the names of further headers, whose values are left to the reader.
        """
        shown = {**self.headers, **dict.fromkeys(more, REDACTED)}
        headers = " ".join(f'-H "{name}: {value}"' for name, value in shown.items())
        command = f"curl -sS -X {self.contract.method} {shlex.quote(base + self.path)} {headers}"
        try:
            return f"{command} --data-binary {shlex.quote(self.body.decode())}"
        except UnicodeDecodeError:
            octets = "".join(f"\\{byte:03o}" for byte in self.body)
            return f"printf '{octets}' | {command} --data-binary @-"


@dataclass(frozen=True, slots=True)
class Case:
    """Requests as one case of a test, and what is checked in their responses.

    :ivar level: of what is checked; None for all.
    :ivar pointer: of the only place that is checked, a JSON pointer into the exchange, in which
        ``0`` stands for every index; empty for all.
    """

    label: str
    request_specs: Sequence[RequestSpec] = field(repr=False)
    level: Level | None = None
    pointer: str = ""

    @property
    def id(self) -> str:
        return f"{self.level or Level.DOCUMENTED}-{self.label}"

    def holds(self, finding: Finding) -> bool:
        """Return whether a finding is checked; no response at all is about the status."""
        place = STATUS if finding.pointer == "/response" else without_indices(finding.pointer)
        return self.level in (None, finding.level) and self.pointer in ("", place)


def valid_spec(contract: Contract, body: JSON, more: Headers = ()) -> RequestSpec:
    return RequestSpec(contract, json_text(body), contract.success, more=more)


def json_text(body: JSON) -> bytes:
    """Encode a body as JSON, without escapes for characters beyond ASCII."""
    return json.dumps(body, ensure_ascii=False).encode()

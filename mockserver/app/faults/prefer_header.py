"""Faults that a request selects by its ``Prefer`` header (RFC 7240)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mockserver.app.faults.catalog import read_fault
from mockserver.app.faults.fault import Fault
from mockserver.app.latency import Duration, parse_duration
from mockserver.app.matching import CONDITIONS
from mockserver.errors import SettingsError
from mockserver.strict_json import JSON

APPLIED = "Preference-Applied"
WARNING = "X-Mock-Warning"
"""Project-defined: the header that names the preferences that are not applied."""

_LONGEST = 2000
"""The most characters of preferences that are read; the warning about more would be as long."""

_PARTS = {mark: re.compile(rf"""(?:[^"{mark}]|"(?:[^"\\]|\\.)*"|")+""", re.DOTALL) for mark in ",;"}
"""The text between commas, or between semicolons, outside of quoted strings."""

_WORD = re.compile(
    r"""\s*([\w!#$%&'*+.^`|~-]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))\s*)?""", re.ASCII
)
"""A preference or one of its parameters (RFC 7240, section 2)."""


@dataclass(slots=True)
class Preferences:
    """What a request prefers.

    :ivar fault: the fault that is to happen.
    :ivar delay: how long the response is to wait.
    :ivar applied: the preferences that are applied, for ``Preference-Applied``.
    :ivar unknown: the preferences that are not applied, and why.
    """

    fault: Fault | None = None
    delay: Duration | None = None
    applied: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def headers(self) -> dict[str, str]:
        """Return the headers about what is applied (RFC 7240) and what is not (project-defined)."""
        applied = {APPLIED: ", ".join(self.applied)} if self.applied else {}
        warning = " | ".join(self.unknown).encode("ascii", "backslashreplace").decode()
        return applied | ({WARNING: warning} if warning else {})


def read_preferences(header: str) -> Preferences:
    """Parse a ``Prefer`` header; a preference that cannot be applied becomes a warning.

    :param header: such as ``code=429``, ``delay=2.5`` or ``fault=drop-field; pointer="/data"``.
    """
    preferences = Preferences()
    if len(header) > _LONGEST:
        preferences.unknown.append(f"{header[:40]}…: expected at most {_LONGEST} characters")
        return preferences
    for name, value, parameters in _preferences(header):
        text = f"{name}={value}" if value else name
        try:
            _apply(preferences, name, value, parameters)
            preferences.applied.append(text)
        except SettingsError as error:
            preferences.unknown.append(f"{text}: {error}")
    return preferences


def _preferences(header: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield the name, value and parameters of each preference.

    A part may be empty (RFC 9110, section 5.6.1); a malformed one is its own name as a whole.
    """
    for element in _parts(header, ","):
        words = [_WORD.fullmatch(part) for part in _parts(element, ";")]
        read = [_read(word) for word in words if word]
        if len(read) < len(words):
            yield element, "", {}
        elif read:
            (name, value), *parameters = read
            yield name, value, dict(parameters)


def _parts(text: str, mark: str) -> list[str]:
    found: list[str] = _PARTS[mark].findall(text)
    return [part.strip() for part in found if part.strip()]


def _read(word: re.Match[str]) -> tuple[str, str]:
    name, quoted, token = word.groups()
    return name.lower(), re.sub(r"\\(.)", r"\1", quoted) if quoted else token or ""


def _apply(preferences: Preferences, name: str, value: str, parameters: Mapping[str, str]) -> None:
    if name == "delay":
        if preferences.delay is not None:
            raise SettingsError("one delay a request; the first one is followed")
        preferences.delay = parse_duration(value)
    elif name not in {"code", "fault"}:
        raise SettingsError("expected code, delay or fault")
    elif preferences.fault is not None:
        raise SettingsError("one fault a request; the first one is followed")
    elif unsupported := sorted(CONDITIONS & parameters.keys()):
        raise SettingsError(f"{', '.join(unsupported)}: the fault happens to this request alone")
    else:
        what = {"fault": value} if name == "fault" else {"status": _whole(value)}
        given = {k: _whole(v) if k == "status" else v for k, v in parameters.items()}
        preferences.fault = read_fault({**what, **given})


def _whole(value: str) -> JSON:
    return int(value) if value.isdecimal() else value

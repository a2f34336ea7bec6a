"""Faults that a request asks for itself, by the ``Prefer`` header (RFC 7240)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mockserver.app.duration import Duration, parse_duration
from mockserver.app.faults.catalog import make_behavior
from mockserver.app.faults.fault import WHEN, Fault
from mockserver.errors import SettingsError
from mockserver.strict_json import JSON

__all__ = ["APPLIED", "WARNING", "Preferences", "read_preferences"]

APPLIED = "Preference-Applied"
WARNING = "X-Mock-Warning"
"""Ours: the header that names the preferences that are not followed."""

_LONGEST = 2000
"""How many characters of preferences are read; more would come back in a header as long."""

_PARTS = {mark: re.compile(rf"""(?:[^"{mark}]|"(?:[^"\\]|\\.)*"|")+""", re.DOTALL) for mark in ",;"}
"""What stands between commas, or between semicolons, outside of quoted strings."""

_WORD = re.compile(
    r"""\s*([\w!#$%&'*+.^`|~-]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))\s*)?""", re.ASCII
)
"""A preference or one of its parameters (RFC 7240, section 2)."""


@dataclass(slots=True)
class Preferences:
    """What a request prefers.

    :ivar fault: what is to go wrong.
    :ivar delay: how long the answer is to keep waiting.
    :ivar applied: the preferences that are followed, for ``Preference-Applied``.
    :ivar unknown: what is not followed, and why.
    """

    fault: Fault | None = None
    delay: Duration | None = None
    applied: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def headers(self) -> dict[str, str]:
        """Give the headers that tell what is followed (RFC 7240) and what is not (ours)."""
        followed = {APPLIED: ", ".join(self.applied)} if self.applied else {}
        warning = " | ".join(self.unknown).encode("ascii", "backslashreplace").decode()
        return followed | ({WARNING: warning} if warning else {})


def read_preferences(header: str) -> Preferences:
    """Read a ``Prefer`` header; what cannot be followed is named, not dropped.

    :param header: such as ``code=429``, ``delay=2.5`` or ``fault=drop-field; pointer="/data"``.
    """
    preferences = Preferences()
    if len(header) > _LONGEST:
        preferences.unknown.append(f"{header[:40]}…: expected at most {_LONGEST} characters")
        return preferences
    for name, value, parameters in _preferences(header):
        said = f"{name}={value}" if value else name
        try:
            _follow(preferences, name, value, parameters)
            preferences.applied.append(said)
        except SettingsError as error:
            preferences.unknown.append(f"{said}: {error}")
    return preferences


def _preferences(header: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Take a header apart: name, value and parameters of each preference.

    A part may be empty (RFC 9110, section 5.6.1); one that cannot be read is named as a whole.
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


def _follow(found: Preferences, name: str, value: str, parameters: Mapping[str, str]) -> None:
    if name == "delay":
        if found.delay is not None:
            raise SettingsError("one delay a request; the first one is followed")
        found.delay = parse_duration(value)
    elif name not in {"code", "fault"}:
        raise SettingsError("expected code, delay or fault")
    elif found.fault is not None:
        raise SettingsError("one fault a request; the first one is followed")
    elif waiting := sorted(WHEN & parameters.keys()):
        raise SettingsError(f"{', '.join(waiting)}: the fault happens to this request alone")
    else:
        what = {"fault": value} if name == "fault" else {"status": _whole(value)}
        fault = Fault.of({**what, **parameters})
        make_behavior(fault)
        found.fault = fault


def _whole(value: str) -> JSON:
    return int(value) if value.isdecimal() else value

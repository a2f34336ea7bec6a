"""Strict JSON text: what RFC 8259 allows and every client can read, nothing more."""

from __future__ import annotations

import json
import math
from codecs import BOM_UTF8
from typing import Any, NoReturn, TypeAlias

JSON: TypeAlias = Any
"""A parsed JSON value of any type."""

_MAX_DEPTH = 128
"""The most levels of nesting. Python follows about 1000 calls, and some readers make 3 a level."""

_TOO_DEEP = f"Expected at most {_MAX_DEPTH} levels of nesting"


class JSONTextError(ValueError):
    """Bytes that are not strict JSON; the text says what was expected and what came."""


def parse(text: bytes) -> JSON:
    """Parse one JSON text.

    Stricter than :func:`json.loads`: UTF-8 only, no ``NaN`` or ``Infinity``, no number beyond a
    double, no lone surrogate, and no more levels of nesting than all that reads the value can
    follow. A byte order mark before it is ignored (RFC 8259, section 8.1), since PowerShell writes
    one.

    :param text: the bytes of the body of a request or a response.
    :raises JSONTextError: when the bytes are anything else.
    """
    try:
        value = _DECODER.decode(text.removeprefix(BOM_UTF8).decode())
        if _is_too_deep(value, text):
            raise JSONTextError(_TOO_DEEP)
        if b"\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        byte = f"byte 0x{error.object[error.start]:02x} at {error.start}"
        raise JSONTextError(f"Expected UTF-8, received {byte}") from None
    except UnicodeEncodeError:
        raise JSONTextError("Expected Unicode characters, received a lone surrogate") from None
    except RecursionError:
        raise JSONTextError(_TOO_DEEP) from None
    except json.JSONDecodeError as error:
        raise JSONTextError(_explain(text, error)) from None
    return value


def parse_or_none(text: bytes) -> JSON:
    """Parse one JSON text as :func:`parse` does; return None where it is none."""
    try:
        return parse(text)
    except JSONTextError:
        return None


def _is_too_deep(value: JSON, text: bytes) -> bool:
    if text.count(b"{") + text.count(b"[") <= _MAX_DEPTH:
        return False
    level = [value]
    for _ in range(_MAX_DEPTH):
        members = (part.values() if isinstance(part, dict) else part for part in level)
        level = [part for group in members for part in group if isinstance(part, dict | list)]
    return bool(level)


def _explain(text: bytes, error: json.JSONDecodeError) -> str:
    if not text.strip():
        return "Expected a JSON object, received an empty body"
    return f"Expected JSON, but at line {error.lineno} column {error.colno}: {error.msg}"


def _float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise JSONTextError(f"Expected a number within a double's range, received {text[:40]}")
    return value


def _int(text: str) -> int:
    _float(text)
    return int(text)


def _refuse_constant(name: str) -> NoReturn:
    raise JSONTextError(f"Expected a JSON value, received {name}")


_DECODER = json.JSONDecoder(parse_float=_float, parse_int=_int, parse_constant=_refuse_constant)

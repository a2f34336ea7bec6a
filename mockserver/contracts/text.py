"""Read the JSON files below ``schemas/``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mockserver.errors import ContractError
from mockserver.strict_json import JSONTextError, parse

__all__ = ["read_object"]


def read_object(file: Path) -> dict[str, Any]:
    """Read a file that holds one JSON object.

    :raises ContractError: when it cannot be read, is no JSON, or holds something else.
    """
    try:
        value = parse(file.read_bytes())
    except OSError as error:
        raise ContractError(file, "", f"cannot be read: {error.strerror}") from None
    except JSONTextError as error:
        raise ContractError(file, "", str(error)) from None
    if not isinstance(value, dict):
        raise ContractError(file, "", "expected a JSON object")
    return value

"""Read a user's file of TOML or JSON that a project-defined schema describes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from mockserver.contracts.finding import Finding, Level
from mockserver.contracts.json_schema import validator
from mockserver.contracts.messages import findings_from_errors
from mockserver.contracts.schema_loader import read_schema
from mockserver.errors import SettingsError
from mockserver.paths import SCHEMAS
from mockserver.strict_json import JSON, parse


def read_data_file(file: Path, schema: str) -> Any:  # noqa: ANN401
    """Return what a file holds: JSON where its name ends with ``.json``, else TOML.

    :param schema: the name of a file below ``schemas/``.
    :raises SettingsError: with the file and the pointer of the first error.
    """
    data = _parsed(file)
    found = schema_findings(data, schema)
    # A misspelt name is also missing, but only its own error names it.
    for first in sorted(found, key=lambda each: each.rule != "additionalProperties"):
        raise SettingsError(f"{file}#{first.pointer}: {first.words}")
    return data


def schema_findings(data: JSON, schema: str) -> list[Finding]:
    """Return what a value breaks in a schema, by its name below ``schemas/``."""
    return findings_from_errors(_validator(schema).iter_errors(data), Level.DOCUMENTED, "")


@cache
def _validator(schema: str) -> Draft202012Validator:
    return validator(read_schema(SCHEMAS / schema))


@contextmanager
def naming_place(
    place: str, errors: tuple[type[Exception], ...] = (SettingsError,)
) -> Iterator[None]:
    """Put the place of an error before its message, such as ``/rules/0``.

    :param errors: those that become a SettingsError.
    """
    try:
        yield
    except errors as error:
        raise SettingsError(f"{place}{error}") from None


def _parsed(file: Path) -> JSON:
    try:
        if file.suffix == ".json":
            return parse(file.read_bytes())
        import tomllib  # a start without such a file does without it

        toml = tomllib.loads(file.read_text(encoding="utf-8-sig"))
        return parse(json.dumps(toml, default=_refuse).encode())
    except OSError as error:
        raise SettingsError(f"{file}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{file}: {error}") from None


def _refuse(value: object) -> JSON:
    """Refuse a value of TOML that JSON does not have."""
    raise ValueError(f"expected no date or time but as text, received {value}")

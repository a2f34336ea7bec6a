"""What a request orders: how many pictures, how large, and how they are handed over."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mockserver.contract.schema import Schema
from mockserver.jsontext import JSON

__all__ = ["Order", "defaults_of", "with_defaults"]

_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})")


@dataclass(frozen=True, slots=True)
class Order:
    """The pictures that a valid request asks for; sizes in pixels."""

    prompt: str
    count: int
    width: int
    height: int
    as_base64: bool

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> Order:
        """Read the order from a valid request's fields, defaults applied."""
        size = _SIZE.fullmatch(str(arguments.get("size", "1024x1024")))
        width, height = (int(side) for side in size.groups()) if size else (1024, 1024)
        return cls(
            prompt=arguments["prompt"],
            count=int(arguments.get("n", 1)),
            width=width,
            height=height,
            as_base64=arguments.get("response_format") == "b64_json",
        )


def defaults_of(*schemas: Schema) -> dict[str, Any]:
    """Collect the fields' defaults; the first schema that gives one is right."""
    defaults: dict[str, Any] = {}
    for schema in reversed(schemas):
        fields = schema.get("properties", {})
        defaults |= {name: f["default"] for name, f in fields.items() if "default" in f}
    return defaults


def with_defaults(body: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Apply the documented defaults to what is left out or null, and write whole numbers whole."""
    given = {
        name: value for name, value in body.items() if value is not None or name not in defaults
    }
    return {name: _whole(value) for name, value in {**defaults, **given}.items()}


def _whole(value: JSON) -> JSON:
    return int(value) if isinstance(value, float) and value.is_integer() else value

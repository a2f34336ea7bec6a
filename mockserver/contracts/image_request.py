"""What a request orders: how many images, how large, of which kind, and how handed over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mockserver.contracts.image_size import resolve_size
from mockserver.contracts.schema_loader import Schema
from mockserver.contracts.vocabulary import Vocabulary, vocabulary
from mockserver.strict_json import JSON

__all__ = ["ImageRequest", "defaults_of", "with_defaults"]


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """The images that a valid request asks for; sizes in pixels.

    :ivar media_type: the kind of file, such as ``image/webp``; None where nothing asks for one.
    """

    prompt: str
    count: int
    width: int
    height: int
    as_base64: bool
    media_type: str | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any], defaults: Mapping[str, Any]) -> ImageRequest:
        """Read the order from a valid request's fields.

        :param given: those that the request has itself.
        :param defaults: what the others stand for.
        """
        known = vocabulary()
        width, height = resolve_size(given, defaults, known)
        prompt = {**defaults, **given}.get("prompt")
        return cls(
            prompt=prompt if isinstance(prompt, str) else "",
            count=_count(known, given, defaults),
            width=width,
            height=height,
            as_base64=_named("handover", known.deliveries, given, defaults) == "base64",
            media_type=_named("format", known.formats, given, defaults),
        )


def _count(known: Vocabulary, *layers: Mapping[str, JSON]) -> int:
    told = [value for fields in layers for value in known.values_for("count", fields)]
    numbers = (n for n in told if isinstance(n, int | float) and not isinstance(n, bool))
    return max(0, int(next(numbers, 1)))


def _named(meaning: str, names: Mapping[str, str], *layers: Mapping[str, JSON]) -> str | None:
    """Give what the first field stands for that holds one of the names."""
    for fields in layers:
        for value in vocabulary().values_for(meaning, fields):
            if isinstance(value, str) and value.lower() in names:
                return names[value.lower()]
    return None


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

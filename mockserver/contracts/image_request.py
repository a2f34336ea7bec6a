"""The images that a request wants: how many, how large, in which format, how delivered.

``terms.json`` has the fields that describe them, and the meaning of their values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from mockserver.contracts.schema_loader import read_checked
from mockserver.images import Size
from mockserver.paths import SCHEMAS
from mockserver.strict_json import JSON

_SIZE = re.compile(r"(\d{1,9})\s*[xX*]\s*(\d{1,9})")
_RATIO = re.compile(r"(\d{1,6})(?:\.(\d{1,3}))?:(\d{1,6})(?:\.(\d{1,3}))?")


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """The images that a valid request wants; sizes in pixels.

    :ivar media_type: the format, such as ``image/webp``; None where no field names one.
    """

    count: int
    width: int
    height: int
    as_base64: bool
    media_type: str | None = None

    @classmethod
    def of(cls, given: Mapping[str, JSON], defaults: Mapping[str, JSON]) -> ImageRequest:
        """Read the fields of a valid request.

        The request's own fields go before any default; width and height before a size, and a size
        before a ratio or resolution. A value that ``terms.json`` does not have is ignored.

        :param given: the request's own fields.
        :param defaults: the values of the fields that it leaves out.
        """
        whole, most = {**defaults, **given}, terms()["max_side"]
        size = _named_size(given, whole) or _named_size(defaults, whole) or _default_size()
        width, height = _scaled(size, most) if max(size) > most else size
        counts = numbers_for("count", given) or numbers_for("count", defaults)
        return cls(
            count=counts[0] if counts else 1,
            width=width,
            height=height,
            as_base64=(delivery(given) or delivery(defaults)) == "base64",
            media_type=_format(given) or _format(defaults),
        )


@cache
def terms() -> dict[str, Any]:
    """Return ``terms.json``; ``terms.schema.json`` describes it.

    :raises ContractError: when it is not what it must be.
    """
    return read_checked(SCHEMAS / "terms.json", SCHEMAS / "terms.schema.json")


def values_for(meaning: str, fields: Mapping[str, JSON]) -> list[JSON]:
    """Return the values of the fields with a meaning, except null."""
    names = terms()["fields"][meaning]
    return [value for name in names if (value := fields.get(name)) is not None]


def numbers_for(meaning: str, fields: Mapping[str, JSON]) -> list[int]:
    """Return the numbers in the fields with a meaning: whole, at least 0."""
    return [
        max(0, int(value))
        for value in values_for(meaning, fields)
        if isinstance(value, int | float) and not isinstance(value, bool)
    ]


def resolution(value: JSON) -> int | None:
    """Return the longer side of a named resolution, in pixels."""
    is_name = isinstance(value, str | int) and not isinstance(value, bool)
    return terms()["resolutions"].get(str(value).upper()) if is_name else None


def delivery(fields: Mapping[str, JSON]) -> str | None:
    """Return how the first field that chooses a delivery delivers an image, if one does.

    :returns: ``link`` or ``base64``.
    """
    known = terms()
    for name in known["fields"]["delivery"]:
        value = fields.get(name)
        names: dict[str, str] = known["switches"].get(name, known["deliveries"])
        if isinstance(value, str | bool) and (found := names.get(str(value).lower())):
            return found
    return None


def names_size(name: str, value: JSON) -> bool:
    """Return whether a size is read from a field with this value."""
    alone = {name: value}
    return _named_size(alone, alone) is not None


def _format(fields: Mapping[str, JSON]) -> str | None:
    formats: dict[str, str] = terms()["formats"]
    names = (value.lower() for value in values_for("format", fields) if isinstance(value, str))
    return next((formats[name] for name in names if name in formats), None)


def _named_size(fields: Mapping[str, JSON], whole: Mapping[str, JSON]) -> Size | None:
    """Return the size that some of a request's fields name.

    :param whole: all its fields, defaults applied; they complete what one field leaves open.
    """
    sized = _squared(_sides(whole)) if any(_sides(fields)) else None
    values = [*values_for("size", fields), *values_for("resolution", fields)]
    return (
        sized
        or next(filter(None, (_size(value, whole) for value in values)), None)
        or (_with_longer_side(None, whole) if _ratio(fields) else None)
    )


def _sides(fields: Mapping[str, JSON]) -> Size:
    """Return width and height; 0 for one that is missing."""
    widths, heights = numbers_for("width", fields), numbers_for("height", fields)
    return next(filter(None, widths), 0), next(filter(None, heights), 0)


def _size(value: JSON, whole: Mapping[str, JSON]) -> Size | None:
    if isinstance(value, dict):
        return _squared(_sides(value))
    if longer := resolution(value):
        return _with_longer_side(longer, whole)
    if not isinstance(value, str):
        return None
    if found := _SIZE.fullmatch(value.strip()):
        sides = int(found[1]), int(found[2])
        return sides if all(sides) else None
    return _preset(value)


def _preset(value: JSON) -> Size | None:
    width, height = terms()["sizes"].get(value, (0, 0)) if isinstance(value, str) else (0, 0)
    return (width, height) if width else None


def _default_size() -> Size:
    width, height = terms()["default_size"]
    return width, height


def _with_longer_side(longer: int | None, whole: Mapping[str, JSON]) -> Size:
    """Return the request's ratio with a longer side, which is the request's unless given."""
    known = map(resolution, values_for("resolution", whole))
    longer = longer or next(filter(None, known), max(_default_size()))
    return _scaled(_ratio(whole) or (1, 1), longer)


def _ratio(fields: Mapping[str, JSON]) -> Size | None:
    for value in values_for("ratio", fields):
        found = _RATIO.fullmatch(value) if isinstance(value, str) else None
        if found and all(ratio := _whole_ratio(*found.groups(""))):
            return ratio
        if preset := _preset(value):
            return preset
    return None


def _squared(size: Size) -> Size | None:
    """Return a size whose missing side equals the other; None where both are missing."""
    width, height = size
    return (width or height, height or width) if width or height else None


def _whole_ratio(width: str, decimals: str, height: str, other_decimals: str) -> Size:
    """Return a ratio such as 1.91:1 in whole numbers."""
    places = max(len(decimals), len(other_decimals))
    return int(width + decimals.ljust(places, "0")), int(height + other_decimals.ljust(places, "0"))


def _scaled(size: Size, longer: int) -> Size:
    """Return a size of the same proportions with this longer side."""
    width, height = size
    return max(1, width * longer // max(size)), max(1, height * longer // max(size))

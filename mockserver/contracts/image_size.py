"""How large the images are that a request asks for, in whatever words it asks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mockserver.contracts.vocabulary import Pixels, Vocabulary
from mockserver.strict_json import JSON

__all__ = ["names_size", "resolve_size"]

_SIZE = re.compile(r"(\d{1,9})\s*[xX*]\s*(\d{1,9})")
_RATIO = re.compile(r"(\d{1,6})(?:\.(\d{1,3}))?:(\d{1,6})(?:\.(\d{1,3}))?")


def resolve_size(
    given: Mapping[str, JSON], defaults: Mapping[str, JSON], vocabulary: Vocabulary
) -> Pixels:
    """Say how large a request wants its images.

    What the request says itself is right before any default; sides before a size, and a size before
    a ratio or resolution. A value that the terms do not know says nothing.

    :param given: the request's own fields.
    :param defaults: what the fields that it leaves out stand for.
    """
    measure = _Measure({**defaults, **given}, vocabulary)
    for fields in (given, defaults):
        if (
            pixels := measure.by_sides(fields)
            or measure.by_size(fields)
            or measure.by_ratio_or_resolution(fields)
        ):
            return _bounded(pixels, vocabulary.most)
    return vocabulary.usual


def names_size(name: str, value: JSON, vocabulary: Vocabulary) -> bool:
    """Tell whether a value says something of a size, as far as the terms know."""
    alone = {name: value}
    measure = _Measure(alone, vocabulary)
    return any(
        (measure.by_sides(alone), measure.by_size(alone), measure.by_ratio_or_resolution(alone))
    )


@dataclass(frozen=True, slots=True)
class _Measure:
    """The ways in which a size can be said.

    :ivar whole: the request's fields, defaults applied: what one field leaves open, another says.
    """

    whole: Mapping[str, JSON]
    vocabulary: Vocabulary

    def by_sides(self, fields: Mapping[str, JSON]) -> Pixels | None:
        """Read the fields that hold one side each; a side that nothing tells equals the other."""
        if not any(_sides(self.vocabulary, fields)):
            return None
        width, height = _sides(self.vocabulary, self.whole)
        one = width or height
        return (width or one, height or one) if one else None

    def by_size(self, fields: Mapping[str, JSON]) -> Pixels | None:
        """Read the fields that hold width and height together."""
        for value in self.vocabulary.values_for("size", fields):
            if pixels := self._size(value):
                return pixels
        return None

    def by_ratio_or_resolution(self, fields: Mapping[str, JSON]) -> Pixels | None:
        """Read the fields that hold a ratio, a resolution, or both."""
        for value in self.vocabulary.values_for("resolution", fields):
            if pixels := self._size(value):
                return pixels
        return self._formed(None) if self._ratio(fields) else None

    def _size(self, value: JSON) -> Pixels | None:
        if isinstance(value, dict):
            width, height = _sides(self.vocabulary, value)
            return (width, height) if width and height else None
        if not isinstance(value, str):
            return None
        if found := _SIZE.fullmatch(value.strip()):
            width, height = (int(side) for side in found.groups())
            return (width, height) if width and height else None
        if self.vocabulary.resolution(value):
            return self._formed(self.vocabulary.resolution(value))
        return self.vocabulary.sizes.get(value)

    def _formed(self, longer: int | None) -> Pixels:
        """Give the ratio that the request tells the longer side that it tells."""
        known = map(
            self.vocabulary.resolution, self.vocabulary.values_for("resolution", self.whole)
        )
        longer = longer or next(filter(None, known), max(self.vocabulary.usual))
        return _scaled(self._ratio(self.whole) or (1, 1), longer)

    def _ratio(self, fields: Mapping[str, JSON]) -> Pixels | None:
        for value in self.vocabulary.values_for("ratio", fields):
            found = _RATIO.fullmatch(value) if isinstance(value, str) else None
            if found and all(ratio := _whole_ratio(*found.groups(""))):
                return ratio
            if value in self.vocabulary.sizes:
                return self.vocabulary.sizes[value]
        return None


def _whole_ratio(width: str, tenths: str, height: str, other_tenths: str) -> Pixels:
    """Write a ratio such as 1.91:1 in whole numbers."""
    places = max(len(tenths), len(other_tenths))
    return int(width + tenths.ljust(places, "0")), int(height + other_tenths.ljust(places, "0"))


def _sides(vocabulary: Vocabulary, fields: Mapping[str, JSON]) -> tuple[int, int]:
    """Give the sides in pixels; 0 for one that is not told."""
    width, height = (
        next(filter(None, map(_side, vocabulary.values_for(side, fields))), 0)
        for side in ("width", "height")
    )
    return width, height


def _side(value: JSON) -> int:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return max(0, int(value)) if is_number else 0


def _scaled(size: Pixels, longer: int) -> Pixels:
    width, height = size
    most = max(size)
    return max(1, width * longer // most), max(1, height * longer // most)


def _bounded(size: Pixels, most: int) -> Pixels:
    """Keep the proportions of what is too large to be made."""
    return _scaled(size, most) if max(size) > most else size

"""The size of the images of a request, by any of the documented fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from mockserver.contracts.vocabulary import Vocabulary, vocabulary
from mockserver.images import Size
from mockserver.strict_json import JSON

_SIZE = re.compile(r"(\d{1,9})\s*[xX*]\s*(\d{1,9})")
_RATIO = re.compile(r"(\d{1,6})(?:\.(\d{1,3}))?:(\d{1,6})(?:\.(\d{1,3}))?")


def resolve_size(given: Mapping[str, JSON], defaults: Mapping[str, JSON]) -> Size:
    """Return the size of the images of a request.

    The request's own fields go before any default; width and height before a size, and a size
    before a ratio or resolution. A value that the vocabulary does not have is ignored.

    :param given: the request's own fields.
    :param defaults: the values of the fields that it leaves out.
    """
    known = vocabulary()
    resolver = _Resolver({**defaults, **given}, known)
    size = resolver.resolve(given) or resolver.resolve(defaults) or known.default_size
    return _scaled(size, known.max_side) if max(size) > known.max_side else size


def names_size(name: str, value: JSON) -> bool:
    """Return whether the vocabulary reads a size from a field with this value."""
    alone = {name: value}
    return _Resolver(alone, vocabulary()).resolve(alone) is not None


class _Resolver(NamedTuple):
    """Reads sizes from fields.

    :ivar whole: the request's fields, defaults applied; they complete what one field leaves open.
    """

    whole: Mapping[str, JSON]
    vocabulary: Vocabulary

    def resolve(self, fields: Mapping[str, JSON]) -> Size | None:
        """Return the size that some of the request's fields name."""
        return (
            self._by_sides(fields)
            or self._first_size("size", fields)
            or self._first_size("resolution", fields)
            or (self._with_longer_side(None) if self._ratio(fields) else None)
        )

    def _by_sides(self, fields: Mapping[str, JSON]) -> Size | None:
        """Read the fields that hold one side each."""
        return _squared(self._sides(self.whole)) if any(self._sides(fields)) else None

    def _sides(self, fields: Mapping[str, JSON]) -> Size:
        """Return width and height; 0 for one that is missing."""
        widths = self.vocabulary.numbers_for("width", fields)
        heights = self.vocabulary.numbers_for("height", fields)
        return next(filter(None, widths), 0), next(filter(None, heights), 0)

    def _first_size(self, meaning: str, fields: Mapping[str, JSON]) -> Size | None:
        sizes = map(self._size, self.vocabulary.values_for(meaning, fields))
        return next(filter(None, sizes), None)

    def _size(self, value: JSON) -> Size | None:
        if isinstance(value, dict):
            return _squared(self._sides(value))
        if longer := self.vocabulary.resolution(value):
            return self._with_longer_side(longer)
        if not isinstance(value, str):
            return None
        if found := _SIZE.fullmatch(value.strip()):
            sides = int(found[1]), int(found[2])
        else:
            return self.vocabulary.sizes.get(value)
        return sides if all(sides) else None

    def _with_longer_side(self, longer: int | None) -> Size:
        """Return the request's ratio with a longer side, which is the request's unless given."""
        values = self.vocabulary.values_for("resolution", self.whole)
        known = map(self.vocabulary.resolution, values)
        longer = longer or next(filter(None, known), max(self.vocabulary.default_size))
        return _scaled(self._ratio(self.whole) or (1, 1), longer)

    def _ratio(self, fields: Mapping[str, JSON]) -> Size | None:
        for value in self.vocabulary.values_for("ratio", fields):
            found = _RATIO.fullmatch(value) if isinstance(value, str) else None
            if found and all(ratio := _whole_ratio(*found.groups(""))):
                return ratio
            if value in self.vocabulary.sizes:
                return self.vocabulary.sizes[value]
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

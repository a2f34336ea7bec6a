"""The images that a request wants: how many, how large, in which format, how delivered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mockserver.contracts.image_size import resolve_size
from mockserver.contracts.vocabulary import vocabulary
from mockserver.strict_json import JSON


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

        :param given: the request's own fields.
        :param defaults: the values of the fields that it leaves out.
        """
        known = vocabulary()
        width, height = resolve_size(given, defaults)
        counts = known.numbers_for("count", given) or known.numbers_for("count", defaults)
        delivery = known.delivery(given) or known.delivery(defaults)
        return cls(
            count=counts[0] if counts else 1,
            width=width,
            height=height,
            as_base64=delivery == "base64",
            media_type=_format(given) or _format(defaults),
        )


def _format(fields: Mapping[str, JSON]) -> str | None:
    """Return the media type of the first field that names a known format."""
    known = vocabulary()
    for value in known.values_for("format", fields):
        if isinstance(value, str) and value.lower() in known.formats:
            return known.formats[value.lower()]
    return None

"""The fields and values with which requests describe images, read from ``terms.json``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from mockserver.contracts.schema_loader import read_checked
from mockserver.images import Size
from mockserver.paths import SCHEMAS
from mockserver.strict_json import JSON


class Vocabulary(NamedTuple):
    """What the fields of a request and their values mean.

    :ivar fields: the names of the fields by meaning.
    :ivar sizes: the named sizes.
    :ivar resolutions: the named resolutions, in upper case: the longer side in pixels.
    :ivar formats: the media types of the named file formats, in lower case.
    :ivar deliveries: the named ways to deliver an image: ``link`` or ``base64``.
    :ivar switches: the same for the fields that are true or false, by field, then ``true`` or
        ``false``.
    :ivar automatic: the values that leave the choice to the service.
    :ivar default_size: the size of images where a request has none.
    :ivar max_side: the longest side that images are made with, in pixels.
    """

    fields: Mapping[str, tuple[str, ...]]
    sizes: Mapping[str, Size]
    resolutions: Mapping[str, int]
    formats: Mapping[str, str]
    deliveries: Mapping[str, str]
    switches: Mapping[str, Mapping[str, str]]
    automatic: frozenset[str]
    default_size: Size
    max_side: int

    def values_for(self, meaning: str, request: Mapping[str, JSON]) -> list[JSON]:
        """Return the values of the fields with a meaning, except null."""
        names = self.fields[meaning]
        return [value for name in names if (value := request.get(name)) is not None]

    def numbers_for(self, meaning: str, request: Mapping[str, JSON]) -> list[int]:
        """Return the numbers in the fields with a meaning: whole, at least 0."""
        return [
            max(0, int(value))
            for value in self.values_for(meaning, request)
            if isinstance(value, int | float) and not isinstance(value, bool)
        ]

    def resolution(self, value: JSON) -> int | None:
        """Return the longer side of a named resolution, in pixels."""
        is_name = isinstance(value, str | int) and not isinstance(value, bool)
        return self.resolutions.get(str(value).upper()) if is_name else None

    def delivery(self, request: Mapping[str, JSON]) -> str | None:
        """Return how the first field that chooses a delivery delivers an image, if one does.

        :returns: ``link`` or ``base64``.
        """
        for name in self.fields["delivery"]:
            value = request.get(name)
            names = self.switches.get(name, self.deliveries)
            if isinstance(value, str | bool) and (delivery := names.get(str(value).lower())):
                return delivery
        return None


@cache
def vocabulary() -> Vocabulary:
    """Load ``terms.json``, once.

    :raises ContractError: when it is not what it must be.
    """
    read = read_checked(SCHEMAS / "terms.json", SCHEMAS / "terms.schema.json")
    return Vocabulary(
        fields={meaning: tuple(names) for meaning, names in read["fields"].items()},
        sizes={name: (width, height) for name, (width, height) in read["sizes"].items()},
        resolutions={name.upper(): side for name, side in read["resolutions"].items()},
        formats=read["formats"],
        deliveries=read["deliveries"],
        switches=read["switches"],
        automatic=frozenset(read["automatic"]),
        default_size=(read["default_size"][0], read["default_size"][1]),
        max_side=read["max_side"],
    )

"""The terms in which the documents let a request ask for images, read from ``terms.json``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from mockserver.contracts.schema_loader import read_checked
from mockserver.paths import SCHEMAS
from mockserver.strict_json import JSON

__all__ = ["Pixels", "Vocabulary", "vocabulary"]

Pixels: TypeAlias = tuple[int, int]
"""Width and height in pixels."""


@dataclass(frozen=True)
class Vocabulary:
    """What the fields of a request mean.

    :ivar fields: by meaning, the names of the fields that say it.
    :ivar sizes: named sizes.
    :ivar resolutions: named resolutions, in upper case: the longer side in pixels.
    :ivar formats: kinds of file, in lower case, and their media types.
    :ivar handovers: ways of handing an image over: ``link`` or ``base64``.
    :ivar usual: the size where a request tells none.
    :ivar most: the longest side that is made, in pixels.
    """

    fields: Mapping[str, tuple[str, ...]]
    sizes: Mapping[str, Pixels]
    resolutions: Mapping[str, int]
    formats: Mapping[str, str]
    deliveries: Mapping[str, str]
    usual: Pixels
    most: int

    def values_for(self, meaning: str, request: Mapping[str, JSON]) -> Iterator[JSON]:
        """Give what a request says of a meaning, by each of the fields that can say it."""
        for name in self.fields[meaning]:
            if request.get(name) is not None:
                yield request[name]

    def resolution(self, value: JSON) -> int | None:
        """Give the longer side of a named resolution, in pixels."""
        return self.resolutions.get(value.upper()) if isinstance(value, str) else None


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
        deliveries=read["handovers"],
        usual=(read["usual"][0], read["usual"][1]),
        most=read["most"],
    )

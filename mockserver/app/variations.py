"""Use the freedom that a contract leaves, so that a client that reads too narrowly breaks here.

A seed has a fixed number of variations; which of them answers depends on the order alone. Each
reshapes a contract's answer, and is compiled once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, dataclass, replace
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from random import Random

from mockserver.contracts import ImageRequest
from mockserver.contracts.response_shape import (
    ArrayShape,
    Leaf,
    ObjectShape,
    Shape,
    placeholders,
    undelivered_fields,
)
from mockserver.images import JPEG, PNG
from mockserver.strict_json import JSON

__all__ = ["NO_VARIATION", "VARIATIONS_PER_SEED", "Trait", "Variation", "VariationPicker"]

VARIATIONS_PER_SEED = 32
"""How many variations a seed has."""

_MOST_DAYS = 30
_PADDING = 750
"""Bytes, written as hexadecimal: a link that passes 1,000 characters, and not 2,048."""

_EXTRAS: tuple[JSON, ...] = (
    "",
    "text",
    7,
    0.5,
    True,
    None,
    [],
    ["text", None],
    {"nested": {"deeper": [1]}},
)
"""What an unknown field holds."""


class Trait(StrEnum):
    """One way in which an answer may differ and still keep its contract."""

    ORDER = "field order"
    ABSENT = "absent fields"
    NULL = "null fields"
    EXTRA = "extra fields"
    JPEG = "JPEG"
    PAST = "created in the past"
    LONG = "long links"


@dataclass(frozen=True)
class Variation:
    """How an answer uses the freedom that its contract leaves.

    :ivar seed: what every chance of it comes from.
    """

    seed: str = ""
    traits: frozenset[Trait] = frozenset()

    @cached_property
    def name(self) -> str:
        """Its seed and traits, as the journal shows them; nothing where there are none."""
        traits = ", ".join(trait for trait in Trait if trait in self.traits)
        return f"{self.seed}: {traits}" if traits else ""

    @property
    def media_type(self) -> str:
        """The kind of file that images are where nothing asks for one."""
        return (JPEG if Trait.JPEG in self.traits else PNG).media_type

    @cached_property
    def age(self) -> int:
        """How many seconds ago the answer says that it was made."""
        most = _MOST_DAYS * 24 * 3600 if Trait.PAST in self.traits else 0
        return self._random.randint(min(1, most), most)

    @cached_property
    def padding(self) -> str:
        """What makes links long."""
        return self._random.randbytes(_PADDING).hex() if Trait.LONG in self.traits else ""

    def reshape(self, shape: Shape, as_base64: bool) -> Shape:
        """Change an answer's shape within its contract."""
        return _Reshaping(self.traits, as_base64, self._random).shape(shape)

    @property
    def _random(self) -> Random:
        return Random(self.seed)


NO_VARIATION = Variation()
"""Varies nothing."""


class VariationPicker:
    """The variations of a seed."""

    def __init__(self, seed: int) -> None:
        self._variations = [_draw(f"{seed}/{number}") for number in range(VARIATIONS_PER_SEED)]

    def pick(self, image_request: ImageRequest) -> Variation:
        """Pick the variation that answers an order: always the same one for the same order."""
        digest = sha256(repr(astuple(image_request)).encode()).digest()
        return self._variations[digest[0] % VARIATIONS_PER_SEED]


def _draw(seed: str) -> Variation:
    """Draw a variation of at least one trait."""
    random = Random(f"traits of {seed}")
    one = random.choice(list(Trait))
    return Variation(seed, frozenset({one, *(t for t in Trait if random.random() < 0.4)}))


@dataclass(frozen=True)
class _Reshaping:
    """One change of an answer's shape; no image and no echo of the request is lost by it."""

    traits: frozenset[Trait]
    as_base64: bool
    random: Random

    def shape(self, shape: Shape) -> Shape:
        """Reshape an answer, or a part of it."""
        match shape:
            case ObjectShape():
                return replace(shape, fields=self._ordered(dict(self._fields(shape))))
            case ArrayShape(item):
                return replace(shape, item=self.shape(item))
            case _:
                return shape

    def _fields(self, shape: ObjectShape) -> Iterator[tuple[str, Shape]]:
        left_out = undelivered_fields(shape.fields, self.as_base64)
        for name, part in shape.fields.items():
            if self._is_null(shape, name, needless=name in left_out):
                yield name, Leaf(None, None)
            elif name not in left_out and not self._is_absent(shape, name):
                yield name, self.shape(part)
        if shape.open and Trait.EXTRA in self.traits:
            for i in range(self.random.randint(1, 2)):
                yield f"x_mock_{i}", Leaf(None, self.random.choice(_EXTRAS))

    def _is_null(self, shape: ObjectShape, name: str, *, needless: bool) -> bool:
        free = Trait.NULL in self.traits and name in shape.nullable
        return free and (needless or _is_free(shape.fields[name])) and self._chance()

    def _is_absent(self, shape: ObjectShape, name: str) -> bool:
        free = Trait.ABSENT in self.traits and name in shape.optional
        return free and _is_free(shape.fields[name]) and self._chance()

    def _ordered(self, fields: dict[str, Shape]) -> dict[str, Shape]:
        if Trait.ORDER not in self.traits:
            return fields
        return dict(self.random.sample(list(fields.items()), len(fields)))

    def _chance(self) -> bool:
        return self.random.random() < 0.7


def _is_free(shape: Shape) -> bool:
    """Tell whether no client misses a part of an answer: no image, no echo of the request."""
    return not any(name.startswith(("image.", "request.")) for name in placeholders(shape))

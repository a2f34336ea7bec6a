"""Variations: responses that use the freedom of a contract, so that a too strict client breaks.

A seed has a fixed number of variations; the request alone decides which of them applies. Each
reshapes a contract's response, and is compiled once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from enum import StrEnum
from functools import cache, cached_property
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

VARIATIONS_PER_SEED = 32
"""How many variations a seed has."""

_MOST_DAYS = 30
_PADDING = 750
"""Bytes, written as hexadecimal: a link of more than 1,000 and fewer than 2,048 characters."""

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
"""The values of unknown fields."""


class Trait(StrEnum):
    """One way in which a response may differ and still keep its contract."""

    ORDER = "field order"
    ABSENT = "absent fields"
    NULL = "null fields"
    EXTRA = "extra fields"
    JPEG = "JPEG"
    PAST = "created in the past"
    LONG = "long links"


@dataclass(frozen=True)
class Variation:
    """How a response uses the freedom that its contract leaves.

    :ivar seed: the seed of every random choice.
    """

    seed: str = ""
    traits: frozenset[Trait] = frozenset()

    @cached_property
    def name(self) -> str:
        """The seed and traits, as the journal shows them; empty where there are none."""
        traits = ", ".join(trait for trait in Trait if trait in self.traits)
        return f"{self.seed}: {traits}" if traits else ""

    @property
    def media_type(self) -> str:
        """The file format of images where the request leaves it open."""
        return (JPEG if Trait.JPEG in self.traits else PNG).media_type

    @cached_property
    def age(self) -> int:
        """How many seconds the response's own time is in the past."""
        most = _MOST_DAYS * 24 * 3600 if Trait.PAST in self.traits else 0
        return self._random.randint(min(1, most), most)

    @cached_property
    def padding(self) -> str:
        """The part of the query that makes links long."""
        return self._random.randbytes(_PADDING).hex() if Trait.LONG in self.traits else ""

    def reshape(self, shape: Shape, as_base64: bool) -> Shape:
        """Return a response's shape, changed within its contract."""
        return _Reshaping(self.traits, as_base64, self._random).shape(shape)

    @property
    def _random(self) -> Random:
        return Random(self.seed)


NO_VARIATION = Variation()
"""The variation without traits."""


def pick_variation(seed: int, prompt: str, image_request: ImageRequest) -> Variation:
    """Return the variation of a request: always the same one for the same request."""
    digest = sha256(repr((prompt, *astuple(image_request))).encode()).digest()
    return _draw(f"{seed}/{digest[0] % VARIATIONS_PER_SEED}")


@cache
def _draw(seed: str) -> Variation:
    """Draw a variation of at least one trait."""
    random = Random(f"traits of {seed}")
    one = random.choice(list(Trait))
    return Variation(seed, frozenset({one, *(t for t in Trait if random.random() < 0.4)}))


@dataclass(frozen=True)
class _Reshaping:
    """One change of a response's shape; it loses no image and no echo of the request."""

    traits: frozenset[Trait]
    as_base64: bool
    random: Random

    def shape(self, shape: Shape) -> Shape:
        """Return the shape of a response, or of a part of it, changed."""
        match shape:
            case ObjectShape():
                return shape._replace(fields=self._ordered(dict(self._fields(shape))))
            case ArrayShape(item):
                return shape._replace(item=self.shape(item))
            case _:
                return shape

    def _fields(self, shape: ObjectShape) -> Iterator[tuple[str, Shape]]:
        left_out = undelivered_fields(shape.fields, self.as_base64)
        for name, part in shape.fields.items():
            needless = name in left_out
            if name in shape.nullable and self._is_drawn(Trait.NULL, part, needless=needless):
                yield name, Leaf(None, None)
            elif needless or (name in shape.optional and self._is_drawn(Trait.ABSENT, part)):
                continue
            else:
                yield name, self.shape(part)
        if shape.open and Trait.EXTRA in self.traits:
            for i in range(self.random.randint(1, 2)):
                yield f"x_mock_{i}", Leaf(None, self.random.choice(_EXTRAS))

    def _is_drawn(self, trait: Trait, part: Shape, *, needless: bool = False) -> bool:
        free = trait in self.traits and (needless or _is_free(part))
        return free and self.random.random() < 0.7

    def _ordered(self, fields: dict[str, Shape]) -> dict[str, Shape]:
        if Trait.ORDER not in self.traits:
            return fields
        return dict(self.random.sample(list(fields.items()), len(fields)))


def _is_free(shape: Shape) -> bool:
    """Return whether a part of a response holds no image and no echo of the request."""
    return not any(name.startswith(("image.", "request.")) for name in placeholders(shape))

"""Valid requests, and the level at which each test looks at their answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mockserver.contracts import Contract, Level
from mockserver.contracts.samples import image_area, plain_request
from mockserver.contracts.vocabulary import vocabulary
from mockserver.strict_json import JSON
from mockserver.verify.suite.checked_response import LEVELS
from mockserver.verify.suite.parameters import (
    Parameter,
    parameters,
    valid_values,
)
from mockserver.verify.suite.prompts import prompts

__all__ = [
    "ValidRequest",
    "concurrent_orders",
    "defaults",
    "deliveries",
    "many_prompts",
    "unknown_fields",
    "valid",
]

_AT_ONCE = 8
_DIFFERENT = 3


@dataclass(frozen=True, slots=True)
class ValidRequest:
    """A valid request, whose answer is looked at on one level."""

    level: Level
    label: str
    body: Mapping[str, JSON] = field(repr=False)

    @property
    def id(self) -> str:
        return f"{self.level}-{self.label}"


def _on_every_level(bodies: Mapping[str, Mapping[str, JSON]]) -> list[ValidRequest]:
    return [ValidRequest(level, label, body) for label, body in bodies.items() for level in LEVELS]


def deliveries(contract: Contract) -> list[dict[str, JSON]]:
    """Order an image in every way of handing it over."""
    plain = plain_request(contract)
    ways = [p for p in parameters(contract) if p.name in vocabulary().fields["delivery"]]
    pairs = [(p.name, value) for p in ways for value in valid_values(contract, p).values()]
    return [plain, *({**plain, name: value} for name, value in pairs if value is not None)]


def valid(contract: Contract) -> list[ValidRequest]:
    """Send every documented value of every parameter."""
    plain = plain_request(contract)
    return _on_every_level(
        {
            f"{parameter.name}={label}": {**plain, parameter.name: value}
            for parameter in parameters(contract)
            for label, value in valid_values(contract, parameter).items()
        }
    )


def defaults(contract: Contract) -> list[ValidRequest]:
    """Leave out each parameter that may be left out, then all of them."""
    plain = plain_request(contract)
    optional = [parameter.name for parameter in parameters(contract) if not parameter.required]
    bodies = {f"without-{left}": _without(plain, left) for left in optional}
    return _on_every_level({**bodies, "without-any": _without(plain, *optional)})


def unknown_fields(contract: Contract) -> list[ValidRequest]:
    """Send a field that is in no document, where the schema lets it through."""
    if contract.request_schema.get("additionalProperties", True) is not True:
        return []
    plain = plain_request(contract)
    values: dict[str, JSON] = {"true": True, "null": None, "object": {"quality": ["hd"]}}
    bodies = {f"undocumented={name}": {**plain, "undocumented": v} for name, v in values.items()}
    return _on_every_level(bodies)


def many_prompts(contract: Contract) -> list[ValidRequest]:
    """Send prompts of many scripts."""
    plain = plain_request(contract)
    texts = prompts(contract).items()
    return _on_every_level({label: {**plain, "prompt": text} for label, text in texts})


def concurrent_orders(contract: Contract) -> list[dict[str, JSON]]:
    """Make orders that differ as much as they can, so that a mixed-up answer shows."""
    varied = [parameter for parameter in parameters(contract) if not parameter.is_free_text]
    choices = {parameter.name: _small_choices(contract, parameter) for parameter in varied}
    return [
        {
            **plain_request(contract),
            "prompt": f"image {number} of {_AT_ONCE}",
            **{name: chosen[number % len(chosen)] for name, chosen in choices.items() if chosen},
        }
        for number in range(_AT_ONCE)
    ]


def _small_choices(contract: Contract, parameter: Parameter) -> list[JSON]:
    plain = plain_request(contract)
    values = valid_values(contract, parameter).values()
    by_area = sorted(
        values, key=lambda value: image_area(contract, {**plain, parameter.name: value})
    )
    return by_area[:_DIFFERENT]


def _without(body: Mapping[str, JSON], *names: str) -> dict[str, JSON]:
    return {name: value for name, value in body.items() if name not in names}

"""What happens to matching requests, such as a fault or a rule, as data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from fnmatch import translate
from typing import Any, Self

from mockserver.contracts.json_schema import identity
from mockserver.strict_json import JSON

ALWAYS = "always"
"""The value of ``times`` for what happens to every matching request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Which requests match; None matches anything.

    :ivar prompt: a part of the prompt.
    :ivar pattern: the whole prompt, compiled from a pattern of the shell, which is matched in
        linear time.
    :ivar fields: the values of fields, each in the form in which equal values are equal.
    """

    model: str | None = None
    prompt: str | None = None
    size: str | None = None
    pattern: re.Pattern[str] | None = None
    fields: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def of(cls, data: Mapping[str, JSON]) -> Match:
        """Return the match of a JSON object that keeps its schema."""
        pattern = data.get("pattern")
        compiled = None if pattern is None else re.compile(translate(pattern))
        values = {name: identity(value) for name, value in data.get("fields", {}).items()}
        return cls(**{**data, "pattern": compiled, "fields": values})

    def holds(self, fields: Mapping[str, JSON]) -> bool:
        """Return whether the fields of a request, with defaults applied, match."""
        prompt = str(fields.get("prompt") or "")
        return (
            self.model in (None, fields.get("model"))
            and self.size in (None, fields.get("size"))
            and (self.prompt is None or self.prompt in prompt)
            and (self.pattern is None or self.pattern.match(prompt) is not None)
            and all(
                name in fields and identity(fields[name]) == value
                for name, value in self.fields.items()
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """What happens to matching requests.

    :ivar times: how many requests it happens to, or ``always``.
    :ivar after: how many matching requests pass before.
    :ivar probability: how likely it happens to a matching request.
    :ivar seed: the seed of all that is drawn.
    :ivar tenant: whose requests it happens to; None for those of all.
    :ivar data: it as JSON that another process can read.
    """

    data: Mapping[str, JSON] = field(compare=False)
    times: int | str = 1
    after: int = 0
    probability: float = 1
    seed: int = 0
    match: Match = Match()
    tenant: str | None = None

    def matches(self, fields: Mapping[str, JSON], tenant: str) -> bool:
        """Return whether it can happen to a tenant's request with these fields."""
        return self.tenant in (None, tenant) and self.match.holds(fields)

    def drawn(self, count: int) -> Self:  # noqa: ARG002 - for those that draw something
        """Return it for one request, with what its seed draws.

        :param count: how many requests it has happened to; the same one draws the same.
        """
        return self

    def to_json(self) -> dict[str, JSON]:
        """Return it as JSON."""
        names = ("times", "after", "probability", "seed")
        return {**self.data, **{name: getattr(self, name) for name in names}}

    def to_stored(self) -> JSON:
        """Return it as JSON that another process can read."""
        return self.data


CONDITIONS = frozenset(each.name for each in fields(Matching)) - {"data"}
"""The fields that say when it happens, and to whose requests."""


def conditions(data: Mapping[str, JSON]) -> dict[str, Any]:
    """Return the fields of a :class:`Matching` in a JSON object that keeps its schema."""
    found = {name: data[name] for name in CONDITIONS & data.keys()}
    return {**found, "match": Match.of(data.get("match", {})), "data": data}


def whole_numbers(data: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return members without a fraction as integers, which they are in JSON Schema."""
    return {
        name: int(value) if isinstance(value, float) and value.is_integer() else value
        for name, value in data.items()
    }

"""Find the smallest body that one contract lets pass and the other refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from itertools import product
from typing import Any

from mockserver.compare.body_spec import BODY_LEVELS, BodySpec
from mockserver.compare.changes import Counterexample
from mockserver.compare.keyword_rules import MISSING
from mockserver.compare.schema_walk import Difference
from mockserver.contracts import Finding, Level
from mockserver.contracts.finding import pointer
from mockserver.contracts.samples import Steps, sample
from mockserver.strict_json import JSON

__all__ = ["find_counterexample", "minimized", "whole_bodies"]

_DOCUMENTED = frozenset({Level.DOCUMENTED})

Test = Callable[[JSON], list[Finding]]
"""Gives the findings that make a body an example; none when it is not one."""


def find_counterexample(
    difference: Difference, level: Level, passing: BodySpec, refusing: BodySpec, *, alone: bool
) -> Counterexample | None:
    """Show that a difference matters: a body that one side lets pass and the other refuses there.

    One that clients could use is preferred to one that only the documents let pass.

    :param level: what has to be broken: what was published, or the overlay (ours).
    :param passing: the old contract for requests, the new one for answers.
    :param refusing: the other one.
    :param alone: whether to prefer a body that has no other fault, to the smallest one.
    :return: None when no such body was found.
    """
    bodies = list(_bodies(difference, passing, refusing))
    strictness = [BODY_LEVELS, _DOCUMENTED] if level is Level.DOCUMENTED else [BODY_LEVELS]
    for levels, only in product(strictness, (True, False) if alone else (False,)):
        test = _test(difference, level, passing, refusing, levels=levels, alone=only)
        for body in bodies:
            if test(body):
                least = minimized(body, test)
                return Counterexample(least, test(least)[0].words)
    return None


def _test(
    difference: Difference,
    level: Level,
    passing: BodySpec,
    refusing: BodySpec,
    *,
    levels: Iterable[Level],
    alone: bool,
) -> Test:
    """Make the test for an example; ``alone``: nothing else may be wrong with it."""
    broken = _DOCUMENTED if level is Level.DOCUMENTED else BODY_LEVELS
    place, deep = passing.root + pointer(*difference.steps), difference.keyword_change.deep

    def test(body: JSON) -> list[Finding]:
        if passing.faults(body, levels):
            return []
        found = refusing.faults(body, broken)
        here = [f for f in found if f.pointer == place or (deep and f.pointer.startswith(place))]
        return here if here and (len(here) == len(found) or not alone) else []

    return test


def _bodies(difference: Difference, passing: BodySpec, refusing: BodySpec) -> Iterator[JSON]:
    """Put each probe at its place, in bodies that the passing side is likely to let pass."""
    steps = difference.steps
    for base in whole_bodies(passing, refusing, steps):
        for probe in difference.keyword_change.probes:
            yield from _placed(base, steps, probe)


def whole_bodies(passing: BodySpec, refusing: BodySpec, steps: Steps = ()) -> Iterator[Any]:
    """Make bodies that have a place, or at least its parent: the plainest first."""
    for full, towards in product((False, True), (steps, steps[:-1])):
        own = sample(passing.whole, towards, full=full)
        yield _concatenated(sample(refusing.whole, (), full=full), own)
        yield own
    yield sample(passing.published, steps[:-1], full=True)


def _concatenated(below: JSON, above: JSON) -> JSON:
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    joined = {name: _concatenated(below.get(name), above[name]) for name in above}
    return {**below, **joined}


def _placed(base: JSON, steps: Steps, probe: JSON) -> Iterator[JSON]:
    """Put a value at a place; nothing when the body has no room for it."""
    if not steps:
        yield probe
        return
    body = deepcopy(base)
    node = body
    try:
        for step in steps[:-1]:
            node = node[step]
        if probe is MISSING:
            del node[steps[-1]]
        else:
            node[steps[-1]] = probe
    except (IndexError, KeyError, TypeError):
        return
    yield body


def minimized(body: JSON, holds: Callable[[JSON], object]) -> JSON:
    """Take fields and items away from a body, as long as the rest still holds."""
    for smaller in _smaller(body):
        if holds(smaller):
            return minimized(smaller, holds)
    return body


def _smaller(body: JSON) -> Iterator[JSON]:
    """Give every body that lacks one field or item of this one, the outermost first."""
    if isinstance(body, dict):
        yield from ({k: v for k, v in body.items() if k != name} for name in body)
        for name in body:
            yield from ({**body, name: less} for less in _smaller(body[name]))
    elif isinstance(body, list):
        yield from ([*body[:i], *body[i + 1 :]] for i in range(len(body)))
        for i, item in enumerate(body):
            yield from ([*body[:i], less, *body[i + 1 :]] for less in _smaller(item))

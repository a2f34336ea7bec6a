"""Find the smallest body that one contract accepts and the other refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from itertools import product
from typing import Any

from mockserver.compare.body_spec import BODY_LEVELS, BodySpec
from mockserver.compare.changes import Counterexample
from mockserver.compare.keyword_rules import MISSING, Difference
from mockserver.contracts import Finding, Level
from mockserver.contracts.finding import pointer
from mockserver.contracts.json_schema import Steps
from mockserver.contracts.refs import is_present
from mockserver.contracts.samples import sample
from mockserver.strict_json import JSON

_DOCUMENTED = frozenset({Level.DOCUMENTED})

Test = Callable[[JSON], list[Finding]]
"""Returns the findings that make a body a counterexample; none when it is not one."""


def find_counterexample(
    difference: Difference, level: Level, passing: BodySpec, refusing: BodySpec, *, alone: bool
) -> Counterexample | None:
    """Return a body that one contract accepts and the other refuses for a difference.

    A body that clients can use is preferred to one that only the documents accept.

    :param level: what the body has to break: what was published, or the overlay (ours).
    :param passing: the old contract for requests, the new one for responses.
    :param refusing: the other one.
    :param alone: whether a body with no other violation is preferred to the smallest one.
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


def renamed_example(difference: Difference, old: BodySpec, new: BodySpec) -> Counterexample | None:
    """Return a valid request with the old name of a field, and what the new contract makes of it.

    :return: None when no such request was found.
    """
    steps, renamed = difference.steps, (*difference.steps[:-1], difference.hint)

    def holds(body: JSON) -> bool:
        return is_present(body, pointer(*steps)) and not old.violations(body, BODY_LEVELS)

    body = next(filter(holds, _bodies(difference, old, new)), None)
    if body is None:
        return None
    least = minimized(body, holds)
    places = {new.root + pointer(*place) for place in (steps, renamed)}
    refused = [finding for finding in new.findings(least) if finding.pointer in places]
    if refused:
        return Counterexample(least, refused[0].words)
    return Counterexample(least, f"{steps[-1]} is ignored", accepted=True)


def _test(
    difference: Difference,
    level: Level,
    passing: BodySpec,
    refusing: BodySpec,
    *,
    levels: frozenset[Level],
    alone: bool,
) -> Test:
    """Return the test for a counterexample; ``alone``: nothing else may be wrong with it."""
    broken = _DOCUMENTED if level is Level.DOCUMENTED else BODY_LEVELS
    place, deep = passing.root + pointer(*difference.steps), difference.deep

    def test(body: JSON) -> list[Finding]:
        if passing.violations(body, levels):
            return []
        found = refusing.violations(body, broken)
        here = [f for f in found if f.pointer == place or (deep and f.pointer.startswith(place))]
        return here if here and (len(here) == len(found) or not alone) else []

    return test


def _bodies(difference: Difference, passing: BodySpec, refusing: BodySpec) -> Iterator[JSON]:
    """Return bodies that the passing contract is likely to accept, with each probe at its place."""
    steps = difference.steps
    for base in whole_bodies(passing, refusing, steps):
        for probe in difference.probes:
            yield from _placed(base, steps, probe)


def whole_bodies(passing: BodySpec, refusing: BodySpec, steps: Steps = ()) -> Iterator[Any]:
    """Return bodies that have a place, or at least its parent: the plainest first."""
    for full, towards in product((False, True), (steps, steps[:-1])):
        own = sample(passing.whole, towards, full=full)
        yield _overridden(sample(refusing.whole, (), full=full), own)
        yield own
    yield sample(passing.published, steps[:-1], full=True)


def _overridden(below: JSON, above: JSON) -> JSON:
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    joined = {name: _overridden(below.get(name), above[name]) for name in above}
    return {**below, **joined}


def _placed(base: JSON, steps: Steps, probe: JSON) -> Iterator[JSON]:
    """Return a body with a value at a place; nothing when the body has no such place."""
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
    """Return a body without the fields and items that ``holds`` does not need."""
    for smaller in _smaller(body):
        if holds(smaller):
            return minimized(smaller, holds)
    return body


def _smaller(body: JSON) -> Iterator[JSON]:
    """Return every body that lacks one field or item of this one, the outermost first."""
    if isinstance(body, dict):
        yield from ({k: v for k, v in body.items() if k != name} for name in body)
        for name in body:
            yield from ({**body, name: less} for less in _smaller(body[name]))
    elif isinstance(body, list):
        yield from ([*body[:i], *body[i + 1 :]] for i in range(len(body)))
        for i, item in enumerate(body):
            yield from ([*body[:i], less, *body[i + 1 :]] for less in _smaller(item))

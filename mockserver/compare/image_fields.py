"""Compare where a response has its images: the one thing that every client reads."""

from __future__ import annotations

from collections.abc import Iterator

from mockserver.compare.body_spec import BODY_LEVELS, BodySpec, response_spec
from mockserver.compare.changes import Change, Counterexample, Part, Verdict
from mockserver.compare.counterexamples import minimized, whole_bodies
from mockserver.compare.messages import listed
from mockserver.contracts import Contract, Level
from mockserver.contracts.finding import pointer
from mockserver.contracts.normalized import normalized
from mockserver.contracts.refs import resolve
from mockserver.contracts.response_shape import Leaf, Shape, shape_of, shape_parts
from mockserver.strict_json import JSON

_ROOT = "/response/body"
_WAYS = {"image.url": "a link", "image.base64": "base64"}


def image_places(shape: Shape) -> dict[str, str]:
    """Return the pointers of the images in a response, with what is there: a link, or base64."""
    return {
        _ROOT + pointer(*steps): _WAYS[part.placeholder]
        for steps, part in shape_parts(shape)
        if isinstance(part, Leaf) and part.placeholder in _WAYS
    }


def image_changes(old: Contract, new: Contract) -> Iterator[Change]:
    """Return the change of where the images are, if there is one."""
    documented = [image_places(shape_of(normalized(c.response_schema or {}))) for c in (old, new)]
    level = Level.DOCUMENTED if all(documented) else Level.CLIENT_REQUIRED
    before, after = documented if all(documented) else [image_places(c.shape) for c in (old, new)]
    if before != after:
        proof = _proof(before, response_spec(new), response_spec(old))
        gone = before.keys() - after.keys()
        verdict = Verdict.BREAKING if proof else Verdict.UNCLEAR if gone else Verdict.COMPATIBLE
        yield Change(
            verdict=verdict,
            part=Part.RESPONSE,
            kind="image",
            level=level,
            pointer=_ROOT,
            before=list(before),
            after=list(after),
            words=f"the image is now {_place_words(after)}; before {_place_words(before)}",
            example=proof,
        )


def _place_words(places: dict[str, str]) -> str:
    if not places:
        return "nowhere that is known"
    words = listed(f"{what} at {place.removeprefix(_ROOT)}" for place, what in places.items())
    return words if "a link" in places.values() else f"always {words}"


def _proof(places: dict[str, str], passing: BodySpec, refusing: BodySpec) -> Counterexample | None:
    """Return a response without anything at the places where images were, if any were."""

    def holds(body: JSON) -> bool:
        if passing.violations(body, BODY_LEVELS) or not refusing.findings(body):
            return False
        return not any(read(body, place) for place in places)

    for body in whole_bodies(passing, refusing) if places else ():
        if holds(body):
            return Counterexample(
                minimized(body, holds), f"expected an image at {listed(places)}, received nothing"
            )
    return None


def read(body: JSON, place: str) -> JSON:
    """Return what is at a place of an exchange's response body; None when nothing is."""
    try:
        return resolve(body, place.removeprefix(_ROOT))
    except LookupError:
        return None

"""Say what an answer was identified as, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from mockserver.compare.changes import Comparison, Verdict
from mockserver.compare.diff import compare
from mockserver.compare.identify import WEIGHTS, Documented, Identification, Match
from mockserver.compare.messages import listed
from mockserver.compare.report import change_lines, place_of, summary, wrapped
from mockserver.contracts import Level
from mockserver.strict_json import JSON

__all__ = ["drift_summary", "headline", "identification_data", "identification_lines"]

_SCALE = (
    f"distance: {WEIGHTS[Level.DOCUMENTED]} for each break of the documents, "
    f"{WEIGHTS[Level.CLIENT_REQUIRED]} for each break of the overlay (ours; where no body is documented, "
    f"{WEIGHTS[Level.DOCUMENTED]}), 1 for each undocumented field; of equals, the latest is nearest"
)


def headline(identification: Identification) -> str:
    """Say in a line what an answer is."""
    if api_error := identification.api_error:
        name = api_error.name or "of no documented kind"
        return f"a refusal, {api_error.status} {name}: the same in every contract"
    nearest = identification.nearest
    if not nearest.fits:
        return f"{_kept_words(identification)}; nearest is {nearest.contract.id}"
    if nearest.documented is Documented.ABSENT:
        return (
            f"no documented shape, but the expected one (ours) of {listed(_equals(identification))}"
        )
    return nearest.contract.id


def identification_lines(identification: Identification) -> Iterator[str]:
    """Write all of an identification for a terminal: the contracts, then what differs."""
    yield from wrapped(headline(identification), "", "  ")
    if identification.api_error:
        return
    yield ""
    yield from _table(identification.matches, identification.pinned)
    yield from wrapped(_SCALE, "  ")
    yield ""
    yield from _match_lines(identification.nearest, f"against the nearest, {_name(identification)}")
    if identification.nearest.contract.id != identification.pinned:
        yield ""
        pinned = identification.against_pinned
        yield from _match_lines(pinned, f"against the pinned {identification.pinned}")


def drift_summary(identification: Identification, target: str = "the live API") -> list[str]:
    """Write what a suite says at its end: what the target answers as, what differs, what to do.

    :param target: what the answers are from.
    """
    if identification.is_pinned:
        return [f"{target} answers as {identification.pinned}, which you pin"]
    if identification.api_error:
        return [f"{target} answers with {headline(identification)}"]
    pinned = identification.against_pinned
    told = f"{target} answers as {headline(identification)}; you pin {identification.pinned}"
    return [
        *wrapped(told, "", "  "),
        *_match_lines(pinned, "what its answers break of the pinned one"),
        *_reasons(identification),
        "what to do",
        *(f"  {line}" for line in _commands(identification, target)),
    ]


def _reasons(identification: Identification) -> list[str]:
    """Say what the documents changed; where no contract fits, what is wrong by the nearest."""
    nearest, pinned = identification.nearest, identification.against_pinned
    if nearest is pinned:
        return []
    if not nearest.fits:
        return list(_match_lines(nearest, f"what they break of the nearest, {nearest.contract.id}"))
    return _history_lines(compare(pinned.contract, nearest.contract))


def _history_lines(comparison: Comparison) -> list[str]:
    """Name the changes between two contracts that a caller has to look at."""
    grave = [c for c in comparison.changes if c.verdict is not Verdict.COMPATIBLE]
    return [f"what the documents changed: {summary(comparison)}", *change_lines(grave)]


_NAMES = {"the live API": "live", "the mock": "mock"}
"""What ``--target`` calls a target that has a name of its own; any other is a base URL."""


def _commands(identification: Identification, target: str) -> list[str]:
    """Name the commands that lead on, each under what it is good for."""
    pinned, nearest = identification.pinned, identification.nearest
    named = _NAMES.get(target, target)
    if not nearest.fits and not (nearest.has_image and nearest.documented in _WITHIN):
        return ["# once the provider has documented it", "mockserver import FILE|URL"]
    held = f"--target {named} --contract {nearest.contract.id}"
    if nearest.contract.id == pinned:
        return _letting_pass(held)
    ways = [
        "# every change, with an example",
        f"mockserver diff {pinned} {nearest.contract.id}",
        "# try your client against it",
        f"mockserver serve --contract {nearest.contract.id}",
        f"# hold {target} to it",
        f"pytest --pyargs mockserver.contract_tests {held}",
    ]
    return ways if nearest.fits else [*ways, *_letting_pass(held)]


_WITHIN = {Documented.KEPT, Documented.LET_THROUGH}


def _letting_pass(held: str) -> list[str]:
    """Say what to do where the documents are kept, and only clients (ours) expect more."""
    return [
        "# no document promises it: if your clients can do without, let it pass for a while",
        f"mockserver verify {held} --baseline known-drift.json --update-baseline",
    ]


def _kept_words(identification: Identification) -> str:
    kept = [m.contract.id for m in identification.matches if m.documented is Documented.KEPT]
    if not kept:
        return "no known contract"
    but = (
        "clients expect more (ours)" if identification.nearest.has_image else "no client can use it"
    )
    return f"no contract: keeps the documents of {listed(sorted(kept))}, but {but}"


def _equals(identification: Identification) -> list[str]:
    distance = identification.nearest.distance
    return [m.contract.id for m in identification.matches if m.fits and m.distance == distance]


def _name(identification: Identification) -> str:
    nearest = identification.nearest.contract.id
    return f"{nearest} (pinned)" if nearest == identification.pinned else nearest


def _table(matches: Iterable[Match], pinned: str) -> Iterator[str]:
    rows = [("contract", *_LEVELS, "distance"), *(_row(match, pinned) for match in matches)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = (f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
        yield f"  {'  '.join(cells)}".rstrip()


_LEVELS = ("documented", "client-required", "semantic")


def _row(match: Match, pinned: str) -> tuple[str, ...]:
    name = match.contract.id + (" (pinned)" if match.contract.id == pinned else "")
    return (name, *_levels(match).values(), str(match.distance))


def _levels(match: Match) -> dict[str, str]:
    """Say level by level how an answer stands; a dash where that level was not checked."""
    broken, unfit = match.count(Level.DOCUMENTED), match.count(Level.CLIENT_REQUIRED)
    expected = f"{unfit} broken" if unfit else "-" if broken else "kept"
    wrong = match.count(Level.SEMANTIC)
    meaning = (
        "-"
        if broken or unfit or not match.request_is_valid
        else f"{wrong} wrong"
        if wrong
        else "kept"
    )
    documented = f"{broken} broken" if broken else str(match.documented)
    return dict(zip(_LEVELS, (documented, expected, meaning), strict=True))


def _match_lines(match: Match, title: str) -> Iterator[str]:
    """Write what is wrong with an answer by one contract, and what it holds besides."""
    lines = [(str(f.level), f.pointer, f.words) for f in match.findings]
    lines += [("foreign", pointer, "not documented") for pointer in match.undocumented]
    yield title if lines else f"{title}: nothing differs"
    for alike in (list(group) for _, group in groupby(lines, key=_sameness)):
        level, _, words = alike[0]
        place = place_of([pointer for _, pointer, _ in alike])
        missing = len(alike) > 1 and level != "foreign"
        yield from wrapped(f"  {level:10}  {place}", "", " " * 18)
        yield from wrapped("expected all of them, received nothing" if missing else words, " " * 14)


def _sameness(line: tuple[str, str, str]) -> tuple[str, ...]:
    """Tell what makes neighbouring fields of one object worth one line."""
    level, pointer, words = line
    if words.endswith(_NOTHING) or level == "foreign":
        return (level, pointer.rpartition("/")[0], _NOTHING)
    return line


_NOTHING = "received nothing"


def identification_data(identification: Identification) -> dict[str, JSON]:
    """Give an identification as plain data."""
    api_error = identification.api_error
    return {
        "headline": headline(identification),
        "nearest": None if api_error else identification.nearest.contract.id,
        "pinned": identification.pinned,
        "is_pinned": identification.is_pinned,
        "refusal": api_error and {"name": api_error.name or None, "status": api_error.status},
        "matches": [] if api_error else [_match_data(match) for match in identification.matches],
    }


def _match_data(match: Match) -> dict[str, JSON]:
    findings = [
        {"level": str(f.level), "pointer": f.pointer, "rule": f.rule, "words": f.words}
        for f in match.findings
    ]
    return {
        "contract": match.contract.id,
        "distance": match.distance,
        "fits": match.fits,
        "levels": _levels(match),
        "foreign": list(match.undocumented),
        "findings": findings,
    }

"""Report the identification of a response: the contract, the differences, the next commands."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from itertools import groupby

from mockserver.compare.changes import Verdict
from mockserver.compare.diff import compare
from mockserver.compare.identify import WEIGHTS, Documented, Identification, Match
from mockserver.compare.messages import listed
from mockserver.compare.report import change_lines, format_table, place_of, summary, wrapped
from mockserver.contracts import Contract, Level
from mockserver.contracts.finding import LEVELS
from mockserver.strict_json import JSON

_LEVEL_WIDTH = len(Level.CLIENT_REQUIRED)
_SCALE = (
    f"distance: {WEIGHTS[Level.DOCUMENTED]} for each break of the documents, "
    f"{WEIGHTS[Level.CLIENT_REQUIRED]} for each break of the overlay (ours; where no body is "
    f"documented, {WEIGHTS[Level.DOCUMENTED]}), 1 for each undocumented field; of equals, the "
    "latest is nearest"
)


def headline(identification: Identification) -> str:
    """Return what a response is, in a line."""
    if api_error := identification.api_error:
        name = api_error.name or "(undocumented)"
        return f"an API error, {api_error.status} {name}: the same in every contract"
    nearest = identification.nearest
    if not nearest.fits:
        return f"{_kept_words(identification)}; nearest is {nearest.contract.id}"
    if nearest.documented is not Documented.ABSENT:
        return nearest.contract.id
    required = listed(_equals(identification, Documented.ABSENT))
    kept = _equals(identification, Documented.KEPT)
    documented = (
        f"a documented response of {listed(kept)}, and" if kept else "no documented response, but"
    )
    return f"{documented} the client-required one (ours) of {required}"


def identification_lines(identification: Identification) -> Iterator[str]:
    """Return an identification as lines for a terminal: the contracts, then the differences."""
    yield from wrapped(headline(identification), "", "  ")
    if identification.api_error:
        return
    nearest, pinned = identification.nearest, identification.against_pinned
    yield ""
    yield from _table(identification.matches, identification.pinned)
    yield from wrapped(_SCALE, "  ")
    yield ""
    name = _name(nearest.contract, identification.pinned)
    yield from _match_lines(nearest, f"against the nearest, {name}")
    if nearest is not pinned:
        yield ""
        yield from _match_lines(pinned, f"against the pinned {identification.pinned}")


def drift_summary(identification: Identification, target: str = "the live API") -> list[str]:
    """Return the end of a suite's summary: the contract, the differences, the next commands.

    :param target: what the responses are from.
    """
    if identification.is_pinned:
        return [f"{target} answers as {identification.pinned}, which you test"]
    if identification.api_error:
        return [f"{target} answers with {headline(identification)}"]
    pinned = identification.against_pinned
    first = f"{target} answers as {headline(identification)}; you test {identification.pinned}"
    return [
        *wrapped(first, "", "  "),
        *_match_lines(pinned, "differences from the pinned contract"),
        *_reasons(identification),
        "what to do",
        *(f"  {line}" for line in _commands(identification, target)),
    ]


def _reasons(identification: Identification) -> list[str]:
    """Return what the documents changed; where no contract fits, the findings of the nearest."""
    nearest, pinned = identification.nearest, identification.against_pinned
    if nearest is pinned:
        return []
    if not nearest.fits:
        return list(
            _match_lines(nearest, f"differences from the nearest contract, {nearest.contract.id}")
        )
    comparison = compare(pinned.contract, nearest.contract)
    severe = [c for c in comparison.changes if c.verdict is not Verdict.COMPATIBLE]
    return [f"what the documents changed: {summary(comparison)}", *change_lines(severe)]


_NAMES = {"the live API": "live", "the mock": "mock"}
"""The values of ``--target`` for targets with a name; any other is a base URL."""


def _commands(identification: Identification, target: str) -> list[str]:
    """Return the commands to try next, each below its purpose."""
    pinned, nearest = shlex.quote(identification.pinned), identification.nearest
    valid = nearest.documented in {Documented.KEPT, Documented.UNDOCUMENTED_FIELDS}
    if not nearest.fits and not (nearest.has_image and valid):
        return ["# once the provider has documented it", "mockserver import FILE|URL"]
    name = shlex.quote(nearest.contract.id)
    options = f"--target {shlex.quote(_NAMES.get(target, target))} --contract {name}"
    commands = []
    if name != pinned:
        commands += [
            "# every change, with an example",
            f"mockserver diff {pinned} {name}",
            "# try your client against it",
            f"mockserver serve --contract {name}",
            f"# test {target} against it",
            f"mockserver verify {options}",
        ]
    if name == pinned or not nearest.fits:
        commands += [
            "# only the overlay requires it: if your clients do not, accept it for now",
            f"mockserver verify {options} --baseline known-drift.json --update-baseline",
        ]
    return commands


def _kept_words(identification: Identification) -> str:
    kept = [m.contract.id for m in identification.matches if m.documented is Documented.KEPT]
    if not kept:
        return "no known contract"
    has_image = identification.nearest.has_image
    problem = "clients need more (ours)" if has_image else "no client can use it"
    return f"no contract: keeps the documents of {listed(sorted(kept))}, but {problem}"


def _equals(identification: Identification, documented: Documented) -> list[str]:
    distance = identification.nearest.distance
    equal = [m for m in identification.matches if m.fits and m.distance == distance]
    return [match.contract.id for match in equal if match.documented is documented]


def _name(contract: Contract, pinned: str) -> str:
    return f"{contract.id} (pinned)" if contract.id == pinned else contract.id


def _table(matches: Iterable[Match], pinned: str) -> list[str]:
    rows: list[tuple[str, ...]] = [("contract", *LEVELS, "distance")]
    for match in matches:
        levels = _levels(match).values()
        rows.append((_name(match.contract, pinned), *levels, str(match.distance)))
    return [f"  {line}" for line in format_table(rows)]


def _levels(match: Match) -> dict[str, str]:
    """Return the result of each level; a dash where that level was not checked."""
    broken, unfit, wrong = map(match.count, LEVELS)
    documented, client_required, semantic = str(match.documented), "kept", "kept"
    if broken:
        documented, client_required = f"{broken} broken", "-"
    if unfit:
        client_required = f"{unfit} broken"
    if broken or unfit or not match.request_is_valid:
        semantic = "-"
    elif wrong:
        semantic = f"{wrong} wrong"
    return dict(zip(LEVELS, (documented, client_required, semantic), strict=True))


def _match_lines(match: Match, title: str) -> Iterator[str]:
    """Return what is wrong with a response by one contract, and its undocumented fields."""
    lines = [(str(f.level), f.pointer, f.words) for f in match.findings]
    lines += [("undocumented", pointer, "not documented") for pointer in match.undocumented]
    yield title if lines else f"{title}: nothing differs"
    for alike in (list(group) for _, group in groupby(lines, key=_group_key)):
        level, _, words = alike[0]
        place = place_of([pointer for _, pointer, _ in alike])
        missing = len(alike) > 1 and level != "undocumented"
        yield from wrapped(f"  {level:{_LEVEL_WIDTH}}  {place}", "", " " * (_LEVEL_WIDTH + 8))
        text = "expected all of them, received nothing" if missing else words
        yield from wrapped(text, " " * (_LEVEL_WIDTH + 4))


def _group_key(line: tuple[str, str, str]) -> tuple[str, ...]:
    """Return the key that neighbouring lines of one place share."""
    level, pointer, words = line
    if words.endswith(_NOTHING) or level == "undocumented":
        return (level, pointer.rpartition("/")[0], _NOTHING)
    return line


_NOTHING = "received nothing"


def identification_data(identification: Identification) -> dict[str, JSON]:
    """Return an identification as plain data."""
    api_error = identification.api_error
    return {
        "headline": headline(identification),
        "nearest": None if api_error else identification.nearest.contract.id,
        "pinned": identification.pinned,
        "is_pinned": identification.is_pinned,
        "api_error": api_error and {"name": api_error.name or None, "status": api_error.status},
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
        "undocumented": list(match.undocumented),
        "findings": findings,
    }

"""The formats of a report: JSON, Markdown, HTML and JUnit XML, chosen by the file's suffix."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from mockserver import __version__
from mockserver.compare.report import markdown_cell
from mockserver.errors import SettingsError
from mockserver.strict_json import JSON
from mockserver.verify.report import Report, State, Verdict
from mockserver.verify.results import Check, Outcome

_SUFFIXES = (".html", ".json", ".md", ".xml")


def suffix_of(file: Path) -> str:
    """Return the suffix of a file, which names its format.

    :raises SettingsError: when the suffix is unknown.
    """
    suffix = file.suffix.lower()
    if suffix not in _SUFFIXES:
        raise SettingsError(
            f"--report {file}: expected a file that ends in one of {', '.join(_SUFFIXES)}"
        )
    return suffix


def rendered(report: Report, suffix: str) -> str:
    """Return a report in the format that a suffix names."""
    if suffix == ".json":
        return _as_json(report)
    template = _environment().get_template(f"report{suffix}")
    return template.render(report=report, data=as_data(report))


@cache
def _environment() -> Environment:
    environment = Environment(
        autoescape=select_autoescape(),
        loader=PackageLoader("mockserver.verify"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    filters = {"cell": markdown_cell, "junit_cases": _junit_cases, "printable": _printable}
    environment.filters |= filters
    return environment


def as_data(report: Report) -> dict[str, JSON]:
    """Return a report as plain data."""
    run, budget = report.run, report.run.budget
    return {
        "verdict": str(report.verdict),
        "words": report.words,
        "target": run.target,
        "date": report.today.isoformat(),
        "version": __version__,
        "seconds": round(run.seconds, 1),
        "contracts": report.contracts,
        "identified": report.identified,
        "levels": report.levels,
        "fields": report.fields,
        "differences": [difference.data for difference in report.differences],
        "withdrawn": [asdict(each) for each in run.withdrawn],
        "drift": [{"contract": d.contract, "lines": list(d.lines)} for d in report.drifts],
        "not_carried_out": [
            {"outcome": str(outcome), "reason": reason, "checks": times}
            for outcome in _NOT_CARRIED_OUT
            for reason, times in report.reasons(outcome)
        ],
        "baseline": {
            "known": report.counts[State.KNOWN],
            "expired": [known.data for known in report.expired],
            "unseen": [known.data for known in report.unseen],
        },
        "cost": {"images": budget.images, "counted": budget.spent, "limit": budget.limit},
        "response_seconds": report.response_times,
        "lost_connections": run.lost_connections,
        "exchanges": run.exchanges,
    }


_NOT_CARRIED_OUT = (Outcome.NOT_VERIFIED, Outcome.LEFT_OUT, Outcome.NOT_REACHED, Outcome.ERROR)


def _as_json(report: Report) -> str:
    """Return the report for programs, without the thumbnails."""
    data = as_data(report)
    exchanges = [{k: v for k, v in e.items() if k != "thumbnails"} for e in data["exchanges"]]
    return json.dumps({**data, "exchanges": exchanges}, indent=2, ensure_ascii=False) + "\n"


def as_lines(report: Report) -> Iterator[str]:
    """Yield the lines of the report for a terminal; the last one is the verdict."""
    for drift in report.drifts:
        yield from (*drift.lines, "")
    for difference in report.differences:
        key, known = difference.key, difference.known
        text = f"{difference.term}: {known.reason}" if known else difference.finding.words
        yield f"{difference.state:8} {key.level} {key.pointer} ({key.rule}): {text}"
    for known in report.unseen:
        yield f"unseen   {known.key.level} {known.key.pointer}: drop it from the baseline"
    for reason, checks in report.reasons(Outcome.NOT_VERIFIED, Outcome.LEFT_OUT):
        yield f"{checks} check{'' if checks == 1 else 's'} {reason}"
    for contract in report.contracts:
        counts = ", ".join(f"{n} {state}" for state, n in report.states(contract).items())
        yield f"checks of {contract}: {counts}"
    yield f"cost: {report.cost}"
    yield f"response time: {report.connection}"
    yield f"{report.verdict}: {report.words}"


def _junit_cases(report: Report) -> list[dict[str, JSON]]:
    """Return a case for the verdict and one for each check.

    Differences fail; known differences and checks that were not carried out are skipped. Where
    nothing is verified the verdict's case is an error, so that it is never taken for a pass.
    """
    verdict = {
        "classname": "verify",
        "name": "verdict",
        "seconds": 0.0,
        "tag": {Verdict.KEPT: "", Verdict.NOT_VERIFIED: "error"}.get(report.verdict, "failure"),
        "type": report.verdict,
        "message": report.words,
        "text": "\n".join(line for drift in report.drifts for line in drift.lines),
    }
    return [verdict, *(_junit_case(report, check) for check in report.run.checks)]


def _junit_case(report: Report, check: Check) -> dict[str, JSON]:
    state, message = report.state(check), check.reason.partition("\n")[0]
    tag, result_type = "" if state == "kept" else "skipped", str(check.outcome)
    if check.outcome is Outcome.ERROR:
        tag = "error"
    elif state == "broken":
        tag, result_type = "failure", "drifted"
    elif state == "known":
        result_type, message = "known drift", _known_words(report, check)
    return {
        "classname": check.contract,
        "name": f"{check.phase}: {check.case}" if check.case else check.phase,
        "seconds": check.seconds,
        "tag": tag,
        "type": result_type,
        "message": message,
        "text": check.reason,
    }


def _known_words(report: Report, check: Check) -> str:
    found = (report.baseline.find(check.contract, finding) for finding in check.findings)
    entries = dict.fromkeys(known for known in found if known)
    return "; ".join(f"known until {known.expires}: {known.reason}" for known in entries)


def _printable(text: str) -> str:
    """Return a text with escapes for what XML cannot contain."""
    return "".join(c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in text)

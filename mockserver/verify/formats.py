"""The formats of a report: JSON, Markdown, HTML and JUnit XML, chosen by the file's suffix."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from mockserver import __version__
from mockserver.compare.report import markdown_cell
from mockserver.errors import SettingsError
from mockserver.strict_json import JSON
from mockserver.verify.report import Report, State, Verdict
from mockserver.verify.results import Check, Outcome

Writer = Callable[[Report], str]


def writer_for(file: Path) -> Writer:
    """Return the writer of a file's format.

    :raises SettingsError: when the suffix is unknown.
    """
    known = {".html": as_html, ".json": as_json, ".md": as_markdown, ".xml": as_junit}
    if file.suffix.lower() not in known:
        suffixes = ", ".join(known)
        raise SettingsError(f"--report {file}: expected a file that ends in one of {suffixes}")
    return known[file.suffix.lower()]


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


def as_json(report: Report) -> str:
    """Return the report for programs, without the thumbnails."""
    data = as_data(report)
    exchanges = [{k: v for k, v in e.items() if k != "thumbnails"} for e in data["exchanges"]]
    return json.dumps({**data, "exchanges": exchanges}, indent=2, ensure_ascii=False) + "\n"


def as_markdown(report: Report) -> str:
    """Return the report for a job's summary or a comment."""
    return _template("report.md").render(report=report, data=as_data(report))


def as_html(report: Report) -> str:
    """Return the report as one page that loads nothing."""
    return _template("report.html").render(report=report, data=as_data(report))


@cache
def _template(name: str) -> Template:
    environment = Environment(
        autoescape=name.endswith(".html"),
        loader=PackageLoader("mockserver.verify"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    environment.filters["cell"] = markdown_cell
    return environment.get_template(name)


def as_junit(report: Report) -> str:
    """Return the report for continuous integration: a case for each check, one for the verdict.

    Differences fail; known differences and checks that were not carried out are skipped. Where
    nothing is verified the verdict's case is an error, so that it is never taken for a pass.
    """
    suite = ElementTree.Element("testsuite", name="contract", time=f"{report.run.seconds:.1f}")
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in _properties(report).items():
        ElementTree.SubElement(properties, "property", name=name, value=value)
    _add_verdict(suite, report)
    for check in report.run.checks:
        _add_case(suite, report, check)
    tags = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    suite.attrib |= {name: str(len(suite.findall(f"*/{tag}"))) for name, tag in tags.items()}
    suite.set("tests", str(len(suite.findall("testcase"))))
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _properties(report: Report) -> dict[str, str]:
    return {
        "verdict": str(report.verdict),
        "target": report.run.target,
        "contracts": " ".join(report.contracts),
        "answers_as": "; ".join(each["answers_as"] or "unknown" for each in report.identified),
        "images": str(report.run.budget.images),
        "known_drift": str(report.counts[State.KNOWN]),
        "response_times": report.connection,
    }


def _add_verdict(suite: ElementTree.Element, report: Report) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname="verify", name="verdict")
    if report.verdict is not Verdict.KEPT:
        tag = "error" if report.verdict is Verdict.NOT_VERIFIED else "failure"
        lines = "\n".join(line for drift in report.drifts for line in drift.lines)
        _add_result(case, tag, str(report.verdict), report.words, lines)


def _add_case(suite: ElementTree.Element, report: Report, check: Check) -> None:
    name = f"{check.phase}: {check.case}" if check.case else check.phase
    case = ElementTree.SubElement(suite, "testcase", classname=check.contract)
    case.attrib |= {"name": _printable(name), "time": f"{check.seconds:.3f}"}
    message = check.reason.partition("\n")[0]
    state = report.state(check)
    if check.outcome is Outcome.ERROR:
        _add_result(case, "error", "error", message, check.reason)
    elif state == "broken":
        _add_result(case, "failure", "drifted", message, check.reason)
    elif state == "known":
        _add_result(case, "skipped", "known drift", _known_words(report, check))
    elif state != "kept":
        _add_result(case, "skipped", str(check.outcome), message, check.reason)


def _add_result(
    case: ElementTree.Element, tag: str, result_type: str, message: str, text: str = ""
) -> None:
    result = ElementTree.SubElement(case, tag, type=result_type, message=_printable(message))
    result.text = _printable(text)


def _known_words(report: Report, check: Check) -> str:
    found = (report.baseline.find(check.contract, finding) for finding in check.findings)
    entries = dict.fromkeys(known for known in found if known)
    return "; ".join(f"known until {known.expires}: {known.reason}" for known in entries)


def _printable(text: str) -> str:
    """Return a text with escapes for what XML cannot contain."""
    return "".join(c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in text)

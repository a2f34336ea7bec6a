"""Write a report: as JSON, Markdown, HTML or JUnit XML, as the file's suffix says."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from mockserver import __version__
from mockserver.errors import SettingsError
from mockserver.strict_json import JSON
from mockserver.verify.report import Report, State, Verdict
from mockserver.verify.results import Check, Outcome

__all__ = ["as_data", "as_html", "as_json", "as_junit", "as_markdown", "writer_for"]

Writer = Callable[[Report], str]


def writer_for(file: Path) -> Writer:
    """Choose the form of a file.

    :raises SettingsError: when its suffix is of none.
    """
    known = {".html": as_html, ".json": as_json, ".md": as_markdown, ".xml": as_junit}
    if file.suffix.lower() not in known:
        forms = ", ".join(known)
        raise SettingsError(f"--report {file}: expected a file that ends in one of {forms}")
    return known[file.suffix.lower()]


def as_data(report: Report) -> dict[str, JSON]:
    """Give a report as plain data."""
    run = report.run
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
        "drift": [{"contract": d.contract, "lines": list(d.lines)} for d in report.drifts],
        "not_carried_out": [
            {"outcome": str(outcome), "reason": reason, "checks": times}
            for outcome in _LEFT
            for reason, times in report.reasons(outcome)
        ],
        "baseline": {
            "known": report.counts[State.KNOWN],
            "expired": [known.data for known in report.expired],
            "unseen": [known.data for known in report.unseen],
        },
        "cost": {"images": run.bought, "counted": run.spent, "limit": run.most},
        "exchanges": run.exchanges,
    }


_LEFT = (Outcome.NOT_VERIFIED, Outcome.LEFT_OUT, Outcome.NOT_REACHED, Outcome.ERROR)


def as_json(report: Report) -> str:
    """Write it for programs; thumbnails are left to the HTML."""
    data = as_data(report)
    exchanges = [{k: v for k, v in e.items() if k != "thumbnails"} for e in data["exchanges"]]
    return json.dumps({**data, "exchanges": exchanges}, indent=2, ensure_ascii=False) + "\n"


def as_markdown(report: Report) -> str:
    """Write it for a job's summary or a comment."""
    return _template("report.md").render(report=report, data=as_data(report))


def as_html(report: Report) -> str:
    """Write it as one page that needs nothing besides itself."""
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
    environment.filters["cell"] = _cell
    return environment.get_template(name)


def _cell(text: str) -> str:
    """Write a text so that a table of Markdown keeps its columns."""
    return " ".join(str(text).replace("|", "\\|").replace("<", "&lt;").split())


def as_junit(report: Report) -> str:
    """Write it for continuous integration: a case for each check, and one for the verdict.

    Drift fails, known drift and what was not carried out are skipped, each with its reason; where
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
        "images": str(report.run.bought),
        "known_drift": str(report.counts[State.KNOWN]),
    }


def _add_verdict(suite: ElementTree.Element, report: Report) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname="verify", name="verdict")
    tag = {Verdict.DRIFTED: "failure", Verdict.NOT_VERIFIED: "error"}.get(report.verdict)
    if tag:
        told = ElementTree.SubElement(case, tag, type=str(report.verdict))
        told.set("message", _printable(report.words))
        told.text = _printable("\n".join(line for d in report.drifts for line in d.lines))


def _add_case(suite: ElementTree.Element, report: Report, check: Check) -> None:
    name = f"{check.phase}: {check.case}" if check.case else check.phase
    case = ElementTree.SubElement(suite, "testcase", classname=check.contract)
    case.attrib |= {"name": _printable(name), "time": f"{check.seconds:.3f}"}
    state = report.state(check)
    if check.outcome is Outcome.ERROR:
        told = ElementTree.SubElement(case, "error", type="error")
    elif state == "broken":
        told = ElementTree.SubElement(case, "failure", type="drifted")
    elif state == "known":
        told = ElementTree.SubElement(case, "skipped", type="known drift")
        told.set("message", _printable(_known_words(report, check)))
        return
    elif state != "kept":
        told = ElementTree.SubElement(case, "skipped", type=str(check.outcome))
    else:
        return
    told.set("message", _printable(check.reason.partition("\n")[0]))
    told.text = _printable(check.reason)


def _known_words(report: Report, check: Check) -> str:
    found = (report.baseline.find(check.contract, finding) for finding in check.findings)
    entries = dict.fromkeys(known for known in found if known)
    return "; ".join(f"known until {known.expires}: {known.reason}" for known in entries)


def _printable(text: str) -> str:
    """Write what XML cannot hold as escapes."""
    return "".join(c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in text)

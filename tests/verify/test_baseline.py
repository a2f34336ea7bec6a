"""Known drift does not fail a run, new drift does, and what has expired does again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest

from mockserver.contracts import Finding, Level
from mockserver.errors import ContractError, SettingsError
from mockserver.recording.budget import Budget
from mockserver.verify.baseline import Baseline
from mockserver.verify.formats import rendered
from mockserver.verify.report import Report, Verdict
from mockserver.verify.results import Check, Outcome, Run

TODAY = date(2026, 3, 1)
JOB = "dall-e-2@2025-08-19"
OTHER = "dall-e-3@2026-01-16"
OWNER = Finding(Level.DOCUMENTED, "/response/body/model_owner", "required", "string", "nothing")
IMAGE = Finding(Level.SEMANTIC, "/response/body/data/3/url", "download", "an image", "404")
ENTRY = {
    "contract": JOB,
    "level": "documented",
    "pointer": "/response/body/model_owner",
    "rule": "required",
    "reason": "nobody reads it | <b>",
    "expires": "2026-03-01",
}


def status(expected: str, received: str) -> Finding:
    return Finding(Level.DOCUMENTED, "/response/status", "status", expected, received)


def broken(*findings: Finding, contract: str = JOB) -> Check:
    name = f"test_accepted_requests.py::test_response_field[{contract}-documented-/model_owner]"
    return Check(name, contract, Outcome.BROKEN, "documented …", findings, 0.1)


def written(folder: Path, *entries: dict[str, str]) -> Path:
    file = folder / "known.json"
    file.write_text(json.dumps({"drift": list(entries)}))
    return file


def judged(baseline: Baseline, *checks: Check, today: date = TODAY) -> Report:
    run = Run("http://127.0.0.1:9", Budget(None), list(checks), status=1)
    return Report(run, baseline, today)


@pytest.fixture
def known(tmp_path: Path) -> Baseline:
    return Baseline.read(written(tmp_path, ENTRY))


def test_known_drift_does_not_fail(known: Baseline) -> None:
    report = judged(known, broken(OWNER))
    assert report.verdict is Verdict.KEPT
    assert report.words.endswith("but for 1 known difference")
    assert report.levels[0]["known"] == 1


def test_new_drift_beside_it_does(known: Baseline) -> None:
    report = judged(known, broken(OWNER, IMAGE))
    assert report.verdict is Verdict.DRIFTED
    assert [str(difference.state) for difference in report.differences] == ["new", "known"]


def test_the_same_drift_of_another_contract_is_new(known: Baseline) -> None:
    assert judged(known, broken(OWNER, contract=OTHER)).verdict is Verdict.DRIFTED


def test_expired_entry_fails_again_and_says_so(known: Baseline) -> None:
    report = judged(known, broken(OWNER), today=date(2026, 3, 2))
    assert report.verdict is Verdict.DRIFTED
    assert report.words.endswith("1 expired difference")
    assert "expired on 2026-03-01" in rendered(report, ".md")
    assert "expired on 2026-03-01" in rendered(report, ".html")


def test_entry_that_was_not_found_is_named(known: Baseline) -> None:
    report = judged(known, broken(IMAGE))
    assert [each.key.pointer for each in report.unseen] == ["/response/body/model_owner"]
    assert "not found" in rendered(report, ".md")
    assert "not found" in rendered(report, ".html")


def test_known_drift_is_skipped_in_junit_with_its_reason(known: Baseline) -> None:
    text = rendered(judged(known, broken(OWNER)), ".xml")
    assert 'type="known drift" message="known until 2026-03-01: nobody reads it' in text
    assert 'failures="0"' in text


def test_reason_keeps_the_columns_and_is_no_markup(known: Baseline) -> None:
    report = judged(known, broken(OWNER), today=date(2026, 3, 2))
    assert "nobody reads it \\| &lt;b>" in rendered(report, ".md")
    assert "&lt;b&gt;" in rendered(report, ".html")


def test_an_item_stands_for_all_of_its_array(tmp_path: Path) -> None:
    entry = {**ENTRY, "level": "semantic", "pointer": "/response/body/data/0/url"}
    baseline = Baseline.read(written(tmp_path, {**entry, "rule": "download"}))
    assert judged(baseline, broken(IMAGE)).verdict is Verdict.KEPT


def test_one_wrong_status_does_not_excuse_another() -> None:
    found = [(JOB, status("201", "200"))]
    baseline = Baseline({}).updated(found, [JOB], TODAY)
    assert judged(baseline, broken(status("201", "200"))).verdict is Verdict.KEPT
    assert judged(baseline, broken(status("201", "404 'Not Found'"))).verdict is Verdict.DRIFTED
    assert judged(baseline, broken(status("400", "200"))).verdict is Verdict.DRIFTED


def update(
    baseline: Baseline, *found: tuple[str, Finding], checked: Iterable[str] = (JOB,)
) -> dict[str, dict[str, str]]:
    entries = json.loads(baseline.updated(found, checked, TODAY).text)["drift"]
    return {entry["pointer"]: entry for entry in entries}


def test_update_keeps_reasons_and_dates_a_new_entry(known: Baseline) -> None:
    entries = update(known, (JOB, OWNER), (JOB, IMAGE))
    assert entries["/response/body/model_owner"] == ENTRY
    assert entries["/response/body/data/0/url"]["expires"] == "2026-03-31"
    assert "say here why" in entries["/response/body/data/0/url"]["reason"]


def test_update_drops_what_is_gone_of_the_contracts_that_were_checked(known: Baseline) -> None:
    assert update(known) == {}
    assert update(known, checked=[OTHER]) == {"/response/body/model_owner": ENTRY}


def test_update_gives_an_expired_entry_a_new_date(tmp_path: Path) -> None:
    baseline = Baseline.read(written(tmp_path, {**ENTRY, "expires": "2026-01-01"}))
    entries = update(baseline, (JOB, OWNER))
    assert entries["/response/body/model_owner"] == {**ENTRY, "expires": "2026-03-31"}


def test_what_is_written_can_be_read(known: Baseline, tmp_path: Path) -> None:
    file = tmp_path / "again.json"
    file.write_text(known.updated([(JOB, status("201", "200"))], [OTHER], TODAY).text)
    assert len(Baseline.read(file).entries) == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"reason": ""}, "#/drift/0/reason"),
        ({"expires": "soon"}, "#/drift/0/expires"),
        ({"level": "hint"}, "#/drift/0/level"),
        ({"until": "2026-03-01"}, "#/drift/0"),
    ],
)
def test_wrong_entry_is_named(change: dict[str, str], words: str, tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=words):
        Baseline.read(written(tmp_path, {**ENTRY, **change}))


def test_drift_that_is_known_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="received one of them twice"):
        Baseline.read(written(tmp_path, ENTRY, {**ENTRY, "reason": "another"}))


def test_check_that_breaks_verifies_nothing() -> None:
    error = Check("test_variety.py", JOB, Outcome.ERROR, "Traceback\nthe mock did not start\n")
    report = judged(Baseline({}), error)
    assert report.verdict is Verdict.NOT_VERIFIED
    assert report.words.endswith("the mock did not start")
    assert 'errors="2"' in rendered(report, ".xml")


def test_suite_that_breaks_off_verifies_nothing() -> None:
    run = Run("mock", Budget(None), status=3, output="INTERNALERROR> something\n\n")
    report = Report(run, Baseline({}), TODAY)
    assert report.verdict is Verdict.NOT_VERIFIED
    assert "the suite itself broke off: INTERNALERROR> something" in report.words
    assert Verdict.NOT_VERIFIED.status == 3


def test_bill_of_a_paid_run_is_shown() -> None:
    run = Run("live", Budget(6, spent=5, images=2), [broken(OWNER)])
    assert Report(run, Baseline({}), TODAY).cost == (
        "2 images paid for, counted as 5 of 6 at the smallest size"
    )


def test_the_schema_that_a_file_names_for_editors_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "known.json"
    file.write_text(json.dumps({"$schema": "./baseline.schema.json", "drift": [ENTRY]}))
    updated = json.loads(Baseline.read(file).updated([], [JOB], TODAY).text)
    assert updated == {"$schema": "./baseline.schema.json", "drift": []}

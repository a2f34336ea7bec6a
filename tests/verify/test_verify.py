"""``mockserver verify`` against stub servers: the verdict, the exit status and the reports."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from mockserver.cli.main import cli
from mockserver.contracts import Finding, Level, error_catalog
from mockserver.errors import MockserverError, SettingsError
from mockserver.recording.loading import load_recordings
from mockserver.recording.target import KEYS
from mockserver.recording.writer import Recorder
from mockserver.testing.mock_server import MockServer
from mockserver.verify.results import Check, Outcome, Run
from tests.servers.behavior import refusing_all, setting, succeeding
from tests.servers.mutation import JOB, LINKS
from tests.servers.running import run_suite
from tests.servers.stub_server import (
    Behavior,
    Response,
    Right,
    StubRequest,
    StubServer,
    mock_of,
    serving,
)

KEPT, DRIFTED, USAGE, NOT_VERIFIED = 0, 1, 2, 3
KEY = "planted-key-0123456789"
NO_KEY = error_catalog()["unauthorized"].message
HTML = Response(502, {"Content-Type": "text/html"}, b"<html><h1>Bad gateway</h1></html>")


@dataclass(frozen=True)
class Ended:
    status: int
    output: str


def verify(*options: str | Path, key: str | None = None) -> Ended:
    variables = {**dict.fromkeys(KEYS), "AIMLAPI_KEY": key}
    done = CliRunner().invoke(cli, ["verify", *map(str, options)], env=variables)
    error = done.exception
    if isinstance(error, MockserverError) or hasattr(error, "format_message"):
        return Ended(USAGE, str(error))
    return Ended(done.exit_code, done.output)


@pytest.fixture(scope="module")
def drifted() -> Iterator[str]:
    """A provider that has gone on to its next contract."""
    with MockServer(LINKS) as mock:
        yield mock.url


@pytest.fixture(scope="module")
def reports(drifted: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every form of the report of one run against it."""
    folder = tmp_path_factory.mktemp("verify") / "new"
    files = [f"--report={folder / name}" for name in ("r.json", "r.md", "r.html", "r.xml")]
    written = ("--junit", folder / "j", "--record", folder.with_name("recorded"))
    ended = verify("--target", drifted, *files, *written, key=KEY)
    assert ended.status == DRIFTED, ended.output
    (folder / "output.txt").write_text(ended.output)
    return folder


def read(file: Path) -> dict[str, object]:
    data: dict[str, object] = json.loads(file.read_text())
    return data


def test_summary_says_what_drifted_to_what_and_what_to_do(reports: Path, drifted: str) -> None:
    text = (reports / "output.txt").read_text()
    assert f"{drifted} answers as {LINKS}; you test {JOB}" in text
    assert text.index("11 breaking") < text.index("what to do")
    assert f"mockserver diff {JOB} {LINKS}" in text
    assert f"drifted: {drifted} does not keep {JOB}: 10 new differences" in text


def test_each_phase_is_printed_when_it_is_over(reports: Path) -> None:
    lines = (reports / "output.txt").read_text().splitlines()
    phases = [line for line in lines if line.startswith(f"  {JOB}  ")]
    assert len(phases) == 13
    assert f"  {JOB}  refused body: 11 kept" in phases


def test_json_report_holds_verdict_levels_fields_and_the_contract(reports: Path) -> None:
    data = read(reports / "r.json")
    assert data["verdict"] == "drifted"
    assert data["identified"] == [
        {"held_to": JOB, "answers_as": LINKS, "nearest": LINKS, "fits": True}
    ]
    assert isinstance(data["levels"], list)
    assert isinstance(data["fields"], list)
    assert [row["level"] for row in data["levels"]] == ["documented", "client-required", "semantic"]
    states = {row["field"]: row["state"] for row in data["fields"] if row["of"] == "response"}
    assert states["/model_owner"] == "broken"
    assert states["/output/choices/0/image_base64"] == "not carried out"
    cost = data["cost"]
    assert isinstance(cost, dict)
    assert cost["limit"] is None
    assert cost["images"] > 50


def test_images_behind_links_that_the_contract_does_not_know_are_shown(reports: Path) -> None:
    exchanges = json.loads((reports / "r.json").read_text())["exchanges"]
    came = [download["result"] for each in exchanges for download in each["downloads"]]
    assert len(came) > 5
    assert all(result.startswith("200 image/png, ") for result in came)


def test_html_report_is_one_file_with_thumbnails(reports: Path) -> None:
    text = (reports / "r.html").read_text()
    assert "<h1>Drifted</h1>" in text
    assert text.count('<img src="data:image/webp;base64,') > 0
    assert "<script" not in text
    assert "<link" not in text
    assert "default-src 'none'" in text


def test_markdown_report_is_a_summary_for_a_job(reports: Path) -> None:
    text = (reports / "r.md").read_text()
    assert text.startswith("# Contract: drifted\n")
    assert "| new | documented | `/response/status` | status | 201 | 200 | 48 |" in text
    assert f"you test {JOB}" in text


def test_junit_report_fails_for_drift(reports: Path) -> None:
    suite = ElementTree.parse(reports / "r.xml").getroot()
    properties = {each.get("name"): each.get("value") for each in suite.iter("property")}
    assert properties["verdict"] == "drifted"
    assert properties["answers_as"] == LINKS
    failed = [case for case in suite.iter("testcase") if case.find("failure") is not None]
    assert int(suite.get("failures", 0)) == len(failed) == 58
    assert (reports / "j").read_text().startswith("<?xml")


def test_no_report_holds_the_key_or_a_signature(reports: Path) -> None:
    texts = [file.read_text() for file in reports.iterdir()]
    assert len(texts) == 6
    assert not any(KEY in text for text in texts)
    assert not any("&sig=" in t.replace("&sig=[redacted]", "") for t in texts)
    assert any("sig=[redacted]" in text for text in texts)


def test_a_new_difference_says_what_was_expected_and_what_came(reports: Path) -> None:
    told = (reports / "output.txt").read_text()
    assert "new      documented /response/status (status): expected 201, received 200\n" in told


def test_exchanges_of_a_run_can_be_recorded(reports: Path, drifted: str) -> None:
    folder = reports.with_name("recorded")
    found = list(load_recordings([folder]))
    orders = [each for each in found if each.status == 200]
    assert len(found) > len(orders) > 10
    assert all(each.images for each in orders), "links at foreign places are followed, too"
    assert all(each.request.url.startswith(drifted) for each in found)
    assert not [file for file in folder.iterdir() if KEY.encode() in file.read_bytes()]


@pytest.mark.nightly
def test_provider_that_changes_during_the_run_has_drifted() -> None:
    with MockServer(scenario="provider-migration") as mock:
        ended = verify("--target", mock.url)
    assert ended.status == DRIFTED, ended.output
    assert f"answers as {LINKS}; you test {JOB}" in ended.output
    assert f"(it still sends responses of {JOB}, too)" in ended.output


def always_html(_asked: StubRequest, _right: Right) -> Response:
    return HTML


OBSTACLES = {
    "too many requests": (refusing_all(429, "Too Many Requests"), "429 'Too Many Requests'"),
    "no credits": (refusing_all(403, "You've run out of credits."), "403 'You've run out"),
    "no right to": (refusing_all(401, NO_KEY), "401 'This request requires a valid API key."),
    "a failing gateway": (always_html, "502 'Bad Gateway'"),
}


@pytest.mark.usefixtures("few_checks")
@pytest.mark.parametrize("obstacle", OBSTACLES.values(), ids=OBSTACLES)
def test_obstacle_leaves_the_target_unverified(
    obstacle: tuple[Behavior, str], tmp_path: Path
) -> None:
    behave, words = obstacle
    with serving(StubServer(mock_of(JOB), behave)) as url:
        ended = verify("--target", url, "--junit", tmp_path / "junit.xml")
    assert ended.status == NOT_VERIFIED, ended.output
    assert f"not verified: nothing is known of {url} now: {words}" in ended.output
    suite = ElementTree.parse(tmp_path / "junit.xml").getroot()
    (error,) = suite.iter("error")
    assert error.get("type") == "not verified"
    assert suite.get("failures") == "0"
    assert {each.get("type") for each in suite.iter("skipped")} <= {"not verified", "not reached"}


def test_server_that_is_not_there_is_not_verified(tmp_path: Path) -> None:
    files = (tmp_path / "r.json", tmp_path / "r.md", tmp_path / "r.html", tmp_path / "r.xml")
    options = (option for file in files for option in ("--report", file))
    ended = verify("--target", "http://127.0.0.1:9", *options)
    assert ended.status == NOT_VERIFIED
    assert " checks " not in ended.output
    assert all("nothing listens there: Connection refused" in file.read_text() for file in files)


def test_obstacle_is_not_written_into_a_baseline(tmp_path: Path) -> None:
    file = tmp_path / "known.json"
    ended = verify("--target", "http://127.0.0.1:9", "--baseline", file, "--update-baseline")
    assert ended.status == NOT_VERIFIED
    assert not file.exists()


def test_mock_keeps_the_contract_that_it_is_held_to(tmp_path: Path) -> None:
    file, page = tmp_path / "r.json", tmp_path / "r.html"
    ended = verify("--target", "mock", "--contract", LINKS, "--report", file, "--report", page)
    assert ended.status == KEPT, ended.output
    assert f"kept: mock keeps {LINKS}\n" in ended.output
    told = {"held_to": LINKS, "answers_as": LINKS, "nearest": LINKS, "fits": True}
    assert read(file)["identified"] == [told]
    assert page.read_text().count("data:image/webp;base64,") > 4


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--target", "live"), "needs the API key in AIMLAPI_KEY or AIML_API_KEY"),
        (("--target", "nowhere"), "expected mock, live or a base URL"),
        (("--target", "mock", "--contract", "dall-e-9"), "no contract 'dall-e-9'"),
        (("--target", "mock", "--report", "report.pdf"), "one of .html, .json, .md, .xml"),
        (("--target", "mock", "--baseline", "/nowhere.json"), "no such file"),
        (("--target", "mock", "--update-baseline"), "expected --baseline FILE"),
    ],
)
def test_wrong_usage_is_one_line(options: tuple[str, ...], words: str) -> None:
    ended = verify(*options)
    assert ended.status == USAGE
    assert words in ended.output


@pytest.mark.usefixtures("run_with_two_differences")
def test_report_that_cannot_be_written_is_wrong_usage(tmp_path: Path) -> None:
    tmp_path.joinpath("r.json").mkdir()
    command = ["verify", "--target", "mock", "--report", str(tmp_path / "r.json")]
    assert "is a directory" in CliRunner().invoke(cli, command).output
    tmp_path.joinpath("file").touch()
    ended = verify("--target", "mock", "--report", tmp_path / "file" / "r.md")
    assert ended.status == USAGE
    assert "cannot write" in ended.output


def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.cli.verify._NEEDED", ("pytest", "no_such_module"))
    ended = verify("--target", "mock")
    assert ended.status == USAGE
    assert "no_such_module: pip install '" in ended.output


@pytest.mark.nightly
def test_one_wrong_field_is_the_only_difference(tmp_path: Path) -> None:
    behave = succeeding(setting("/model_owner", 1))
    file = tmp_path / "r.json"
    with serving(StubServer(mock_of(JOB), behave)) as url:
        ended = verify("--target", url, "--report", file)
    assert ended.status == DRIFTED
    differences = read(file)["differences"]
    assert isinstance(differences, list)
    found = [(each["pointer"], each["received"]) for each in differences]
    assert found == [("/response/body/model_owner", "number 1")]


MISSING_ARGS = Finding(Level.DOCUMENTED, "/response/body/args", "required", "object", "nothing")
WRONG_STATUS = Finding(Level.DOCUMENTED, "/response/status", "status", "201", "200")


@pytest.fixture
def run_with_two_differences(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make each run of the suite end with these two findings."""
    findings = (MISSING_ARGS, WRONG_STATUS)
    check = Check("test_prompts.py::test_prompt", JOB, Outcome.BROKEN, "it differs", findings)
    monkeypatch.setattr(
        "mockserver.cli.verify._run",
        lambda config, _: Run(config.name, config.budget, [check], status=1),
    )


@pytest.mark.usefixtures("run_with_two_differences")
def test_baseline_that_is_written_makes_only_new_drift_fail(tmp_path: Path) -> None:
    file = tmp_path / "known.json"
    ended = verify("--target", "mock", "--baseline", file, "--update-baseline")
    assert ended.status == KEPT, ended.output
    assert f"wrote {file}: 2 known" in ended.output
    entries = json.loads(file.read_text())["drift"]
    assert [each["pointer"] for each in entries] == ["/response/body/args", "/response/status"]
    entries[0]["expires"] = "2020-01-01"
    more = {**entries[1], "pointer": "/response/body/gone"}
    file.write_text(json.dumps({"drift": [*entries, more]}))
    again = verify("--target", "mock", "--baseline", file)
    assert again.status == DRIFTED
    assert (
        "expired  documented /response/body/args (required): expired on 2020-01-01: "
        in again.output
    )
    assert "unseen   documented /response/body/gone" in again.output
    assert "1 expired difference, 1 known difference" in again.output


@pytest.mark.nightly
def test_a_run_leaves_nothing_in_the_folder_that_it_was_started_in(
    drifted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    verify("--target", drifted)
    assert list(tmp_path.iterdir()) == []


def test_pytest_prints_the_same_drift(drifted: str) -> None:
    outcome = run_suite("--target", drifted, "-k", "test_response_field")
    assert outcome.status == DRIFTED
    assert f"{drifted} answers as {LINKS}; you test {JOB}" in outcome.output
    assert f"mockserver diff {JOB} {LINKS}" in outcome.output


def test_checks_that_were_not_verified_are_counted_beside_the_verdict() -> None:
    with MockServer(scenario="out-of-credits") as mock:
        ended = verify("--target", mock.url)
    assert ended.status == KEPT, ended.output
    assert "checks not verified: 403 'You have exhausted" in ended.output


@pytest.mark.usefixtures("few_checks")
@pytest.mark.parametrize(("sent", "status"), [("off", DRIFTED), ("on", KEPT)])
def test_headers_are_checked_and_in_every_report(tmp_path: Path, sent: str, status: int) -> None:
    reports = [tmp_path / f"report.{suffix}" for suffix in ("json", "md", "html", "xml")]
    options = [part for report in reports for part in ("--report", report)]
    options += ["--contract", LINKS, "--headers", "on", "--max-images", "6"]
    with MockServer(LINKS, headers=sent) as mock:
        ended = verify("--target", mock.url, *options)
    place = "/response/headers/x-inference-id"
    assert ended.status == status
    assert (f"documented {place} (required)" in ended.output) is (sent == "off")
    for report in reports:
        assert place in report.read_text()


def test_recorded_headers_are_checked(tmp_path: Path) -> None:
    with MockServer(LINKS, headers="on") as mock:
        options = ["--target", mock.url, "--contract", LINKS, "--out", str(tmp_path)]
        assert CliRunner().invoke(cli, ["record", *options]).exit_code == 0
    file, *_ = sorted(tmp_path.glob("*-200.json"))
    assert verify("--recording", file, "--headers", "on").status == KEPT
    recording = json.loads(file.read_text())
    recording["response"]["headers"]["x-aimlapi-credits-used"] = "1"
    file.write_text(json.dumps(recording))
    ended = verify("--recording", file, "--headers", "on")
    assert ended.status == DRIFTED
    assert "semantic /response/headers/x-aimlapi-credits-used (cost)" in ended.output
    assert verify("--recording", file).status == KEPT


@pytest.mark.usefixtures("few_checks")
def test_a_run_goes_on_when_it_cannot_be_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(*_: object) -> None:
        raise SettingsError("cannot record: No space left on device")

    monkeypatch.setattr(Recorder, "write", write)
    with MockServer(LINKS) as mock:
        options = ("--contract", LINKS, "--max-images", "2", "--record", tmp_path)
        ended = verify("--target", mock.url, *options)
    assert ended.status == KEPT
    assert ended.output.count("No space left on device; nothing more is recorded") == 1


def losing_one_connection() -> Behavior:
    """Close the connection instead of one response with images, and of none after it."""
    left = [None]

    def behave(request: StubRequest, right: Right) -> Response:
        response = right(request)
        if response.status != 201 or not left:
            return response
        left.pop()
        raise ConnectionAbortedError

    return behave


@pytest.mark.nightly
def test_one_lost_connection_is_counted_and_is_no_drift(tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    with serving(StubServer(mock_of(JOB), losing_one_connection())) as url:
        ended = verify("--target", url, "--report", file)
    assert ended.status == KEPT, ended.output
    assert "; lost connections, sent again: 1\n" in ended.output
    data = read(file)
    assert data["lost_connections"] == 1
    assert isinstance(times := data["response_seconds"], dict)
    assert times["median"] <= times["slowest"]


def test_pytest_counts_a_lost_connection() -> None:
    with serving(StubServer(mock_of(JOB), losing_one_connection())) as url:
        outcome = run_suite("--target", url, "-k", "test_parameter")
    assert outcome.status == KEPT, outcome.output
    assert "; lost connections, sent again: 1\n" in outcome.output

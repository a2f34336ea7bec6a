"""The fixtures for pytest, in sessions of their own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.process import run_program
from tests.servers.running import run_pytest

pytestmark = pytest.mark.slow

RunTests: TypeAlias = Callable[..., str]

DRAW = """
import os
import pytest
import requests

def draw(api, prompt="A red fox", key=None):
    headers = {"Authorization": f"Bearer {key or api.key}"}
    body = {"model": "dall-e-2", "prompt": prompt}
    url = f"{api.base_url}/images/generations"
    return requests.post(url, json=body, headers=headers, timeout=20)
"""


@pytest.fixture
def run_tests(tmp_path: Path) -> RunTests:
    """Run a file of tests in this process, and return what pytest prints."""

    def run(text: str, passed: int, failed: int = 0) -> str:
        file = tmp_path / f"{tmp_path.name}.py"  # no other module has this name
        file.write_text(DRAW + text)
        plugin = ("-p", "mockserver.pytest_plugin", "-W", "error")
        mode = ("--import-mode=importlib", f"--rootdir={tmp_path}")
        return _checked(run_pytest(*plugin, *mode, str(file)).output, passed, failed)

    return run


@pytest.fixture
def start_tests(tmp_path: Path) -> RunTests:
    """Run a file of tests in a process of its own, with the plugins that are named."""

    def start(text: str, *options: str, passed: int) -> str:
        file = tmp_path / "test_mine.py"
        file.write_text(text)
        plugins = ["-p", "mockserver.pytest_plugin", "-p", "no:cacheprovider"]
        command = [sys.executable, "-W", "error", "-m", "pytest", *plugins, *options, str(file)]
        printed = run_program(*command, cwd=tmp_path, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")[1]
        return _checked(printed, passed)

    return start


def _checked(printed: str, passed: int, failed: int = 0) -> str:
    told = [f"{failed} failed"] * bool(failed) + [f"{passed} passed"] * bool(passed)
    assert ", ".join(told) in printed, printed
    return printed


def test_each_test_has_a_key_and_a_state_of_its_own(run_tests: RunTests) -> None:
    run_tests(
        """
keys = []

@pytest.mark.parametrize("time", range(3))
def test_alone(image_api, time):
    assert image_api.key.startswith("mock-test-") and image_api.key not in keys
    keys.append(image_api.key)
    assert not image_api.requests and not image_api.faults
    image_api.fail(429, times="always")
    image_api.credits(0)
    assert draw(image_api).status_code == 429
    assert draw(image_api, key="mock-somebody").status_code == 201
    assert len(image_api.requests) == 1
""",
        passed=3,
    )


def test_all_tests_of_a_session_share_one_mock(run_tests: RunTests) -> None:
    run_tests(
        """
urls = set()

@pytest.mark.parametrize("time", range(3))
def test_together(image_api, image_api_server, time):
    urls.add(image_api.url)
    assert urls == {image_api_server.url}
""",
        passed=3,
    )


def test_the_environment_points_at_the_mock_for_one_test(run_tests: RunTests) -> None:
    run_tests(
        """
BASES = (
    *("AIMLAPI_BASE_URL", "AIMLAPI_API_BASE", "AIML_API_BASE", "AIML_API_BASE_URL"),
    *("OPENAI_API_BASE", "OPENAI_BASE_URL"),
)
KEYS = ("AIMLAPI_KEY", "AIMLAPI_API_KEY", "AIML_API_KEY", "OPENAI_API_KEY")

def test_within(image_api_env, image_api):
    assert image_api_env is image_api
    url, key = f"{image_api.url}/v1", image_api.key
    assert {os.environ[name] for name in BASES} == {url}
    assert {os.environ[name] for name in KEYS} == {key}

def test_after():
    assert not any("127.0.0.1" in os.environ.get(name, "") for name in BASES)
    assert not any("mock-test" in os.environ.get(name, "") for name in KEYS)
""",
        passed=2,
    )


def test_the_settings_can_be_overridden(run_tests: RunTests) -> None:
    run_tests(
        """
@pytest.fixture(scope="session")
def image_api_settings():
    return {"contract": "dall-e-2@2026-01-16", "credits": 120_000}

def test_settings(image_api):
    assert [draw(image_api).status_code for _ in range(2)] == [200, 403]
""",
        passed=1,
    )


def test_what_was_not_requested_is_told_with_what_came_instead(run_tests: RunTests) -> None:
    printed = run_tests(
        """
def test_prompt(image_api):
    draw(image_api, "A lighthouse")
    image_api.assert_requested(prompt="fox", times=1)
""",
        passed=0,
        failed=1,
    )
    assert "requests with prompt 'fox': expected exactly 1, received 0" in printed
    assert "expected a prompt with 'fox', received 'A lighthouse'" in printed


@pytest.mark.parametrize("workers", [2, pytest.param(4, marks=pytest.mark.nightly)])
def test_workers_do_not_meet(start_tests: RunTests, workers: int) -> None:
    printed = start_tests(
        DRAW
        + """
@pytest.mark.parametrize("number", range(12))
def test_alone(image_api, number):
    image_api.fail(503, times=number % 3)  if number % 3 else None
    statuses = [draw(image_api, f"number {number}").status_code for _ in range(3)]
    assert statuses == [503] * (number % 3) + [201] * (3 - number % 3)
    assert {asked.prompt for asked in image_api.requests} == {f"number {number}"}
    image_api.assert_requested(prompt=f"number {number}", times=3)

def test_worker(image_api, worker_id):
    assert worker_id.startswith("gw")
""",
        *("-p", "xdist", "--numprocesses", str(workers)),
        passed=13,
    )
    assert f"{workers} workers" in printed


def test_a_session_that_does_not_use_it_imports_nothing_of_the_mock(start_tests: RunTests) -> None:
    start_tests(
        """
import sys

def test_nothing():
    ours = {name for name in sys.modules if name.partition(".")[0] == "mockserver"}
    assert ours == {"mockserver", "mockserver.pytest_plugin"}
    assert not {"flask", "jsonschema", "waitress", "PIL"} & sys.modules.keys()
""",
        passed=1,
    )

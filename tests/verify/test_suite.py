"""The contract suite as a tool: its options and reports, and the mock that it starts."""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from mockserver.contracts import default_catalog
from mockserver.errors import SettingsError
from mockserver.recording.target import check_target
from mockserver.verify.suite.config import SuiteConfig
from mockserver.verify.suite.request_spec import RequestSpec
from tests.servers.behavior import setting, succeeding
from tests.servers.mutation import JOB, LINKS
from tests.servers.running import Outcome, run_suite
from tests.servers.stub_server import StubServer, mock_of, serving

PRINT_ARGUMENTS = "curl() { cat; printf '%s\\0' \"$@\"; }\n"


@pytest.fixture
def wrong_url() -> object:
    behave = succeeding(setting("/model_owner", 1))
    with serving(StubServer(mock_of(JOB), behave)) as url:
        yield url


def run_wrong(url: str, *options: str) -> Outcome:
    return run_suite("--target", url, "-k", "test_response_field", *options)


def test_report_has_level_pointer_expected_and_received(wrong_url: str) -> None:
    outcome = run_wrong(wrong_url, "--exitfirst")
    place = "documented /response/body/model_owner (type)"
    report = f"{place}\n    expected: string\n    received: number 1\n"
    assert outcome.status == 1
    assert report in outcome.output
    assert f"curl -sS -X POST {wrong_url}/v1/images/generations " in outcome.output
    assert '-H "Authorization: Bearer $AIMLAPI_KEY"' in outcome.output


def test_a_target_may_end_with_the_version_of_the_api() -> None:
    for ending in ("", "/", "/v1", "/v1/"):
        assert check_target(f"http://127.0.0.1:8000{ending}") == "http://127.0.0.1:8000"


def test_last_lines_count_the_checks_of_a_contract(wrong_url: str) -> None:
    lines = run_wrong(wrong_url).output.splitlines()
    summary = next(line for line in lines if line.startswith(f"checks of {JOB}: "))
    assert summary == f"checks of {JOB}: 35 kept, 1 broken, 0 known, 0 not carried out"


def test_junit_report_names_contract_level_and_field(wrong_url: str, tmp_path: Path) -> None:
    file = tmp_path / "report.xml"
    run_wrong(wrong_url, f"--junitxml={file}")
    cases = ElementTree.parse(file).getroot().iter("testcase")
    failed = [case for case in cases if case.find("failure") is not None]
    assert [case.get("name") for case in failed] == [
        f"test_response_field[{JOB}-documented-/model_owner]"
    ]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--target", "localhost:8000"), "expected mock, live or a base URL"),
        (("--target", "http://"), "expected mock, live or a base URL"),
        (("--contract", "dall-e-9@2025-08-19"), "no contract 'dall-e-9@2025-08-19'"),
        (("--max-images", "many"), "invalid int value"),
    ],
)
def test_option_that_cannot_be_used_ends_the_run(options: tuple[str, ...], words: str) -> None:
    outcome = run_suite(*options)
    assert outcome.status == pytest.ExitCode.USAGE_ERROR
    assert words in outcome.output


@pytest.fixture
def silent() -> Iterator[str]:
    """The base URL of a server that accepts connections and never sends a response."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_other_targets_are_held_to_the_pinned_contract(silent: str) -> None:
    outcome = run_suite("--target", silent, "--collect-only")
    collected = re.findall(r"\[([\w.-]+@[\d-]+\d)", outcome.output)
    assert set(collected) == {default_catalog().pinned}


def test_mock_is_held_to_a_sample_of_the_contracts() -> None:
    outcome = run_suite("--collect-only")
    collected = re.findall(r"\[([\w.-]+@\d{4}-\d\d-\d\d)", outcome.output)
    assert set(collected) == set(default_catalog().sample)


def test_server_without_a_response_fails_every_check(silent: str) -> None:
    outcome = run_suite("--target", silent, "--timeout", "0.2", "-k", "test_response_field")
    assert outcome.status == 1
    assert "documented /response (response)" in outcome.output
    assert "nothing came within 0.2 s" in outcome.output


def test_run_without_a_check_is_no_pass() -> None:
    outcome = run_suite("-k", "nowhere")
    assert outcome.status == pytest.ExitCode.NO_TESTS_COLLECTED


def test_mock_that_does_not_start_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise SettingsError("no free port")

    monkeypatch.setattr("mockserver.verify.suite.config.MockServer", fail)
    outcome = run_suite("--contract", JOB, "--exitfirst")
    assert outcome.status == 1
    assert "the mock did not start: no free port" in outcome.output


def config_of_the_mock() -> SuiteConfig:
    return SuiteConfig.create(
        "mock", [], default_catalog(), max_images=0, timeout=None, tolerate_outages=False
    )


def test_mock_ends_with_the_run() -> None:
    config = config_of_the_mock()
    address = urlsplit(config.client_for(default_catalog().load(LINKS)).base)
    config.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address.hostname, address.port), timeout=5)


def test_default_contracts_share_one_mock() -> None:
    config = config_of_the_mock()
    bases = {config.client_for(contract).base for contract in default_catalog().select().values()}
    config.close()
    assert len(bases) == 1


def arguments_of(command: str) -> tuple[bytes, list[str]]:
    """Return the standard input and the arguments of a curl line, as a shell reads it."""
    done = subprocess.run(
        ["sh", "-c", PRINT_ARGUMENTS + command],
        env={"PATH": os.environ["PATH"], "AIMLAPI_KEY": "mock-key"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    start = done.stdout.index(b"-sS\0")
    arguments = done.stdout[start:].decode().split("\0")[:-1]
    return done.stdout[:start], arguments


@pytest.mark.parametrize("body", ['{"prompt": "it\'s 1 \\"T-Rex\\" for $5 `now`\\n"}', "🦕", ""])
def test_curl_line_repeats_the_request(body: str) -> None:
    request_spec = RequestSpec(default_catalog().load(JOB), body.encode(), 400)
    piped, arguments = arguments_of(request_spec.curl("http://127.0.0.1:1"))
    assert piped == b""
    assert arguments == [
        *("-sS", "-X", "POST", "http://127.0.0.1:1/v1/images/generations"),
        *("-H", "Content-Type: application/json", "-H", "Authorization: Bearer mock-key"),
        *("--data-binary", body),
    ]


def test_curl_line_repeats_bytes_that_are_not_utf8() -> None:
    request_spec = RequestSpec(default_catalog().load(JOB), b'{"\xff%s\\"}', 400)
    piped, arguments = arguments_of(request_spec.curl("http://127.0.0.1:1"))
    assert piped == b'{"\xff%s\\"}'
    assert arguments[-2:] == ["--data-binary", "@-"]


def test_curl_line_without_a_key_sends_none() -> None:
    request_spec = RequestSpec(default_catalog().load(JOB), b"{}", 401, authorization=None)
    assert "Authorization" not in shlex.split(request_spec.curl("http://127.0.0.1:1"))


def test_a_folder_of_contracts_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    outcome = run_suite("--schemas", str(tmp_path / "none"))
    assert outcome.status == 4
    assert "--schemas: no such folder" in outcome.output


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--target", "http://127.0.0.1:9"), "--target http://127.0.0.1:9: nothing listens there"),
        (("--max-images", "-1"), "--max-images: expected 0 or more, received -1"),
    ],
)
def test_target_that_cannot_be_tested_is_one_line(options: tuple[str, ...], reason: str) -> None:
    outcome = run_suite(*options)
    assert outcome.status == 4
    assert reason in outcome.output


@pytest.mark.parametrize(("options", "count"), [((), 0), (("--headers", "on"), 15)])
def test_repeated_headers_are_tested_where_they_are_documented(
    options: tuple[str, ...], count: int
) -> None:
    outcome = run_suite("--contract", LINKS, "-k", "test_repeated_header", *options)
    assert f"{count} passed" in outcome.output if count else "deselected" in outcome.output

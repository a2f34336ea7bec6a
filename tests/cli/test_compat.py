"""``mockserver compat``: what a client gets with each contract, and how that is shown."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from mockserver.cli.client_trial import Client, Ended, Trial
from tests.http import CONTRACTS, NEWEST, PINNED
from tests.process import COMMAND, clean_environment, run

SEND = """
import json, os, pathlib, sys, urllib.request
def send(model=os.environ["AIMLAPI_MODEL"], key=os.environ["AIMLAPI_KEY"]):
    body = json.dumps({"model": model, "prompt": "A fox"}).encode()
    headers = {"Authorization": "Bearer " + key, "Content-Type": "application/json"}
    url = os.environ["AIMLAPI_BASE_URL"] + "/images/generations"
    request = urllib.request.Request(url, body, headers)
    with urllib.request.urlopen(request, timeout=20) as response:
        return json.load(response)
"""
NO_IMAGE = "it exited with 0, but got no image by the URL, key and model that it was given"


def reader(name: str) -> list[str]:
    return [sys.executable, str(Path(__file__).with_name("readers.py")), name]


def compat(*arguments: str) -> tuple[int, str, str]:
    """Run the command with one contract and no seeds, unless others are named."""
    return run("compat", "--seeds", "0", "--contract", PINNED, *arguments)


def trials(*command: str, contracts: Sequence[str] = (PINNED,), seeds: int = 0) -> list[Trial]:
    client = Client(command, (), timeout=30)
    return asyncio.run(client.try_all(contracts, seeds, 4, lambda *_: None))


@pytest.mark.parametrize(
    ("program", "outcome", "reason"),
    [
        ("send()", "reads", ""),
        ("pass", "nothing", NO_IMAGE),
        ("send(model='dall-e-3')", "nothing", NO_IMAGE),
        ("send(key='mock-other')", "nothing", NO_IMAGE),
        ("print('none here'); sys.exit(3)", "nothing", "none here"),
        ("sys.exit(3)", "nothing", "exit status 3"),
        (
            "pathlib.Path(os.environ['MOCKSERVER_IMAGE']).write_text(str(send()))",
            "nothing",
            "the file that it wrote is no PNG, JPEG, WebP or TIFF",
        ),
        ("send()['data']", "crashes", "KeyError: 'data'"),
        ("sys.exit(7)", "crashes", "exit status 7"),
        ("os.kill(os.getpid(), 9)", "crashes", "it was ended by SIGKILL"),
    ],
)
def test_the_end_of_a_client_decides_the_outcome(program: str, outcome: str, reason: str) -> None:
    (trial,) = trials(sys.executable, "-c", SEND + program)
    assert trial.outcome == outcome
    assert trial.reason.startswith(reason)


@pytest.mark.parametrize(
    ("name", "outcomes"),
    [
        ("data-url", ["nothing", "reads"]),
        ("data-either", ["crashes", "reads"]),
        ("choices-b64", ["reads", "crashes"]),
        ("three-shapes", ["reads", "reads"]),
    ],
)
def test_readers_of_different_shapes(name: str, outcomes: list[str]) -> None:
    found = trials(*reader(name), contracts=[PINNED, NEWEST])
    assert [trial.outcome for trial in found] == outcomes


def test_a_written_image_is_inspected() -> None:
    _, printed, _ = compat("--json", "--", *reader("choices-b64"))
    (trial,) = json.loads(printed)["trials"]
    assert trial["image"] == {"media_type": "image/png", "width": 1024, "height": 1024}


def test_without_a_written_image_the_exit_status_is_believed() -> None:
    status, printed, _ = compat("--", sys.executable, "-c", SEND + "send()")
    assert status == 0
    assert "1 image not checked, only the exit status 0: write the image to $" in printed


def test_every_contract_is_tried_by_default() -> None:
    status, printed, _ = run("compat", "--seeds", "0", "--", "true")
    assert status == 1
    lines = printed.partition("\n\n")[0].splitlines()
    assert [line.split() for line in lines] == [[name, "nothing"] for name in CONTRACTS]


def test_a_client_finds_what_it_needs_in_its_environment() -> None:
    variables = "$AIMLAPI_BASE_URL $OPENAI_BASE_URL $AIMLAPI_KEY $OPENAI_API_KEY $AIMLAPI_MODEL"
    (trial,) = trials("sh", "-c", f"echo {variables}; exit 3", contracts=["dall-e-3@2026-01-16"])
    url, same_url, key, same_key, model = trial.reason.split()
    assert (same_url, same_key, model) == (url, key, "dall-e-3")
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/v1", url)


def test_a_slow_client_is_killed_with_its_children(tmp_path: Path) -> None:
    ticks = tmp_path / "ticks"
    slow = ("sh", "-c", f"({ticking(ticks)}) & wait")
    status, printed, _ = compat("--timeout", "1", "--", *slow)
    assert (status, "it did not end in time" in printed) == (1, True)
    assert is_still(ticks)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_the_clients(tmp_path: Path, number: signal.Signals) -> None:
    ticks = tmp_path / "ticks"
    process = subprocess.Popen(
        [*COMMAND, "compat", "--", "sh", "-c", ticking(ticks)],
        env=clean_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with process:
        try:
            wait_for(ticks)
            process.send_signal(number)
            assert process.wait(20) == 130
        finally:
            process.kill()
    assert is_still(ticks)


def ticking(file: Path) -> str:
    """A program for the shell that writes until it is ended."""
    return f"while sleep 0.05; do echo >> {file}; done"


def wait_for(file: Path) -> None:
    end = time.monotonic() + 20
    while not file.exists():
        assert time.monotonic() < end, f"no {file.name}"
        time.sleep(0.02)


def is_still(file: Path) -> bool:
    size = file.stat().st_size
    time.sleep(0.4)
    return file.stat().st_size == size


def test_a_program_that_cannot_be_started_has_crashed(tmp_path: Path) -> None:
    file = tmp_path / "client"
    file.write_bytes(b"\x7fELF no program")
    file.chmod(0o755)
    _, printed, _ = compat("--", str(file))
    assert "cannot be run: Exec format error" in printed


def test_a_variation_that_breaks_a_client_is_named_and_can_be_repeated(tmp_path: Path) -> None:
    found = trials(*reader("data-either"), contracts=[NEWEST], seeds=5)
    assert [trial.seed for trial in found] == [None, 1, 2, 3, 4, 5]
    broken = next(trial for trial in found if trial.outcome == "crashes")
    assert re.match(r"\d/\d+: .*null fields", broken.variation)
    mockserver = tmp_path / "mockserver"
    mockserver.write_text(f'#!/bin/sh\nexec {sys.executable} -m mockserver "$@"\n')
    mockserver.chmod(0o755)
    done = subprocess.run(
        broken.repeat,
        env=clean_environment(PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}"),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 1
    assert broken.reason in done.stderr


def test_a_client_that_cannot_read_the_plain_response_meets_no_variation() -> None:
    found = trials(*reader("choices-b64"), contracts=[NEWEST], seeds=2)
    assert [(trial.seed, trial.outcome) for trial in found] == [(None, "crashes")]


def test_failures_are_shown_with_reasons_and_commands_to_paste() -> None:
    status, printed, complaint = compat(
        "--contract", "dall-e-2@2025-11-20", "--", *reader("choices-b64")
    )
    assert (status, complaint) == (1, "")
    assert printed == (
        f"{PINNED}  reads\n"
        "dall-e-2@2025-11-20  crashes\n"
        "\ncrashes: dall-e-2@2025-11-20\n"
        "  KeyError: 'output'\n"
        "  env AIMLAPI_MODEL=dall-e-2 mockserver run --contract dall-e-2@2025-11-20"
        f" -- {' '.join(reader('choices-b64'))}\n"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Missing argument 'COMMAND...'"),
        (["--", "no-such-command"], "no such command: 'no-such-command'"),
        (["--contract", "dall-e-9", "--", "true"], "no contract 'dall-e-9'"),
        (["--seeds", "-1", "--", "true"], "-1 is not in the range"),
        (["--timeout", "0", "--", "true"], "0.0 is not in the range"),
    ],
)
def test_wrong_usage_is_reported_in_one_line(arguments: list[str], words: str) -> None:
    status, printed, complaint = run("compat", *arguments)
    assert (status, printed, complaint.count("\n")) == (2, "", 1)
    assert words in complaint


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("", ""),
        ("one\ntwo\n\n", "two"),
        ("TypeError: no\n    at main\nNode.js v22\n", "TypeError: no"),
        ("a\tb\x1b[0m", "a b [0m"),
        ("x" * 1000, "x" * 159 + "…"),
    ],
)
def test_the_reason_is_the_last_line_that_names_an_error(output: str, reason: str) -> None:
    assert Ended(1, output).reason == reason

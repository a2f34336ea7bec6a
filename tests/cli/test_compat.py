"""``mockserver compat``: what readers of all kinds get out of the contracts, and how it is told."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from mockserver.cli.compat.reader import shipped
from tests.clients.downloading import NEWEST
from tests.http import CONTRACTS, PINNED
from tests.process import COMMAND, ROOT, clean_environment, run

ASK = """
import json, os, pathlib, sys, urllib.request
def ask(model=os.environ["AIMLAPI_MODEL"], key=os.environ["AIMLAPI_KEY"]):
    body = json.dumps({"model": model, "prompt": "A fox"}).encode()
    about = {"Authorization": "Bearer " + key, "Content-Type": "application/json"}
    url = os.environ["AIMLAPI_BASE_URL"] + "/images/generations"
    with urllib.request.urlopen(urllib.request.Request(url, body, about), timeout=20) as answer:
        return json.load(answer)
"""
ENDINGS = {
    "content": ("ask()", "reads", None),
    "asked-nothing": ("pass", "nothing", "it ended well, but got no image by the URL, key and "),
    "another-model": ("ask(model='dall-e-3')", "nothing", "it ended well, but got no image by"),
    "another-key": ("ask(key='mock-other')", "nothing", "it ended well, but got no image by the"),
    "says-so": ("print('none here'); sys.exit(3)", "nothing", "none here"),
    "says-it-briefly": ("sys.exit(3)", "nothing", "it says so by its exit status"),
    "text": (
        "pathlib.Path(os.environ['MOCKSERVER_IMAGE']).write_text(str(ask()))",
        "nothing",
        "what it handed in is no PNG, JPEG or WebP",
    ),
    "raises": ("ask()['data']", "crashes", "KeyError: 'data'"),
    "exits": ("sys.exit(7)", "crashes", "exit status 7"),
    "killed": ("os.kill(os.getpid(), 9)", "crashes", "it was ended by SIGKILL"),
}
"""By the reader's name: what it does, what that counts as, and how the reason begins."""


def own(name: str, program: str, folder: Path) -> str:
    file = folder / f"{name}.py"
    file.write_text(ASK + program)
    return f"--reader={name}={sys.executable} {file}"


def compat(*arguments: str) -> tuple[int, str, str]:
    """Run the command on few contracts and seeds, unless others are named."""
    return run("compat", "--seeds", "0", "--contract", PINNED, *arguments)


def readings(*arguments: str) -> list[dict[str, Any]]:
    _, printed, told = run("compat", "--json", *arguments)
    assert printed, told
    found: list[dict[str, Any]] = json.loads(printed)["readings"]
    return found


@pytest.fixture(scope="module")
def endings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("readers")
    readers = [own(name, program, folder) for name, (program, *_) in ENDINGS.items()]
    found = readings("--seeds=0", f"--contract={PINNED}", "--no-shipped", *readers)
    return {reading["reader"]: reading for reading in found}


@pytest.mark.parametrize("name", ENDINGS)
def test_how_a_reader_ends_tells_what_it_got(endings: dict[str, dict[str, Any]], name: str) -> None:
    _, outcome, reason = ENDINGS[name]
    assert endings[name]["outcome"] == outcome
    assert (endings[name]["reason"] or "").startswith(reason or "")


def test_a_image_that_is_handed_in_is_looked_at() -> None:
    (reading,) = readings("--seeds=0", f"--contract={PINNED}", "--reader=choices-b64")
    assert reading["image"] == {"media_type": "image/png", "width": 1024, "height": 1024}


def test_a_reader_that_shows_no_image_is_taken_at_its_word(tmp_path: Path) -> None:
    status, printed, _ = compat("--no-shipped", own("quiet", "ask()", tmp_path))
    assert status == 0
    assert "quiet: taken at its word" in printed
    assert "$MOCKSERVER_IMAGE" in printed


def test_a_reader_finds_what_it_needs_in_its_environment() -> None:
    say = "echo $AIMLAPI_BASE_URL $OPENAI_BASE_URL $AIMLAPI_KEY $OPENAI_API_KEY $AIMLAPI_MODEL"
    reader = f"--reader=env=sh -c '{say}; exit 3'"
    (reading,) = readings("--seeds=0", "--contract=dall-e-3", "--no-shipped", reader)
    url, same_url, key, same_key, model = reading["reason"].split()
    assert (same_url, same_key, model) == (url, key, "dall-e-3")
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/v1", url)


def test_a_slow_reader_is_ended_with_all_that_it_has_started(tmp_path: Path) -> None:
    ticks = tmp_path / "ticks"
    slow = f"--reader=slow=sh -c '({ticking(ticks)}) & wait'"
    status, printed, _ = compat("--no-shipped", "--timeout", "1", slow)
    assert (status, "it did not end in time" in printed) == (1, True)
    assert is_still(ticks)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_the_readers(tmp_path: Path, number: signal.Signals) -> None:
    ticks = tmp_path / "ticks"
    process = subprocess.Popen(
        [*COMMAND, "compat", "--no-shipped", f"--reader=slow=sh -c '{ticking(ticks)}'"],
        env=clean_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with process:
        wait_for(ticks)
        process.send_signal(number)
        assert process.wait(20) == 130
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


def test_what_cannot_be_started_has_crashed(tmp_path: Path) -> None:
    file = tmp_path / "reader"
    file.write_bytes(b"\x7fELF no program")
    file.chmod(0o755)
    _, printed, _ = compat("--no-shipped", f"--reader=broken={file}")
    assert "cannot be run: Exec format error" in printed


@pytest.mark.parametrize(
    ("readers", "status"),
    [
        (["--reader=data-url", "--reader=choices-b64"], 0),
        (["--reader=data-url", "--reader=mine=true"], 1),
    ],
)
def test_only_a_reader_of_the_users_own_fails_the_run(readers: list[str], status: int) -> None:
    ended, printed, _ = compat(*readers)
    assert (ended, "nothing" in printed) == (status, True)


def test_a_variation_that_breaks_a_reader_is_named_and_can_be_repeated(tmp_path: Path) -> None:
    found = readings("--contract", NEWEST, "--reader=data-either")
    assert [reading["vary"] for reading in found] == [None, 1, 2, 3, 4, 5]
    broken = next(reading for reading in found if reading["outcome"] == "crashes")
    assert re.match(r"\d/\d+: .*null fields", broken["variation"])
    mockserver = tmp_path / "mockserver"
    mockserver.write_text(f'#!/bin/sh\nexec {sys.executable} -m mockserver "$@"\n')
    mockserver.chmod(0o755)
    done = subprocess.run(
        ["sh", "-c", broken["repeat"]],
        env=clean_environment(PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}"),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 1
    assert broken["reason"] in done.stderr


def test_who_cannot_read_the_plain_response_meets_no_variation() -> None:
    found = readings("--seeds", "2", "--contract", NEWEST, "--reader=choices-b64")
    assert [(reading["vary"], reading["outcome"]) for reading in found] == [(None, "crashes")]


def test_the_matrix_for_the_terminal_gives_reasons_and_lines_to_paste() -> None:
    ids = ["--contract", "dall-e-2@2025-11-20"]
    status, printed, told = compat(*ids, "--reader=data-url", "--reader=choices-b64")
    lines = [line.split() for line in printed.splitlines()]
    assert lines[:4] == [
        ["reader", "dall-e-2", "dall-e-2"],
        ["2025-08-19", "2025-11-20"],
        ["data-url", "nothing", "reads"],
        ["choices-b64", "reads", "crashes"],
    ]
    assert "choices-b64 crashes: dall-e-2@2025-11-20\n  KeyError: 'output'\n" in printed
    line = f"  AIMLAPI_MODEL=dall-e-2 mockserver run --contract {PINNED} -- {sys.executable} -m "
    assert line in printed
    assert "4/4  " in told
    assert status == 0


def test_the_table_keeps_its_cells_apart() -> None:
    _, printed, _ = compat("--markdown", "--no-shipped", "--reader=a|b=true")
    assert printed.splitlines()[2] == r"| `a\|b` | nothing |"


def test_a_reader_whose_package_is_missing_is_no_failure() -> None:
    program = (
        "import sys; sys.modules['openai'] = None; from mockserver.cli.main import main; "
        f"sys.argv[1:] = ['compat', '--contract', '{PINNED}', '--reader', 'openai-url']; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[2].split() == ["openai-url", "not", "installed"]
    assert f"openai-url is not installed: {PINNED}\n  pip install openai\n" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--reader", "nobody"], "no reader 'nobody'; expected NAME=COMMAND or one of data-url, "),
        (["--reader", "=true"], "expected a reader as NAME=COMMAND, received '=true'"),
        (["--reader", "mine="], "expected a reader as NAME=COMMAND, received 'mine='"),
        (["--reader", "mine='"], "No closing quotation"),
        (["--reader", "mine=no-such-command"], "no such command: 'no-such-command'"),
        (["--reader", "data-url", "--reader", "data-url=true"], "two readers are named 'data-url'"),
        (["--no-shipped"], "no reader to try"),
        (["--contract", "dall-e-9"], "no contract 'dall-e-9'"),
        (["--seeds", "-1"], "-1 is not in the range"),
        (["--timeout", "0"], "0.0 is not in the range"),
    ],
)
def test_wrong_usage_is_said_in_one_line(arguments: list[str], words: str) -> None:
    status, printed, told = run("compat", *arguments)
    assert (status, printed, told.count("\n")) == (2, "", 1)
    assert words in told


def test_the_matrix_in_the_readme_is_what_the_command_prints() -> None:
    done = subprocess.run(
        [*COMMAND, "compat", "--markdown"],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    assert done.stdout in (ROOT / "README.md").read_text(), done.stdout
    assert done.stdout.count("\n| `") == len(shipped())
    assert all(f"`{contract}`" in done.stdout for contract in CONTRACTS)

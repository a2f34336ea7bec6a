"""``mockserver run``: a command of any kind meets the mock, and its end is the run's end."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mockserver.strict_json import JSON
from tests.process import COMMAND, clean_environment, run, run_process

pytestmark = pytest.mark.slow

DRAW = """
import json, os, sys, urllib.error, urllib.request
for prompt in sys.argv[1:]:
    body = json.dumps({"model": "dall-e-2", "prompt": prompt, "colour": "red"}).encode()
    key = os.environ["OPENAI_API_KEY"]
    about = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    url = os.environ["OPENAI_BASE_URL"] + "/images/generations"
    try:
        urllib.request.urlopen(urllib.request.Request(url, body, about), timeout=20).read()
    except urllib.error.HTTPError as error:
        error.close()
"""
FIELDS = """
import json, os, urllib.request
body = json.dumps({"model": "dall-e-2", "prompt": "A fox", "size": "256x256"}).encode()
about = {"Authorization": "Bearer mock-key", "Content-Type": "application/json"}
url = os.environ["AIMLAPI_BASE_URL"] + "/images/generations"
with urllib.request.urlopen(urllib.request.Request(url, body, about), timeout=20) as answer:
    print(list(json.load(answer)))
"""
WAIT = """
import signal, sys, time
def end(number, frame):
    print("heard", signal.Signals(number).name, flush=True)
    sys.exit(40 + number)
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, end)
print("ready", flush=True)
time.sleep(60)
"""
COUNT = """
import signal, time
heard = []
signal.signal(signal.SIGINT, lambda *_: heard.append(1))
print("ready", flush=True)
while not heard:
    time.sleep(0.02)
time.sleep(0.5)
print("heard", len(heard))
"""


def python(text: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", text, *arguments]


def test_what_was_called_is_summed_up() -> None:
    status, printed, told = run("run", "--", *python(DRAW, "A fox", "A cat"))
    assert (status, printed) == (0, "")
    assert told.splitlines() == [
        "mockserver: 2 requests: 2 x 201",
        "  2 x hint /request/body/colour: expected a documented field, received 'red'",
    ]


def test_a_contract_and_a_scenario_can_be_chosen() -> None:
    options = ["--contract", "dall-e-2@2026-01-16", "--scenario", "rate-limited"]
    _, _, told = run("run", *options, *python(DRAW, *"abcdef"))
    assert "mockserver: 6 requests: 3 x 200, 3 x 429" in told
    assert "  3 faults: 3 x rate-limited" in told


def test_responses_vary_by_a_seed(capfd: pytest.CaptureFixture[str]) -> None:
    def printed(*options: str) -> str:
        run("run", *options, "--", *python(FIELDS))
        return capfd.readouterr().out

    assert "x_mock_0" in printed("--vary", "5")
    assert "x_mock_0" not in printed()
    assert run("run", "--vary", "x", "true")[0] == 2


def test_a_command_that_asks_for_nothing_is_told_so() -> None:
    question = "  does COMMAND read OPENAI_BASE_URL or AIMLAPI_BASE_URL?\n"
    assert run("run", "true") == (0, "", f"mockserver: 0 requests\n{question}")


def test_the_environment_is_the_callers_with_that_of_the_mock(
    capfd: pytest.CaptureFixture[str],
) -> None:
    run("run", "env", variables={"MINE": "1"})
    printed = capfd.readouterr().out
    found = dict(line.split("=", 1) for line in printed.splitlines() if "=" in line)
    assert found["MINE"] == "1"
    assert found["AIML_API_BASE"] == found["AIMLAPI_BASE_URL"] == found["OPENAI_BASE_URL"]
    assert found["AIMLAPI_BASE_URL"].startswith("http://127.0.0.1:")
    assert found["AIMLAPI_KEY"] == found["AIML_API_KEY"] == found["OPENAI_API_KEY"]


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        ({}, "127.0.0.1"),
        ({"NO_PROXY": "corp.test"}, "corp.test,127.0.0.1"),
        ({"no_proxy": "a.test", "NO_PROXY": "b.test"}, "a.test,b.test,127.0.0.1"),
        ({"no_proxy": "*"}, "*"),
    ],
)
def test_no_proxy_stands_before_the_mock(
    stated: dict[str, str], kept: str, capfd: pytest.CaptureFixture[str]
) -> None:
    dead = dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY"), "http://127.0.0.1:9")
    look = "import os; print(os.environ['NO_PROXY'], os.environ['no_proxy'])"
    variables = {**dead, **stated}
    _, _, told = run("run", *python(f"{DRAW}\n{look}", "A fox"), variables=variables)
    assert capfd.readouterr().out.split() == [kept, kept]
    assert "1 request: 1 x 201" in told


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (python("raise SystemExit(7)"), 7),
        (python("import os, signal; os.kill(os.getpid(), signal.SIGKILL)"), 137),
    ],
)
def test_the_status_is_the_commands(command: list[str], status: int) -> None:
    assert run("run", "--", *command)[0] == status


def test_options_behind_the_command_are_its_own() -> None:
    assert run_process("run", "echo", "--contract", "-x")[1] == "--contract -x\n"


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["no-such-command"], 127, "cannot run 'no-such-command': no such command"),
        ([str(Path(__file__).parent)], 126, "Permission denied"),
        ([], 2, "Missing argument 'COMMAND...'"),
        (["--port", "1", "true"], 2, "run has no option '--port'; it takes a free port itself"),
        (["--scenario", "calm", "true"], 2, "no scenario 'calm'"),
        (["--contract", "dall-e-9@2030-01-01", "true"], 2, "dall-e-9"),
    ],
)
def test_what_cannot_be_run_is_said_in_one_line(
    arguments: list[str], status: int, words: str
) -> None:
    ended, printed, told = run("run", *arguments)
    assert (ended, printed) == (status, "")
    assert words in told.splitlines()[0]


@contextmanager
def started(program: str, **how: JSON) -> Iterator[subprocess.Popen[str]]:
    """A run of a program that waits for a signal, once it is ready for it."""
    process = subprocess.Popen(
        [*COMMAND, "run", "--", *python(program)],
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **{"stdin": subprocess.DEVNULL, **how},
    )
    with process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_is_passed_on_and_the_summary_still_comes(number: signal.Signals) -> None:
    with started(WAIT) as process:
        process.send_signal(number)
        printed, told = process.communicate(timeout=20)
    assert (process.returncode, printed) == (40 + number, f"heard {number.name}\n")
    assert "mockserver: 0 requests" in told


def test_what_the_terminal_sends_to_everybody_is_not_sent_twice() -> None:
    keyboard, terminal = pty.openpty()
    own = {"stdin": terminal, "start_new_session": True, "preexec_fn": take_terminal}
    try:
        with started(COUNT, **own) as process:
            os.write(keyboard, b"\x03")
            printed, _ = process.communicate(timeout=20)
    finally:
        os.close(keyboard)
        os.close(terminal)
    assert (process.returncode, printed) == (0, "heard 1\n")


def take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)

"""The command ``mockserver``: in this process, or as one of its own, as a user starts it."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from mockserver.cli.main import main

ROOT = Path(__file__).resolve().parent.parent
COMMAND = [sys.executable, "-m", "mockserver"]
_TIMEOUT_SECONDS = 60


def clean_environment(**variables: str) -> dict[str, str]:
    """This process's environment without settings for the mock, and with ``variables``.

    It seems not to be started by make, whose users get other hints.
    """
    foreign = ("MOCKSERVER_", "MAKELEVEL")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
    return {**kept, "PYTHONPATH": str(ROOT), **variables}


def run(
    *arguments: str, variables: Mapping[str, str] | None = None, merged: bool = False
) -> tuple[int, str, str]:
    """Run the command in this process: exit status, standard output, standard error.

    :param merged: write the standard error to the standard output.
    """
    printed, told, nothing = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(3))
    with (
        pytest.MonkeyPatch.context() as patch,
        redirect_stdout(printed),
        redirect_stderr(printed if merged else told),
    ):
        for name in [name for name in os.environ if name.startswith("MOCKSERVER_")]:
            patch.delenv(name)
        for name, value in (variables or {}).items():
            patch.setenv(name, value)
        patch.setattr(sys, "argv", ["mockserver", *arguments])
        patch.setattr(sys, "stdin", nothing)
        with pytest.raises(SystemExit) as ended:
            main()
    return int(ended.value.code or 0), _written(printed), _written(told)


def _written(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


def run_process(
    *arguments: str, variables: Mapping[str, str] | None = None
) -> tuple[int, str, str]:
    """Run the command to its end: exit status, standard output, standard error."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        env=clean_environment(**(variables or {})),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=_TIMEOUT_SECONDS,
    )
    return done.returncode, done.stdout, done.stderr


def run_program(*command: str | Path, cwd: Path = ROOT, **variables: str) -> tuple[int, str]:
    """Run a program to its end: exit status, and its standard output and error as one."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=clean_environment(**variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=2 * _TIMEOUT_SECONDS,
    )
    return done.returncode, done.stdout


@contextmanager
def started(*options: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """Start ``mockserver serve`` on a free port; it is ended with the block."""
    arguments = ["serve", "--port", "0", *options]
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        env=clean_environment(**variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            end(process)


@contextmanager
def served(*options: str) -> Iterator[str]:
    """Serve on a free port, and give the base URL once it stands."""
    with started("--no-access-log", *options) as process:
        yield banner(process)[0]


@contextmanager
def gunicorn(*options: str, **variables: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Serve by two processes of gunicorn, as the documents say: the base URL, and their parent."""
    command = ["gunicorn", "-w", "2", "-b", "127.0.0.1:0", "--no-control-socket", *options]
    process = subprocess.Popen(
        [sys.executable, "-m", *command, "mockserver:app_from_environment()"],
        env=clean_environment(**variables),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stderr
        lines = iter(process.stderr.readline, "")
        found = next(filter(None, (re.search(r"http://\S+", line) for line in lines)), None)
        try:
            assert found, "gunicorn did not start"
            yield found.group(), process
        finally:
            end(process)


def banner(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Read what a started mock prints: the base URL, and all of it."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "to stop" in line:
            break
    text = "".join(lines)
    found = re.search(r"http://\S+", text)
    assert found, f"the mock did not start: {text}{_complaint(process)}"
    return found.group(), text


def end(process: subprocess.Popen[str]) -> None:
    """Interrupt a process as Ctrl-C does, and wait until it is gone."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        raise


def _complaint(process: subprocess.Popen[str]) -> str:
    process.kill()
    return process.stderr.read() if process.stderr else ""

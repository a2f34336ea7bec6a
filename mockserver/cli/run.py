"""The command ``mockserver run``: a command with the mock in place of the live API."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

import click

from mockserver.cli.commands import GroupedCommand
from mockserver.cli.options import quiet_option, setting_options
from mockserver.cli.output import note, pluralize
from mockserver.strict_json import JSON
from mockserver.testing.journal_entry import JournalEntry

_NO_SUCH_COMMAND = 127
_NO_COMMAND = 126
_BY_SIGNAL = 128
_STEP_SECONDS = 0.5
_FORWARDED = {"SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1"}
_FROM_THE_TERMINAL = {"SIGINT", "SIGQUIT"}


@click.command(
    cls=GroupedCommand,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@setting_options(
    *("contracts", "scenario", "latency", "vary", "schemas", "headers", "seed"),
    *("images", "rules", "replay", "replay_only", "replay_speed"),
    *("rate_limit", "concurrency", "credits", "cost", "time_scale"),
)
@quiet_option
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run(command: tuple[str, ...], **settings: JSON) -> None:
    """Run COMMAND with the mock as the API, and exit as it does.

    COMMAND finds the mock by AIMLAPI_BASE_URL, AIML_API_BASE and OPENAI_BASE_URL, and a key in
    AIMLAPI_KEY, AIML_API_KEY and OPENAI_API_KEY; docs/testing.md lists all variables. Its requests
    are summarized on standard error.
    """
    from mockserver.testing.mock_server import MockServer

    if command[0].startswith("-"):
        raise click.UsageError(f"run has no option {command[0]!r}; it takes a free port itself")
    with MockServer(**settings) as api:
        status = _run(command, {**os.environ, **api.environment})
        entries = api.everybody().find()
    note("\n".join(_summary(entries)))
    click.get_current_context().exit(status)


def _run(command: Sequence[str], environment: dict[str, str]) -> int:
    """Return the status of a command as a shell does."""
    try:
        process = subprocess.Popen(command, env=environment)
    except FileNotFoundError:
        _cannot_run(command, "no such command", _NO_SUCH_COMMAND)
    except OSError as error:
        _cannot_run(command, error.strerror or str(error), _NO_COMMAND)
    with _forwarding(process):
        status = _wait(process)
    return status if status >= 0 else _BY_SIGNAL - status


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Wait for an end in steps: a signal that comes just before one long wait would be lost."""
    while True:
        with suppress(subprocess.TimeoutExpired):
            return process.wait(_STEP_SECONDS)


def _cannot_run(command: Sequence[str], reason: str, status: int) -> NoReturn:
    click.echo(f"mockserver: cannot run {command[0]!r}: {reason}", err=True)
    click.get_current_context().exit(status)


@contextmanager
def _forwarding(process: subprocess.Popen[bytes]) -> Iterator[None]:
    def forward(number: int, _: FrameType | None) -> None:
        # Ctrl-C reaches every process in the foreground of the terminal: this one has it already.
        if signal.Signals(number).name not in _FROM_THE_TERMINAL or not _in_foreground():
            process.send_signal(number)

    # By name, since Windows has only some of them.
    forwarded = [number for number in signal.Signals if number.name in _FORWARDED]
    before = {number: signal.signal(number, forward) for number in forwarded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _in_foreground() -> bool:
    with suppress(OSError, ValueError):
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    return False


def _summary(entries: Sequence[JournalEntry]) -> Iterator[str]:
    """Summarize requests: by status, by fault, and each finding once."""
    statuses = _counted(entry.status for entry in entries)
    yield f"mockserver: {pluralize(len(entries), 'request')}{statuses}"
    if not entries:
        yield "  does COMMAND read OPENAI_BASE_URL or AIMLAPI_BASE_URL?"
    faults = [entry.fault for entry in entries if entry.fault]
    if faults:
        yield f"  {pluralize(len(faults), 'fault')}{_counted(faults)}"
    findings = Counter(str(finding) for entry in entries for finding in entry.findings)
    for finding, times in findings.most_common():
        yield f"  {times} x {finding}"


def _counted(values: Iterable[object]) -> str:
    text = ", ".join(f"{times} x {value}" for value, times in Counter(values).most_common())
    return f": {text}" if text else ""

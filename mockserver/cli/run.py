"""The command ``mockserver run``: a command that meets the mock instead of the live API."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING

import click

from mockserver.cli.options import schemas_option
from mockserver.cli.output import pluralize

if TYPE_CHECKING:
    from mockserver.contracts import ContractCatalog
    from mockserver.testing.journal_entry import JournalEntry

__all__ = ["run"]

_NO_SUCH_COMMAND = 127
_NO_COMMAND = 126
_BY_SIGNAL = 128
_STEP_SECONDS = 0.5
_PASSED_ON = {"SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1"}
_FROM_THE_TERMINAL = {"SIGINT", "SIGQUIT"}


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option(
    "--contract",
    "contracts",
    multiple=True,
    metavar="MODEL@REVISION",
    help="The revision that a model answers with. Repeatable.",
)
@schemas_option
@click.option("--scenario", metavar="NAME|FILE", help="Faults that every request can meet.")
@click.option("--vary", type=int, metavar="SEED", help="Let answers use their contracts' freedom.")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run(
    contracts: tuple[str, ...],
    catalog: ContractCatalog,
    scenario: str | None,
    vary: int | None,
    command: tuple[str, ...],
) -> int:
    """Start the mock, run COMMAND with it as the API, and exit as it does.

    COMMAND finds the mock by AIMLAPI_BASE_URL and OPENAI_BASE_URL, and a key in AIMLAPI_KEY,
    AIML_API_KEY and OPENAI_API_KEY. What it asked for is summed up on standard error.
    """
    from mockserver.testing.mock_server import MockServer

    schemas = tuple(map(str, catalog.more))
    with MockServer(contracts=contracts, schemas=schemas, scenario=scenario, vary=vary) as api:
        status = _run(command, {**os.environ, **api.environment})
        asked = api.everybody().find()
    click.echo("\n".join(_summary(asked)), err=True)
    return status


def _run(command: Sequence[str], environment: dict[str, str]) -> int:
    """Run a command to its end, and give its status as a shell does."""
    try:
        process = subprocess.Popen(command, env=environment)
    except FileNotFoundError:
        return _refuse(command, "no such command", _NO_SUCH_COMMAND)
    except OSError as error:
        return _refuse(command, error.strerror or str(error), _NO_COMMAND)
    with _passing_on(process):
        status = _waited(process)
    return status if status >= 0 else _BY_SIGNAL - status


def _waited(process: subprocess.Popen[bytes]) -> int:
    """Wait for an end in steps: a signal that comes just before one long wait would be lost."""
    while True:
        with suppress(subprocess.TimeoutExpired):
            return process.wait(_STEP_SECONDS)


def _refuse(command: Sequence[str], reason: str, status: int) -> int:
    click.echo(f"mockserver: cannot run {command[0]!r}: {reason}", err=True)
    return status


@contextmanager
def _passing_on(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Hand the signals that arrive on to a process."""

    def forward(number: int, _: FrameType | None) -> None:
        # Ctrl-C goes to all that the terminal's foreground holds: the process has it already.
        if signal.Signals(number).name not in _FROM_THE_TERMINAL or not _in_foreground():
            process.send_signal(number)

    # By name, since Windows has only some of them.
    passed_on = [number for number in signal.Signals if number.name in _PASSED_ON]
    before = {number: signal.signal(number, forward) for number in passed_on}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _in_foreground() -> bool:
    with suppress(OSError, ValueError):
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    return False


def _summary(asked: Sequence[JournalEntry]) -> Iterator[str]:
    """Sum up what was asked: by status, by fault, and each finding once."""
    yield f"mockserver: {pluralize(len(asked), 'request')}{_by(request.status for request in asked)}"
    faults = [request.fault for request in asked if request.fault]
    if faults:
        yield f"  {pluralize(len(faults), 'fault')}{_by(faults)}"
    findings = Counter(str(finding) for request in asked for finding in request.findings)
    for finding, times in findings.most_common():
        yield f"  {times} x {finding}"


def _by(values: Iterable[object]) -> str:
    told = ", ".join(f"{times} x {value}" for value, times in Counter(values).most_common())
    return f": {told}" if told else ""

"""Run a reader to its end, or to the end of one's patience."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import tempfile
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

__all__ = ["Ended", "run_program"]

_MOST = 64 * 1024
_LONGEST = 160
_TELLING = re.compile(r"error|exception|panic", re.IGNORECASE)


@dataclass(frozen=True)
class Ended:
    """How a program ended.

    :ivar status: its exit status, negative for a signal; None when it was too slow.
    :ivar output: the end of what it printed, on standard output and standard error.
    """

    status: int | None
    output: str

    @property
    def complaint(self) -> str:
        """The last line in which it speaks of an error, else the last one of all."""
        lines = [line.strip() for line in self.output.splitlines() if line.strip()]
        telling = [line for line in lines if _TELLING.search(line)]
        last = (telling or lines or [""])[-1]
        shown = "".join(letter if letter.isprintable() else " " for letter in last)
        return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"


async def run_program(
    command: Sequence[str], environment: Mapping[str, str], timeout: float
) -> Ended:
    """Run a program by itself, without input.

    :param timeout: seconds, after which it is killed, and whatever it has started.
    """
    # A file, not a pipe: a child that outlives the program would keep a pipe open.
    with tempfile.TemporaryFile() as log:
        try:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=DEVNULL, stdout=log, stderr=log, env=environment, process_group=0
            )
        except OSError as error:
            return Ended(127, f"cannot be run: {error.strerror}")
        return Ended(await _status(process, timeout), _tail(log))


async def _status(process: Process, timeout: float) -> int | None:
    try:
        return await asyncio.wait_for(process.wait(), timeout)
    except TimeoutError:
        return None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


def _tail(log: IO[bytes]) -> str:
    log.seek(max(0, log.seek(0, os.SEEK_END) - _MOST))
    return log.read().decode(errors="replace")

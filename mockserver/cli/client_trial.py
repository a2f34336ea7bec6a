"""A user's client program, run against the mock by one contract after the other."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import tempfile
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mockserver.errors import ImageError
from mockserver.images.inspect import ImageFile, inspect
from mockserver.testing.journal_entry import JournalEntry
from mockserver.testing.mock_server import MockServer

_NO_IMAGE = 3
"""The exit status by which a client says that it found no image in the response."""

_MAX_OUTPUT_BYTES = 64 * 1024
_MAX_REASON = 160
_MAX_JOURNAL = 100_000
_ERROR = re.compile(r"error|exception|panic", re.IGNORECASE)


class Outcome(StrEnum):
    """What a client got."""

    READS = "reads"
    NOTHING = "nothing"
    CRASHES = "crashes"


@dataclass(frozen=True)
class Trial:
    """One run of a client.

    :ivar seed: of ``--vary``; None for the plain response.
    :ivar repeat: the command that repeats it.
    :ivar variation: what the seed changed in the response, as the journal names it.
    :ivar image: the image that the client wrote; None where it wrote none.
    """

    contract: str
    seed: int | None
    repeat: tuple[str, ...]
    outcome: Outcome
    reason: str = ""
    variation: str = ""
    image: ImageFile | None = None

    @property
    def failed(self) -> bool:
        """Whether the client got no image."""
        return self.outcome is not Outcome.READS


@dataclass(frozen=True)
class Ended:
    """How a program ended.

    :ivar status: its exit status, below 0 for a signal; None when it took too long.
    :ivar output: the end of its output, on standard output and standard error.
    """

    status: int | None
    output: str

    @property
    def reason(self) -> str:
        """The last line of the output that names an error, else the last line."""
        lines = [line.strip() for line in self.output.splitlines() if line.strip()]
        errors = [line for line in lines if _ERROR.search(line)]
        last = (errors or lines or [""])[-1]
        text = "".join(letter if letter.isprintable() else " " for letter in last)
        return text if len(text) <= _MAX_REASON else f"{text[: _MAX_REASON - 1]}…"

    @property
    def failure(self) -> str:
        """Why it got no image."""
        if self.status is None:
            return "it did not end in time"
        if self.status < 0:
            return f"it was ended by {signal.Signals(-self.status).name}"
        return self.reason or f"exit status {self.status}"


@dataclass(frozen=True)
class Client:
    """A client program, which no shell runs.

    :ivar schemas: folders with further contracts.
    :ivar timeout: how long it may take, in seconds.
    """

    command: tuple[str, ...]
    schemas: tuple[str, ...]
    timeout: float

    async def try_all(
        self,
        contracts: Iterable[str],
        seeds: int,
        jobs: int,
        on_contract: Callable[[str, Sequence[Trial]], None],
    ) -> list[Trial]:
        """Run the client against contracts: with plain responses, then with varied ones.

        :param seeds: how many seeds of ``--vary`` are tried.
        :param jobs: how many processes run at once.
        :param on_contract: called with the trials of each contract, in order.
        """
        free = asyncio.Semaphore(jobs)
        with ExitStack() as stack:
            # One mock for each seed, and one for plain responses.
            mocks = {
                seed: stack.enter_context(
                    MockServer(vary=seed, schemas=self.schemas, journal=_MAX_JOURNAL)
                )
                for seed in (None, *range(1, seeds + 1))
            }
            async with asyncio.TaskGroup() as group:
                tasks = {
                    contract: group.create_task(self._try(mocks, free, contract))
                    for contract in contracts
                }
                for contract, task in tasks.items():
                    on_contract(contract, await task)
        return [trial for task in tasks.values() for trial in task.result()]

    async def _try(
        self, mocks: Mapping[int | None, MockServer], free: asyncio.Semaphore, contract: str
    ) -> list[Trial]:
        async def run(seed: int | None) -> Trial:
            async with free:
                return await self._run(mocks[seed], contract, seed)

        plain = await run(None)
        # Variations say nothing about a client that cannot read the plain response.
        seeds = [seed for seed in mocks if seed is not None and not plain.failed]
        return [plain, *await asyncio.gather(*map(run, seeds))]

    async def _run(self, mock: MockServer, contract: str, seed: int | None) -> Trial:
        # A key of its own selects the contract and identifies its requests.
        api = mock.with_key()
        api.use_contract(contract)
        model = {"AIMLAPI_MODEL": contract.partition("@")[0]}
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "image"
            variables = {**api.environment, **model, "MOCKSERVER_IMAGE": str(file)}
            ended = await _run_program(self.command, {**os.environ, **variables}, self.timeout)
            requests = await asyncio.to_thread(lambda: api.requests)
            received = [request for request in requests if request.contract == contract]
            outcome, reason, image = _judge(ended, received, file)
        variation = next((request.variation for request in received if request.variation), "")
        repeat = self._repeat(model, contract, seed)
        return Trial(contract, seed, repeat, outcome, reason, variation, image)

    def _repeat(self, model: Mapping[str, str], contract: str, seed: int | None) -> tuple[str, ...]:
        """Return the command that runs the client alone against the same response."""
        variables = [f"{name}={value}" for name, value in model.items()]
        folders = [word for folder in self.schemas for word in ("--schemas", folder)]
        vary = [] if seed is None else ["--vary", str(seed)]
        run = ["mockserver", "run", *folders, "--contract", contract, *vary, "--"]
        return ("env", *variables, *run, *self.command)


def _judge(
    ended: Ended, received: Sequence[JournalEntry], file: Path
) -> tuple[Outcome, str, ImageFile | None]:
    """Judge a client by its end, by the file it wrote and by the mock's journal."""
    if ended.status == _NO_IMAGE:
        return Outcome.NOTHING, ended.failure, None
    if ended.status != 0:
        return Outcome.CRASHES, ended.failure, None
    if not any(request.images for request in received):
        reason = "it exited with 0, but got no image by the URL, key and model that it was given"
        return Outcome.NOTHING, reason, None
    try:
        return Outcome.READS, "", inspect(file.read_bytes()) if file.exists() else None
    except ImageError as error:
        return Outcome.NOTHING, f"the file that it wrote is {error}", None


async def _run_program(
    command: Sequence[str], environment: Mapping[str, str], timeout: float
) -> Ended:
    """Run a program without input; after the timeout, kill it and its children."""
    # A file, not a pipe: a child that outlives the program would keep a pipe open.
    with tempfile.TemporaryFile() as log:
        try:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=DEVNULL, stdout=log, stderr=log, env=environment, process_group=0
            )
        except OSError as error:
            return Ended(127, f"cannot be run: {error.strerror}")
        status = await _wait(process, timeout)
        log.seek(max(0, log.seek(0, os.SEEK_END) - _MAX_OUTPUT_BYTES))
        return Ended(status, log.read().decode(errors="replace"))


async def _wait(process: Process, timeout: float) -> int | None:
    try:
        return await asyncio.wait_for(process.wait(), timeout)
    except TimeoutError:
        return None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()

"""Let readers meet contracts: first the plain answer, then, if that is read, varied ones."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from mockserver.cli.compat.judging import judge
from mockserver.cli.compat.program import run_program
from mockserver.cli.compat.reader import Reader
from mockserver.cli.compat.reading import IMAGE, Cell, Matrix, Meeting, Outcome, Reading
from mockserver.testing.mock_server import MockServer

__all__ = ["Trial"]

_JOURNAL = 100_000

Mocks = Mapping[int | None, MockServer]
"""By the seed of ``--vary``, and for None the plain one."""


@dataclass(frozen=True)
class Trial:
    """Which readers meet what.

    :ivar schemas: folders with contracts beside the shipped ones.
    :ivar seeds: of ``--vary``; every one has a mock of its own.
    :ivar timeout: how long a reader may take, in seconds.
    :ivar jobs: how many readers run at once.
    :ivar tell: is given a line for each cell once it is known.
    """

    readers: tuple[Reader, ...]
    contracts: tuple[str, ...]
    schemas: tuple[str, ...]
    seeds: tuple[int, ...]
    timeout: float
    jobs: int
    tell: Callable[[str], None]

    def matrix(self) -> Matrix:
        """Run every reader against every contract."""
        with _mocks(self.seeds, self.schemas) as mocks:
            return Matrix(self.readers, self.contracts, asyncio.run(self._cells(mocks)))

    async def _cells(self, mocks: Mocks) -> dict[tuple[str, str], Cell]:
        places, cells = asyncio.Semaphore(self.jobs), dict[tuple[str, str], Cell]()
        number = len(self.readers) * len(self.contracts)

        async def fill(reader: Reader, contract: str) -> None:
            cell = await self._cell(mocks, places, reader, contract)
            cells[reader.name, contract] = cell
            count = f"{len(cells):{len(str(number))}}/{number}"
            self.tell(f"{count}  {contract}  {reader.name}: {cell.words}")

        every = [(reader, contract) for contract in self.contracts for reader in self.readers]
        await asyncio.gather(*(fill(*each) for each in every))
        return cells

    async def _cell(
        self, mocks: Mocks, places: asyncio.Semaphore, reader: Reader, contract: str
    ) -> Cell:
        meeting = Meeting(reader, contract, self.schemas)
        if reader.missing:
            return Cell((Reading(meeting, Outcome.ABSENT, reader.missing),))

        async def reading(seed: int | None) -> Reading:
            async with places:
                return await self._reading(mocks[seed], replace(meeting, seed=seed))

        plain = await reading(None)
        # Who cannot read the plain answer learns nothing from its variations.
        seeds = self.seeds if plain.outcome is Outcome.READS else ()
        return Cell((plain, *await asyncio.gather(*map(reading, seeds))))

    async def _reading(self, mock: MockServer, meeting: Meeting) -> Reading:
        # By a key of its own, so that it meets its contract, and its requests can be told apart.
        api = mock.with_key()
        api.use_contract(meeting.contract)
        with TemporaryDirectory(prefix="mockserver-compat-") as folder:
            file = Path(folder) / "image"
            given = {**api.environment, **meeting.environment, IMAGE: str(file)}
            command = meeting.reader.command
            ended = await run_program(command, {**os.environ, **given}, self.timeout)
            return await asyncio.to_thread(judge, meeting, ended, api.requests, file)


@contextmanager
def _mocks(seeds: tuple[int, ...], schemas: tuple[str, ...]) -> Iterator[Mocks]:
    """Serve the plain mock, and one for each seed."""
    with ExitStack() as stack:
        yield {
            seed: stack.enter_context(MockServer(vary=seed, schemas=schemas, journal=_JOURNAL))
            for seed in (None, *seeds)
        }

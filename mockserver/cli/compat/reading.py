"""What became of a reader that met a contract."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from mockserver.cli.compat.reader import Reader
from mockserver.images.inspect import ImageFile

__all__ = ["IMAGE", "Cell", "Matrix", "Meeting", "Outcome", "Reading"]

IMAGE = "MOCKSERVER_IMAGE"
"""The variable that names the file into which a reader may write its image."""


class Outcome(StrEnum):
    """What a reader made of an answer."""

    READS = "reads"
    NOTHING = "nothing"
    CRASHES = "crashes"
    ABSENT = "not installed"


@dataclass(frozen=True)
class Meeting:
    """A reader and what it meets.

    :ivar contract: such as ``dall-e-2@2026-01-16``.
    :ivar schemas: folders with contracts beside the shipped ones.
    :ivar seed: of ``--vary``; None for the plain answer.
    """

    reader: Reader
    contract: str
    schemas: tuple[str, ...] = ()
    seed: int | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What tells the reader which model to ask for."""
        return {"AIMLAPI_MODEL": self.contract.partition("@")[0]}

    @property
    def repeat(self) -> str:
        """The command line that lets the reader meet the same answer again."""
        model = [f"{name}={value}" for name, value in self.environment.items()]
        vary = [] if self.seed is None else ["--vary", str(self.seed)]
        folders = [word for folder in self.schemas for word in ("--schemas", folder)]
        how = ["mockserver", "run", *folders, "--contract", self.contract, *vary, "--"]
        return shlex.join([*model, *how, *self.reader.command])


@dataclass(frozen=True)
class Reading:
    """What came of a meeting.

    :ivar variation: what the seed made of the answer, as the journal names it.
    :ivar image: what the reader handed in; None where it handed nothing in.
    """

    meeting: Meeting
    outcome: Outcome
    reason: str = ""
    variation: str = ""
    image: ImageFile | None = None

    @property
    def is_unproven(self) -> bool:
        """Whether nothing but its exit status tells that the reader got an image."""
        return self.outcome is Outcome.READS and self.image is None


@dataclass(frozen=True)
class Cell:
    """What a reader made of a contract: of the plain answer first, then of the varied ones."""

    readings: tuple[Reading, ...]

    @cached_property
    def failed(self) -> Reading | None:
        """The first reading that got no image."""
        return next((it for it in self.readings if it.outcome is not Outcome.READS), None)

    @property
    def words(self) -> str:
        """What the matrix says."""
        if self.failed is None:
            return Outcome.READS
        return self.failed.outcome + (" if varied" if self.failed.meeting.seed is not None else "")


@dataclass(frozen=True)
class Matrix:
    """What every reader made of every contract.

    :ivar cells: by the reader's name and the contract.
    """

    readers: tuple[Reader, ...]
    contracts: tuple[str, ...]
    cells: Mapping[tuple[str, str], Cell]

    def row(self, reader: Reader) -> list[Cell]:
        """Give what a reader made of each contract."""
        return [self.cells[reader.name, contract] for contract in self.contracts]

    @property
    def failures(self) -> list[Reading]:
        """The first failed reading of each cell, reader by reader."""
        cells = [cell for reader in self.readers for cell in self.row(reader)]
        return [cell.failed for cell in cells if cell.failed]

    @property
    def trusted(self) -> list[Reader]:
        """Those that said that they read something, and did not show an image for it."""
        return [
            reader
            for reader in self.readers
            if any(reading.is_unproven for cell in self.row(reader) for reading in cell.readings)
        ]

    @property
    def status(self) -> int:
        """The command's exit status: 1 when a reader of the user's own got no image."""
        return int(any(not failed.meeting.reader.is_shipped for failed in self.failures))

"""The matrix for people, for a README and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mockserver.cli.compat.reader import Reader
from mockserver.cli.compat.reading import IMAGE, Matrix, Outcome, Reading
from mockserver.compare.report import format_table
from mockserver.strict_json import JSON

__all__ = ["as_data", "as_markdown", "as_text"]

_LEGEND = {
    "reads": "it got an image, from the plain answer and from every varied one",
    "nothing": "it ended quietly, without an image",
    "crashes": "it ended with an error or by a signal, or took too long",
    "… if varied": "so it does with `--vary` only, which uses the freedom that the contract leaves",
}
_DOES = {
    Outcome.NOTHING: "gets nothing",
    Outcome.CRASHES: "crashes",
    Outcome.ABSENT: "is not installed",
}


def as_text(matrix: Matrix) -> Iterator[str]:
    """Write the matrix for a terminal, with the reason of each failure and a line to repeat it."""
    models, revisions = zip(*(name.split("@") for name in matrix.contracts), strict=True)
    rows = [[reader.name, *_words(matrix, reader)] for reader in matrix.readers]
    yield from format_table([["reader", *models], ["", *revisions], *rows])
    yield ""
    yield from format_table([list(line) for line in _LEGEND.items()])
    for readings in _alike(matrix.failures):
        first = readings[0]
        yield f"\n{_what(first)}: {', '.join(each.meeting.contract for each in readings)}"
        yield f"  {first.reason}"
        if first.outcome is not Outcome.ABSENT:
            yield f"  {first.meeting.repeat}"
    yield from (f"\n{line}" for line in _trusted(matrix))


def as_markdown(matrix: Matrix) -> Iterator[str]:
    """Write the matrix as a table, and which seeds of ``--vary`` broke a reader."""
    yield _row("reader", *(f"`{name}`" for name in matrix.contracts))
    yield _row(*["---"] * (len(matrix.contracts) + 1))
    for reader in matrix.readers:
        yield _row(f"`{reader.name}`", *_words(matrix, reader))
    yield ""
    yield "; ".join(f"*{word}*: {meaning}" for word, meaning in _LEGEND.items()) + "."
    varied = [reading for reading in matrix.failures if reading.meeting.seed is not None]
    if varied:
        yield ""
    for readings in _alike(varied):
        contracts = ", ".join(f"`{it.meeting.contract}`" for it in readings)
        yield f"- {_what(readings[0], '`')}: {contracts}"
    yield from (f"\n{line}" for line in _trusted(matrix, "`"))


def as_data(matrix: Matrix) -> dict[str, JSON]:
    """Give every reading as plain data."""
    cells = [cell for reader in matrix.readers for cell in matrix.row(reader)]
    return {
        "contracts": list(matrix.contracts),
        "readers": [_reader_data(reader) for reader in matrix.readers],
        "readings": [_reading_data(reading) for cell in cells for reading in cell.readings],
    }


def _words(matrix: Matrix, reader: Reader) -> list[str]:
    return [cell.words for cell in matrix.row(reader)]


def _row(*cells: str) -> str:
    told = " | ".join(cell.replace("|", r"\|") for cell in cells)
    return f"| {told} |"


def _alike(readings: Sequence[Reading]) -> list[list[Reading]]:
    """Put together what failed in the same way against several contracts."""
    together: dict[tuple[Any, ...], list[Reading]] = {}
    for it in readings:
        way = (it.meeting.reader.name, it.outcome, it.meeting.seed, it.variation, it.reason)
        together.setdefault(way, []).append(it)
    return list(together.values())


def _what(failed: Reading, quote: str = "") -> str:
    """Say who did what, and with which variation; names can be put in quotes."""
    met = failed.meeting
    does = f"{quote}{met.reader.name}{quote} {_DOES[failed.outcome]}"
    if met.seed is None:
        return does
    return f"{does} with {quote}--vary {met.seed}{quote} ({failed.variation})"


def _trusted(matrix: Matrix, quote: str = "") -> Iterator[str]:
    """Say whom there is nothing to hold against but its exit status."""
    names = [f"{quote}{reader.name}{quote}" for reader in matrix.trusted]
    if names:
        what = f"write the image to ${IMAGE} to have it checked"
        yield f"{', '.join(names)}: taken at its word, an exit status of 0; {what}"


def _reader_data(reader: Reader) -> dict[str, JSON]:
    return {
        "name": reader.name,
        "command": list(reader.command),
        "shipped": reader.is_shipped,
        "missing": reader.missing or None,
    }


def _reading_data(reading: Reading) -> dict[str, JSON]:
    meeting, image = reading.meeting, reading.image
    size = {"width": image.width, "height": image.height} if image else {}
    return {
        "reader": meeting.reader.name,
        "contract": meeting.contract,
        "vary": meeting.seed,
        "variation": reading.variation or None,
        "outcome": str(reading.outcome),
        "reason": reading.reason or None,
        "image": {"media_type": image.media_type, **size} if image else None,
        "repeat": meeting.repeat,
    }

"""Tell by how a program ended, by what it handed in and by the mock's journal what it got."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from mockserver.cli.compat.program import Ended
from mockserver.cli.compat.reading import Meeting, Outcome, Reading
from mockserver.errors import ImageError
from mockserver.images.inspect import ImageFile, inspect
from mockserver.testing.journal_entry import JournalEntry

__all__ = ["FOUND_NOTHING", "judge"]

FOUND_NOTHING = 3
"""The exit status by which a reader says that it found no image in the answer."""

_ASKED_NOTHING = "it ended well, but got no image by the URL, key and model that it was given"


def judge(meeting: Meeting, ended: Ended, asked: Sequence[JournalEntry], file: Path) -> Reading:
    """Say what a reader made of an answer.

    :param asked: what it asked for with the key that it was given.
    :param file: where it may have put the image.
    """
    given = [request for request in asked if request.contract == meeting.contract]
    variation = next((request.variation for request in given if request.variation), "")
    reading = partial(Reading, meeting, variation=variation or "")
    if ended.status == FOUND_NOTHING:
        return reading(Outcome.NOTHING, ended.complaint or "it says so by its exit status")
    if ended.status != 0:
        return reading(Outcome.CRASHES, _end(ended))
    if not any(request.images for request in given):
        # It may have met another server, and be content with what that one answered.
        return reading(Outcome.NOTHING, _ASKED_NOTHING)
    try:
        return reading(Outcome.READS, image=_handed_in(file))
    except ImageError as error:
        return reading(Outcome.NOTHING, f"what it handed in is {error}")


def _end(ended: Ended) -> str:
    if ended.status is None:
        return "it did not end in time"
    if ended.status < 0:
        return f"it was ended by {signal.Signals(-ended.status).name}"
    return ended.complaint or f"exit status {ended.status}"


def _handed_in(file: Path) -> ImageFile | None:
    """Look into the image that a reader wrote down; one that wrote none is taken at its word."""
    return inspect(file.read_bytes()) if file.exists() else None
